"""Installs the libraries in other languages that the gate is compared with, once inside the clone, with exact versions.

Only scripts/bench needs them. So if node is missing or a package index is unreachable, the benchmark does not fail: it
leaves the peer out and prints a line about it.
"""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress, Skipped
from stack.run.tools import Tools

NODE_FOLDER = Path("bench/peers/node")
PYTHON_FOLDER = Path("bench/peers/python")
OLDEST_NODE = 20


@dataclass(frozen=True)
class Peer:
    """A language with libraries that verify tokens."""

    # The interpreter of its programs.
    runner: Path
    folder: Path
    suffix: str

    def command(self, program: str) -> list[str]:
        return [str(self.runner), str(self.folder / f"{program}{self.suffix}")]


def ensure_all(root: Path, env: Mapping[str, str], processes: Processes, progress: Progress) -> dict[str, Peer]:
    """Installs the peers and returns those that are available on this machine, by language."""
    peers = {}
    for language, ensure in {"node": ensure_node, "python": ensure_python}.items():
        try:
            peers[language] = ensure(root, env, processes, progress)
        except Skipped as skipped:
            progress.note(f"skip  The peers in {language}: {skipped}")
    return peers


def ensure_node(root: Path, env: Mapping[str, str], processes: Processes, progress: Progress) -> Peer:
    node, npm = (shutil.which(program, path=env.get("PATH")) for program in ("node", "npm"))
    if node is None or npm is None:
        raise Skipped("node and npm are not installed (https://nodejs.org)")
    folder = root / NODE_FOLDER
    # The log is not in node_modules, because npm empties that folder.
    log, stamp = root / ".local" / "bench" / "logs" / "npm.log", folder / "node_modules" / ".stamp"
    if processes.run([node, "-p", "parseInt(process.versions.node)"], log, env) != 0:
        raise Skipped("node does not start")
    if int(log.read_text(encoding="utf-8")) < OLDEST_NODE:
        raise Skipped(f"node is older than {OLDEST_NODE}")
    pins = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != pins:
        with progress.step(f"Install the peers in {NODE_FOLDER}/node_modules (once)"):
            if processes.run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], log, env, cwd=folder) != 0:
                raise Skipped(f"npm could not install them; full output: {log}")
            stamp.write_text(pins, encoding="utf-8")
    return Peer(Path(node), folder, ".js")


def ensure_python(root: Path, _env: Mapping[str, str], processes: Processes, progress: Progress) -> Peer:
    try:
        tools = Tools(root / ".venv").ensure("peers", processes, progress)
    except Failure as failure:
        raise Skipped(failure.message) from failure
    return Peer(tools / "python", root / PYTHON_FOLDER, ".py")

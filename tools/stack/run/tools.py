"""The tools in `.venv`, Python's and Node.js's: made once, remade when their requirements change.

Several environments, because aws-sam-cli and MiniStack pin different releases of boto3. A stamp is written last, so an
interrupted install is seen and done again. It must not touch anything outside `.venv`.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from stack.root import ROOT, TOOLS
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress

REQUIREMENTS = TOOLS / "requirements"


class Tools:
    """The environments below `root` (normally `.venv` of the repository)."""

    def __init__(self, root: Path, requirements: Path = REQUIREMENTS):
        self.root = root
        self._requirements = requirements

    def ensure(self, name: str, processes: Processes, progress: Progress) -> Path:
        """The `bin` folder of environment `name`, installed if need be."""
        folder = self.root / name
        self.root.mkdir(parents=True, exist_ok=True)
        with self._lock(processes):
            if not self.is_ready(name):
                with progress.step(f"Install the tools in {folder.parent.name}/{name} (once)"):
                    self._install(name, processes)
        return folder / "bin"

    def is_ready(self, name: str) -> bool:
        folder = self.root / name
        try:
            stamp = (folder / "stamp").read_text(encoding="utf-8")
        except OSError:
            return False
        # `exists` follows the link: it is broken when the Python that made the environment is gone.
        return stamp == self.stamp(name) and (folder / "bin" / "python").exists()

    def existing(self, name: str) -> Path:
        """The `bin` folder of an environment that has to be there: where credentials are in reach, nothing is
        installed."""
        if self.is_ready(name):
            return self.root / name / "bin"
        stamp = self.root / name / "stamp"
        found = stamp.read_text(encoding="utf-8").strip() if stamp.exists() else "nothing"
        raise Failure(
            f"the tools in {self.root / name} are not there, or were made for another lock, Python or place.",
            f"Found: {found}\nNeeded: {self.stamp(name).strip()}\n"
            "Make them in the same folder of a machine of the same kind, with the same Python.",
        )

    def _install(self, name: str, processes: Processes) -> None:
        folder = self.root / name
        shutil.rmtree(folder, ignore_errors=True)
        log = self.root / f"{name}.log"
        self._make(folder, log, processes)
        argv = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        # The lock has all that NAME.txt asks for. A package that it has no hash of is refused, and so is one that would
        # run a program of its own at the install: lock.py.
        argv += ["--require-hashes", "--only-binary", ":all:"]
        argv += ["--requirement", str(self._requirements / f"{name}.lock.txt")]
        if processes.run(argv, log, _environment()) != 0:
            raise Failure(
                f"pip could not install {name}.txt.",
                "Check the network (or proxy) to the Python package index and start again. If pip speaks of hashes,"
                " what the index gives is not what was locked: do not install it.",
                log,
            )
        (folder / "stamp").write_text(self.stamp(name), encoding="utf-8")

    def _make(self, folder: Path, log: Path, processes: Processes) -> None:
        if processes.run([sys.executable, "-m", "venv", str(folder)], log, _environment()) != 0:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise Failure(
                f"{sys.executable} cannot make a virtual environment.",
                f"Install the venv module of this Python (on Debian or Ubuntu: apt install python{version}-venv).",
                log,
            )

    def stamp(self, name: str) -> str:
        """Everything that a working environment depends on: pins, Python and place (scripts carry absolute paths)."""
        digest = hashlib.sha256()
        for file in (f"{name}.txt", f"{name}.lock.txt"):
            digest.update((self._requirements / file).read_bytes())
        version = ".".join(str(part) for part in sys.version_info[:3])
        return f"{digest.hexdigest()} python-{version} {self.root / name}\n"

    @contextlib.contextmanager
    def _lock(self, processes: Processes) -> Iterator[None]:
        """Two starts at once must not install into the same folder."""
        with open(self.root / "lock", "w", encoding="utf-8") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    processes.pause()
            yield


class NodeTools(Tools):
    """Programs for Node.js, which not every machine has: ask `is_possible` first."""

    # Redocly's, the highest of those that are asked for.
    LEAST_VERSION = (20, 19)

    @classmethod
    def is_possible(cls) -> bool:
        """Whether there are npm and a Node.js that is new enough."""
        if not shutil.which("npm") or not shutil.which("node"):
            return False
        answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
        found = re.match(r"v(\d+)\.(\d+)\.", answer)
        return found is not None and tuple(map(int, found.groups())) >= cls.LEAST_VERSION

    def ensure(self, name: str, processes: Processes, progress: Progress) -> Path:
        super().ensure(name, processes, progress)
        return self.root / name / "node_modules" / ".bin"

    def is_ready(self, name: str) -> bool:
        try:
            return (self.root / name / "stamp").read_text(encoding="utf-8") == self.stamp(name)
        except OSError:
            return False

    def stamp(self, name: str) -> str:
        digest = hashlib.sha256()
        for file in self._pins(name):
            digest.update(file.read_bytes())
        return f"{digest.hexdigest()}\n"

    def _pins(self, name: str) -> list[Path]:
        return [self._requirements / name / file for file in ("package.json", "package-lock.json")]

    def _install(self, name: str, processes: Processes) -> None:
        folder = self.root / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for file in self._pins(name):
            shutil.copy(file, folder)
        log = self.root / f"{name}.log"
        # No package's own program runs at the install.
        argv = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", str(self.root / "npm-cache")]
        if processes.run(argv, log, _environment(), cwd=folder) != 0:
            raise Failure(
                f"npm could not install {name}.",
                "Check the network (or proxy) to the npm registry and start again.",
                log,
            )
        (folder / "stamp").write_text(self.stamp(name), encoding="utf-8")


def _environment() -> dict[str, str]:
    """Ours without what would lead pip or venv elsewhere; proxy and index settings stay."""
    unwanted = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def main(argv: list[str]) -> int:
    """`python tools run.tools NAME...`: whether these environments of the repository are there. Installs nothing."""
    tools = Tools(ROOT / ".venv")
    try:
        for name in argv:
            print(tools.existing(name))
    except Failure as failure:
        print(failure.render(), file=sys.stderr)
        return failure.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

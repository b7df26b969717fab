"""Asks a running API what openapi.json says that it takes, some thousand times, and holds the answers to it.

The end-to-end tests start it, since they have a stack: API_URL and the tokens come in the environment (VARIABLES), as
tokens must be on no command line. What is asked and what is checked stands in schemathesis.toml. The
exit code is schemathesis' own; what it has to say is on stdout. It must not start or know a stack.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from stack.root import ROOT
from stack.run import runner
from stack.run.environment import without_account
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.tools import Tools

SETTINGS = Path(__file__).resolve().parent / "schemathesis.toml"
# Some times what it takes where nothing else runs.
MAX_SECONDS = 300
VARIABLES = ("API_URL", "API_TOKEN", "API_TOKEN_TO_LOSE", "API_TOKEN_OF_ADMIN", "API_TOKEN_OF_PROGRAM")


def main(_argv: list[str]) -> int:
    progress = Progress()
    # schemathesis leaves a folder where it is started.
    place = runner.temporary_folder("description-", within=ROOT / ".local")

    def work(folder: Path, processes: Processes) -> int:
        return ask(os.environ, folder, processes, progress)

    return runner.run_in(place, progress, work, tick=end_after(MAX_SECONDS))


def ask(variables: Mapping[str, str], folder: Path, processes: Processes, progress: Progress) -> int:
    missing = [name for name in VARIABLES if not variables.get(name)]
    if missing:
        raise Failure(f"not set: {', '.join(missing)}.")
    tools = Tools(ROOT / ".venv").ensure("schemathesis", processes, progress)
    log = folder / "log"
    code = processes.run(command(tools, variables["API_URL"]), log, environment(variables, folder), cwd=folder)
    sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))
    return code


def end_after(seconds: float) -> Callable[[], None]:
    """Called again and again while we wait: raises when the time is up."""
    deadline = time.monotonic() + seconds

    def tick() -> None:
        if time.monotonic() > deadline:
            raise Failure(f"schemathesis did not come to an end within {seconds:.0f} seconds.")

    return tick


def command(tools: Path, url: str) -> list[str]:
    argv = [str(tools / "schemathesis"), "--config-file", str(SETTINGS), "run", str(ROOT / "openapi.json")]
    return [*argv, "--url", url, "--no-color"]


def environment(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    """No proxy of the user can reach this machine's loopback interface."""
    direct = {"NO_PROXY": "*", "no_proxy": "*", "PYTHONIOENCODING": "utf-8"}
    return {**without_account(variables, folder), **direct}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

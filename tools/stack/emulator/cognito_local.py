"""Runs cognito-local for the end-to-end tests until stdin closes. Its address is the only line on stdout.

cognito-local is an emulator of Cognito that supports flows which MiniStack does not. It needs Node.js. Without Node.js
the exit code is NO_NODE, and the tests skip the parts that need it. This program must not leave any state behind.
"""

import argparse
import http.client
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from stack.emulator import ministack
from stack.root import ROOT
from stack.run import interrupts, runner
from stack.run.failure import Failure
from stack.run.processes import Processes, has_ended
from stack.run.progress import Progress
from stack.run.tools import NodeTools

NO_NODE = 3
READY_SECONDS = 60
# The program ends when its stdin closes, so it cannot outlive its starter, not even after SIGKILL.
PROGRAM = """
process.stdin.on("close", () => process.exit()).resume();
require(process.argv[1]);
"""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="cognito_local", description="Runs cognito-local until stdin closes.")
    parser.add_argument("--code", required=True, help="the confirmation code that it always sends")
    options = parser.parse_args(argv)
    progress = Progress()
    if not NodeTools.is_possible():
        return NO_NODE
    place = runner.temporary_folder("cognito-local-", within=ROOT / ".local")

    def work(folder: Path, processes: Processes) -> NoReturn:
        serve(options.code, folder, processes, progress)

    return runner.run_in(place, progress, work, tick=interrupts.end_with_stdin)


def serve(code: str, folder: Path, processes: Processes, progress: Progress) -> NoReturn:
    """Runs until stdin closes or something fails."""
    programs = NodeTools(ROOT / ".venv").ensure("cognito-local", processes, progress)
    start = programs.parent / "cognito-local" / "lib" / "bin" / "start.js"
    port, log = ministack.any_free_port(), folder / "log"
    argv = ["node", "--eval", PROGRAM, str(start)]
    child = processes.start(argv, log, environment(code, port, folder), stdin=subprocess.PIPE, cwd=folder)
    deadline = time.monotonic() + READY_SECONDS
    while not answers(port):
        if has_ended(child) or time.monotonic() > deadline:
            raise Failure("cognito-local did not start.", "The lines above say why.", log)
        processes.pause()
    print(ministack.endpoint(port), flush=True)
    while not has_ended(child):
        processes.pause()
    raise Failure("cognito-local stopped unexpectedly.", "The lines above may say why.", log)


def environment(code: str, port: int, folder: Path) -> dict[str, str]:
    """A new environment, so that cognito-local gets no AWS profile or credential of the user."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "HOST": ministack.HOST,
        "PORT": str(port),
        "CODE": code,
    }


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ministack.HOST, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

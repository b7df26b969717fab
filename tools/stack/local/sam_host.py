"""Runs sam in its own Python environment, and ends it together with the program that started it.

start_api.py starts this program with a pipe as stdin. sam removes its containers on SIGTERM but not on SIGKILL. This
program must not know what sam does.
"""

import os
import signal
import sys
import threading

from samcli.cli.main import cli


def end_with_starter() -> None:
    """Ends this process when stdin closes. That happens when the starter has ended, even after SIGKILL."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_starter, daemon=True).start()
    sys.exit(cli(prog_name="sam"))

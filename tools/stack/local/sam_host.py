"""Runs sam inside its own environment, and never longer than the program that started it.

Started by start_api.py with a pipe as stdin. sam removes its containers when it is asked to end, and not when it is
killed. It must not know what sam is asked to do.
"""

import os
import signal
import sys
import threading

from samcli.cli.main import cli


def end_with_starter() -> None:
    """The pipe closes when the starter is gone, even after SIGKILL."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_starter, daemon=True).start()
    sys.exit(cli(prog_name="sam"))

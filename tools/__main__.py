"""Becomes one program of stack/: `python tools MODULE [ARGUMENT...]`, for example `python tools aws.cost --write`.

Any Python 3.10 or newer can start it, also that of an environment in `.venv`, from any folder and without PYTHONPATH.
"""

import runpy
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    # Until the program takes over there is nothing to tidy up, so a Ctrl-C ends us at once and without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # As it was typed, it may be relative to a folder that the program leaves.
    sys.path[0] = str(Path(__file__).resolve().parent)
    if len(sys.argv) < 2:
        sys.exit("usage: python tools MODULE [ARGUMENT...]")
    runpy.run_module(f"stack.{sys.argv.pop(1)}", run_name="__main__", alter_sys=True)

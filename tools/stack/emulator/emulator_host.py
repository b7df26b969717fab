"""Runs the emulator inside its own environment, and never longer than the program that started it.

Started by ministack.py with the Python of `.venv/ministack` and a pipe as stdin. The emulator's functions are processes
of this one's group: they end with it, in an orderly stop and in a crash of the starter. It must not know what AWS is.
"""

import contextlib
import os
import signal
import threading
import time

REAP_SECONDS = 2.0


def end_with_starter() -> None:
    """The pipe closes when the starter is gone, even after SIGKILL: then the whole group goes too."""
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def reap_functions() -> None:
    """Ends what the emulator left running and collects it, so that no defunct process is handed to init."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    deadline = time.monotonic() + REAP_SECONDS
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)


def main() -> None:
    threading.Thread(target=end_with_starter, daemon=True).start()
    from stack.emulator import emulator

    try:
        emulator.main()
    finally:
        reap_functions()


if __name__ == "__main__":
    main()

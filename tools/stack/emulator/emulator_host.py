"""Runs the emulator in its own Python environment, and ends it together with the program that started it.

ministack.py starts this program with the Python of `.venv/ministack` and a pipe as stdin. The emulator's functions are
in the process group of this program, so they end with it, even if the starter crashes. It must not know about AWS."""

import contextlib
import os
import signal
import threading
import time

REAP_SECONDS = 2.0


def end_with_starter() -> None:
    """Ends the whole process group when stdin closes. That happens when the starter has ended, even after SIGKILL."""
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def reap_functions() -> None:
    """Ends the processes that the emulator left running and waits for them, so that none is left as a zombie."""
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

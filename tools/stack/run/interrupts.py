"""Ctrl-C, SIGTERM and SIGHUP become one exception at a moment when nothing can be lost; a closed stdin another.

A signal between the start of a child and the line that remembers the child would leave an orphan, so that place
holds signals back. It must not decide what is stopped: that is the job of whoever catches the exception.
"""

import contextlib
import os
import select
import signal
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_held = 0
_pending: int | None = None


class Interrupted(BaseException):
    """Not an Exception: an `except Exception` on the way must not swallow it."""

    def __init__(self, signum: int):
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


def install() -> None:
    """From now on a signal raises Interrupted, once; later ones are ignored, so that stopping is not stopped."""
    for signum in SIGNALS:
        # `nohup` means: go on when the terminal closes.
        if signum == signal.SIGHUP and signal.getsignal(signum) == signal.SIG_IGN:
            continue
        signal.signal(signum, _on_signal)


def ignore() -> None:
    """Stopping has begun and takes a few seconds at most: it is not to be cut short."""
    for signum in SIGNALS:
        signal.signal(signum, signal.SIG_IGN)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Holds signals back while a child is started; the last one is raised at the end."""
    global _held
    _held += 1
    try:
        yield
    finally:
        _held -= 1
    _raise_pending()


def _on_signal(signum: int, _frame: object) -> None:
    global _pending
    _pending = signum
    _raise_pending()


def _raise_pending() -> None:
    global _pending
    if _held or _pending is None:
        return
    signum, _pending = _pending, None
    ignore()
    raise Interrupted(signum)


class InputEnded(BaseException):
    """stdin was closed, and --until-eof was given."""


def end_with_stdin() -> None:
    """Called again and again while we wait: raises once stdin is closed."""
    try:
        ready, _, _ = select.select([0], [], [], 0)
        if ready and not os.read(0, 4096):
            raise InputEnded()
    except OSError as error:
        raise InputEnded() from error

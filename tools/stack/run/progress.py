"""Tells a person what goes on: one live line a step on a terminal, a line at the start and one at the end elsewhere.

It must not run anything, and it writes to stderr alone, so that stdout carries only results.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TextIO


class Skipped(Exception):
    """Raised inside a step that turned out to be impossible here, which is no failure."""


class Progress:
    """Steps with a name and the time that they took."""

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._name = ""
        self._start = 0.0
        self._drawn = -1

    def note(self, text: str) -> None:
        self._write(text + "\n")

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._name, self._start, self._drawn = name, time.monotonic(), -1
        if not self._live:
            self._write(f"..    {name}\n")
        self.tick()
        try:
            yield
        except Skipped:
            self._end("skip")
            raise
        except Exception:
            self._end("FAIL")
            raise
        except BaseException:  # somebody ended it, it did not fail
            self._end("stop")
            raise
        self._end("ok")

    def tick(self) -> None:
        """Redraws the live line when a second has passed."""
        seconds = int(time.monotonic() - self._start)
        if self._live and self._name and seconds != self._drawn:
            self._drawn = seconds
            self._write(f"\r\033[K..    {self._name} ({seconds} s)")

    def above(self, text: str) -> None:
        """A line about the step that goes on; the live line is drawn again below it."""
        erase = "\r\033[K" if self._live else ""
        self._write(f"{erase}{text}\n")
        self._drawn = -1

    def _end(self, word: str) -> None:
        erase = "\r\033[K" if self._live else ""
        elapsed = time.monotonic() - self._start
        self._write(f"{erase}{word:<5} {self._name} ({elapsed:.1f} s)\n")
        self._name = ""

    def _write(self, text: str) -> None:
        # A terminal that was closed must not keep us from stopping what we started.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

"""Children that cannot be lost: each is the leader of its own process group and is stopped with all its descendants.

It must not know what the children are for. Output goes to a log file, never to the terminal.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stack.run import interrupts, system
from stack.run.failure import Failure

POLL_SECONDS = 0.05
GRACE_SECONDS = 4.0


class Processes:
    """All children of this program. Leaving the `with` block stops those that still run."""

    def __init__(self, tick: Callable[[], object] = lambda: None, grace: float = GRACE_SECONDS):
        """`tick` is called while we wait for a child: it may draw progress, or raise to end the wait.
        `grace` is how long a child may take to end by itself when it is asked to."""
        self._tick = tick
        self._grace = grace
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Processes":
        system.current().adopt_orphans()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop_all()

    def start(self, argv: Sequence[str], log: Path, env: Mapping[str, str], **popen: Any) -> subprocess.Popen[bytes]:
        """Starts a child whose stdout and stderr go to `log`, and remembers it."""
        popen.setdefault("stdin", subprocess.DEVNULL)
        with open(log, "wb") as output, interrupts.held():
            try:
                child: subprocess.Popen[bytes] = subprocess.Popen(
                    list(argv), env=dict(env), stderr=output, start_new_session=True, **{"stdout": output, **popen}
                )
            except OSError as error:
                raise Failure(f"cannot start {argv[0]}: {error.strerror}") from error
            self._running.append(child)
        return child

    def run(self, argv: Sequence[str], log: Path, env: Mapping[str, str], **popen: Any) -> int:
        """Runs a child to its end; its exit code. What it leaves behind in its group is ended too."""
        child = self.start(argv, log, env, **popen)
        while not has_ended(child):
            self.pause()
        self._tick()
        stop_group(child, self._grace)
        self._running.remove(child)
        return child.returncode

    def feed(self, argv: Sequence[str], text: str, log: Path, env: Mapping[str, str], **popen: Any) -> int:
        """Like `run`, with `text` on the child's stdin: how secrets are handed over."""
        reader, writer = os.pipe()
        try:
            with os.fdopen(writer, "w", encoding="utf-8") as pipe:
                pipe.write(text)  # a few hundred bytes: always fits into the pipe
            return self.run(argv, log, env, stdin=reader, **popen)
        finally:
            os.close(reader)

    def ask(self, argv: Sequence[str], text: str, log: Path, env: Mapping[str, str], **popen: Any) -> tuple[int, str]:
        """Like `feed`, with what the child says on stdout: how a token is got without a file that holds it."""
        reader, writer = os.pipe()
        with os.fdopen(reader, encoding="utf-8") as pipe:
            try:
                code = self.feed(argv, text, log, env, stdout=writer, **popen)  # a few kilobytes: fit into the pipe
            finally:
                os.close(writer)
            return code, pipe.read()

    def attend(self, argv: Sequence[str], env: Mapping[str, str], **popen: Any) -> int:
        """Runs a child that talks to the person at the terminal: in our own process group, or it could not read."""
        with interrupts.held():
            child: subprocess.Popen[bytes] = subprocess.Popen(list(argv), env=dict(env), **popen)
        try:
            return child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()

    def pause(self) -> None:
        """A short wait inside a loop that watches a child."""
        self._tick()
        time.sleep(POLL_SECONDS)

    def stop_all(self) -> None:
        """Stops the youngest first, as they depend on the older ones."""
        while self._running:
            stop_group(self._running.pop(), self._grace)


def has_ended(child: subprocess.Popen[bytes]) -> bool:
    return child.poll() is not None


def stop_group(child: subprocess.Popen[bytes], grace: float = GRACE_SECONDS) -> None:
    """Asks the child's whole group to end, waits until it has, and ends what is left after `grace` seconds."""
    signum: int = signal.SIGTERM
    deadline = time.monotonic() + grace
    while _signal_group(child.pid, signum):
        _reap(child)
        if time.monotonic() > deadline:
            _signal_group(child.pid, signal.SIGKILL)
            break
        time.sleep(0.02)
        signum = 0  # only asks whether the group still exists
    child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _reap(child: subprocess.Popen[bytes]) -> None:
    """Collects the dead of the child's group: until somebody has, they count as members."""
    if child.poll() is None:
        return  # its exit code belongs to Popen
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-child.pid, os.WNOHANG)[0]:
            pass


def _signal_group(pgid: int, signum: int) -> bool:
    """False when the group has no members any more. macOS says that by EPERM as long as one that has ended has not
    been collected: https://github.com/airspeed-velocity/asv/pull/304"""
    try:
        os.killpg(pgid, signum)
    except (ProcessLookupError, PermissionError):
        return False
    return True

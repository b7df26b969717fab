"""`--detach`: the work goes on in a background process, and the caller returns when it is ready.

It must not lose the background process: a Ctrl-C before the end of the start ends both.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from stack.run import interrupts


def run(work: Callable[[Callable[[], None]], int], log: Path) -> int:
    """Runs `work(ready)` in a new session. In the caller: 0 when it is ready, else its exit code."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with interrupts.held():
        child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        return work(lambda: _let_go(writer, log))
    os.close(writer)
    return _await_ready(child, reader)


def _let_go(writer: int, log: Path) -> None:
    """Leaves the terminal (or the pipe) of the caller and tells him that he may return."""
    sys.stdout.flush()
    sys.stderr.flush()
    silence = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for source, target in ((silence, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(silence)
    os.close(output)
    os.write(writer, b"1")
    os.close(writer)


def _await_ready(child: int, reader: int) -> int:
    try:
        if os.read(reader, 1):
            return 0
    except interrupts.Interrupted as interrupted:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        return 128 + interrupted.signum
    _, status = os.waitpid(child, 0)
    return max(os.waitstatus_to_exitcode(status), 1)

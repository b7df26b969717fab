"""How a program is run: with its children, a folder of its own, ended in order, and with one exit code for how.

It must not know what the program does.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from stack.run import interrupts
from stack.run.failure import Failure
from stack.run.processes import GRACE_SECONDS, Processes
from stack.run.progress import Progress
from stack.run.state import State

Place = TypeVar("Place")


def run(
    state: State,
    busy: Failure,
    progress: Progress,
    work: Callable[[Processes], int],
    *,
    tick: Callable[[], object] | None = None,
    grace: float = GRACE_SECONDS,
    stopped: str = "Stopped.",
) -> int:
    """Like `run_in`, for a program that a person starts: alone in the folder of `state`, or the end is `busy`."""
    place = claimed(state, busy)
    return run_in(place, progress, lambda _, processes: work(processes), tick=tick, grace=grace, stopped=stopped)


def run_in(
    place: AbstractContextManager[Place],
    progress: Progress,
    work: Callable[[Place, Processes], int],
    *,
    tick: Callable[[], object] | None = None,
    grace: float = GRACE_SECONDS,
    stopped: str = "",
) -> int:
    """The exit code of `work`, or of what kept it from its end: a Failure, which is told; a closed stdin, which was
    what it waited for; or a signal, after which the person reads `stopped`. No child is left behind, and `place` is
    left after the last of them has ended."""
    interrupts.install()
    try:
        with place as entered, Processes(tick or progress.tick, grace) as processes:
            try:
                return work(entered, processes)
            finally:
                # Leaving the block stops the children, which takes a while.
                interrupts.ignore()
    except Failure as failure:
        progress.note(failure.render())
        return failure.code
    except interrupts.InputEnded:
        return 0
    except interrupts.Interrupted as interrupted:
        if stopped:
            progress.note(stopped)
        return 128 + interrupted.signum


@contextlib.contextmanager
def claimed(state: State, busy: Failure) -> Iterator[None]:
    """The folder of `state`, which one program has at a time. The kernel gives it back with the process."""
    if not state.claim():
        raise busy
    state.refresh()
    yield


@contextlib.contextmanager
def temporary_folder(
    prefix: str, within: Path | None = None, delete: Callable[[Path], object] = shutil.rmtree
) -> Iterator[Path]:
    """A new folder, where the machine keeps such ones or `within` another; it is deleted in the end."""
    if within is not None:
        within.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=within))
    try:
        yield folder
    finally:
        delete(folder)

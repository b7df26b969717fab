"""How a program that a person starts is run: alone in its folder, ended in order, and with one exit code for how.

It must not know what the program does.
"""

from collections.abc import Callable

from stack.run import interrupts
from stack.run.failure import Failure
from stack.run.processes import GRACE_SECONDS, Processes
from stack.run.progress import Progress
from stack.run.state import State


def run(
    state: State,
    busy: Failure,
    progress: Progress,
    work: Callable[[Processes], int],
    *,
    stopped: str = "Stopped.",
    tick: Callable[[], object] | None = None,
    grace: float = GRACE_SECONDS,
) -> int:
    """The exit code of `work`, or of what kept it from its end: `busy` when the folder has another at work, a Failure,
    which is told, or a signal, after which the person reads `stopped`. No child is left behind."""
    interrupts.install()
    try:
        if not state.claim():
            raise busy
        state.refresh()
        with Processes(tick or progress.tick, grace) as processes:
            try:
                return work(processes)
            finally:
                interrupts.ignore()
                processes.stop_all()
    except Failure as failure:
        progress.note(failure.render())
        return failure.code
    except interrupts.Interrupted as interrupted:
        progress.note(stopped)
        return 128 + interrupted.signum

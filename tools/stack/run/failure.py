"""The one way in which these programs give up: a clear line, what to do, and an exit code.

It must not know any tool; who raises a Failure says what the reader has to know.
"""

import re
from pathlib import Path

# Lines that only say that work goes on. They push the reason of a failure out of the last lines.
NOISE = re.compile(
    r"^\s*(Compiling|Checking|Downloaded|Downloading|Fresh|Updating|Locking|Collecting|Using cached|Requirement already"
    r"|Was this behavior unexpected|Start a thread in|Blocking waiting)\b"
)

# Where libtest tells why tests failed: from the first of these lines to the second. With `--no-fail-fast` a dozen other
# programs' tests come behind it.
TOLD, TOLD_END = "failures:", "test result: FAILED"


class Failure(Exception):
    """What went wrong, what to do about it, and where the whole story is."""

    def __init__(self, message: str, advice: str = "", log: Path | None = None, code: int = 1):
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.log = log
        self.code = code

    def render(self, count: int = 25) -> str:
        """For a person; with the `count` lines of the log that tell most, if there is one."""
        parts: list[str] = []
        if self.log is not None:
            parts.extend("    " + line for line in telling_lines(self.log, count))
        parts.append(f"Failed: {self.message}")
        if self.advice:
            parts.append(self.advice)
        if self.log is not None:
            parts.append(f"Full output: {self.log}")
        return "\n".join(parts)


def telling_lines(log: Path, count: int) -> list[str]:
    """What a log tells of failed tests, or else its end."""
    lines = useful_lines(log)
    return (of_failed_tests(lines) or lines)[-count:]


def last_useful_lines(log: Path, count: int) -> list[str]:
    """The end of a log."""
    return useful_lines(log)[-count:]


def useful_lines(log: Path) -> list[str]:
    """A log without blank lines and progress lines."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = [line.rstrip() for line in text.splitlines()]
    return [line for line in lines if line and not NOISE.match(line)]


def of_failed_tests(lines: list[str]) -> list[str]:
    found, inside = [], False
    for line in lines:
        inside = inside or line == TOLD
        if inside:
            found.append(line)
        if line.startswith(TOLD_END):
            inside = False
    return found

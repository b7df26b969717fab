"""What Linux and macOS do each in a way of its own: orphans, the list of processes, mounts, the processor's name.

The one place that asks which system it is. It must not start or end anything; `processes.py` and `engine.py` do.

Every child of ours leads a process group (processes.py), and what it starts stays in that group unless it leaves it
by itself. So on both systems we find and end a grandchild by its group, also one whose parent has died. What differs is
who collects such an orphan once it has ended: on Linux we do, as its subreaper; on macOS launchd does.

macOS has not been tried by us. What it does is from its manual pages and from the issues named below.
"""

import contextlib
import ctypes
import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from stack.run.failure import Failure

# linux/prctl.h
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass(frozen=True)
class Running:
    """A process, as far as the system tells. `state` is the letter of ps(1): Z is one that has ended."""

    parent: int
    group: int
    state: str
    command: str

    @property
    def has_ended(self) -> bool:
        return self.state[:1] in ("Z", "X")


class System(Protocol):
    """What our programs ask of the system."""

    name: str

    def adopt_orphans(self) -> None:
        """Makes sure that somebody collects the grandchildren whose parent has died."""

    def end_with_starter(self) -> None:
        """In a child, before it becomes its program: that asks it to end when we are gone, even after SIGKILL."""

    def processes(self) -> dict[int, Running]:
        """All processes that we may see, by their ids."""

    def mounts_below(self, folder: Path) -> list[str]:
        """What is mounted there, the innermost first."""

    def processor(self) -> str:
        """Its name, for a person."""


class Linux:
    name = "Linux"

    def adopt_orphans(self) -> None:
        self._prctl(PR_SET_CHILD_SUBREAPER, 1)

    def end_with_starter(self) -> None:
        self._prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    @staticmethod
    def _prctl(option: int, value: int) -> None:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)

    def processes(self, table: Path = Path("/proc")) -> dict[int, Running]:
        """https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
        found = {}
        for place in table.iterdir():
            if place.name.isdigit():
                # One that has ended meanwhile has no files any more.
                with contextlib.suppress(OSError):
                    name, _, rest = (place / "stat").read_text(errors="replace").partition("(")[2].rpartition(")")
                    state, parent, group = rest.split()[:3]
                    words = (place / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
                    command = os.fsdecode(words) or f"[{name}]"
                    found[int(place.name)] = Running(int(parent), int(group), state, command)
        return found

    def mounts_below(self, folder: Path, table: Path = Path("/proc/self/mountinfo")) -> list[str]:
        """https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html"""
        places = [line.split(" ")[4] for line in table.read_text(encoding="utf-8").splitlines()]
        return sorted((place for place in places if place.startswith(f"{folder}/")), reverse=True)

    def processor(self, table: Path = Path("/proc/cpuinfo")) -> str:
        with contextlib.suppress(OSError):
            found = re.search(r"^model name\s*: (.+)$", table.read_text(encoding="utf-8"), re.MULTILINE)
            if found:
                return found[1].strip()
        return platform.processor() or platform.machine()


class MacOS:
    name = "macOS"

    def adopt_orphans(self) -> None:
        """launchd becomes their parent, and collects them: https://github.com/anthropics/claude-code/issues/89625 shows
        such ones, with the parent 1."""

    def end_with_starter(self) -> None:
        """There is nothing of the kind. What we start with it, a container engine, we start on Linux alone."""

    def processes(self, ask: Callable[[list[str]], str] | None = None) -> dict[int, Running]:
        """By ps(1), https://keith.github.io/xcode-man-pages/ps.1.html: `-ax` all of them, `-ww` in lines of any length,
        and no heading where each column's is empty."""
        argv = ["/bin/ps", "-axww"]
        for column in ("pid", "ppid", "pgid", "stat", "command"):
            argv += ["-o", f"{column}="]
        return parse_processes((ask or answer_of)(argv))

    def mounts_below(self, _folder: Path) -> list[str]:
        """Nothing of ours mounts anything there: a container engine is in a virtual machine."""
        return []

    def processor(self, ask: Callable[[list[str]], str] | None = None) -> str:
        """https://keith.github.io/xcode-man-pages/sysctl.8.html"""
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            return (ask or answer_of)(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]).strip()
        return platform.processor() or platform.machine()


def parse_processes(text: str) -> dict[int, Running]:
    """Lines of five columns: id, parent, group, state and command, which may have blanks."""
    found = {}
    for line in text.splitlines():
        columns = line.split(None, 4)
        if len(columns) == 5 and columns[0].isdigit():
            pid, parent, group, state, command = columns
            found[int(pid)] = Running(int(parent), int(group), state, command)
    return found


def answer_of(argv: list[str]) -> str:
    # Without the user's language, in which a column could have another form.
    env: dict[str, Any] = {"PATH": os.defpath, "LC_ALL": "C"}
    return subprocess.run(argv, env=env, check=True, capture_output=True, text=True, errors="replace").stdout


SYSTEMS: dict[str, System] = {"linux": Linux(), "darwin": MacOS()}


def current() -> System:
    found = SYSTEMS.get(sys.platform)
    if found is None:
        raise Failure(
            f"this runs on Linux and macOS, and not on {sys.platform}.", "On Windows start it in WSL, which is Linux."
        )
    return found


def is_linux() -> bool:
    return sys.platform == "linux"


def builds_for_lambda() -> bool:
    """Whether what cargo-lambda builds, which is for Linux, can be run on this machine."""
    return is_linux()


def require_linux(program: str, why: str) -> None:
    if not is_linux():
        advice = "On macOS or Windows start it in a Linux virtual machine."
        raise Failure(f"{program} runs on Linux only: {why}.", advice)

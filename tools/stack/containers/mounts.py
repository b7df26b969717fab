"""What is mounted below a folder, and how it is taken away before the folder is deleted: deleted with a mount in it, it
would take along what is mounted there. Linux only; it must not touch a mount elsewhere."""

import ctypes
import os
import shutil
from pathlib import Path

from stack.run.failure import Failure

TABLE = Path("/proc/self/mountinfo")
# linux/fs.h
MNT_DETACH = 2


def below(folder: Path) -> list[str]:
    """The innermost first. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html"""
    found = [line.split(" ")[4] for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return sorted((place for place in found if place.startswith(f"{folder}/")), reverse=True)


def delete(folder: Path) -> None:
    """Deletes the folder with all that is in it, and nothing that is mounted there."""
    for place in below(folder):
        # One that is in use goes when it no longer is; from then on the folder below it shows, which is empty.
        ctypes.CDLL(None, use_errno=True).umount2(os.fsencode(place), MNT_DETACH)
    if left := below(folder):
        raise Failure(f"{left[0]} is still mounted.", f"Unmount it, and remove {folder}.")
    shutil.rmtree(folder)

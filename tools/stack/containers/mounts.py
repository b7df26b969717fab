"""What is mounted below a folder, and how it is taken away before the folder is deleted: deleted with a mount in it, it
would take along what is mounted there. It must not touch a mount elsewhere."""

import ctypes
import os
import shutil
from pathlib import Path

from stack.run import system
from stack.run.failure import Failure

# linux/fs.h
MNT_DETACH = 2


def delete(folder: Path) -> None:
    """Deletes the folder with all that is in it, and nothing that is mounted there."""
    for place in system.current().mounts_below(folder):
        # One that is in use goes when it no longer is; from then on the folder below it shows, which is empty.
        ctypes.CDLL(None, use_errno=True).umount2(os.fsencode(place), MNT_DETACH)
    if left := system.current().mounts_below(folder):
        raise Failure(f"{left[0]} is still mounted.", f"Unmount it, and remove {folder}.")
    shutil.rmtree(folder)

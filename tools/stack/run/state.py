"""The folder of one local stack: who runs it, its logs, and the env file that scripts and tests source.

A lock, and not the recorded pid, says whether the stack runs: the kernel drops it with the process, however that
ended. It must not delete anything but what it made, as another stack's folder may lie inside this one.
"""

import fcntl
import json
import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from stack.run.failure import Failure


class State:
    """One folder of the form `.local`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.env_file = folder / "env"
        self.logs = folder / "logs"
        self.cloud = folder / "cloud"
        self.build = folder / "build"
        self.sam = folder / "sam"
        self.parameters = folder / "parameters.yaml"
        self._record = folder / "run.json"
        self._lock_file = folder / "lock"
        self._lock: int | None = None

    def claim(self) -> bool:
        """Takes the folder for this process; False when another process has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def refresh(self) -> None:
        """Forgets the last run, crashed or not. Build results stay: they are what makes the next start warm."""
        self.forget()
        for folder in (self.logs, self.cloud):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, mode=0o700)

    def forget(self) -> None:
        """Takes away what is only true while the stack runs."""
        for file in (self.env_file, self._record):
            file.unlink(missing_ok=True)

    def record(self, url: str) -> None:
        write_private(self._record, json.dumps({"pid": os.getpid(), "url": url}))

    def recorded(self) -> tuple[int | None, str]:
        """Process id and API URL of the stack that has the folder, as far as it has got."""
        try:
            known = json.loads(self._record.read_text(encoding="utf-8"))
            return int(known["pid"]), str(known["url"])
        except (OSError, ValueError, KeyError, TypeError):
            return None, ""

    def write_env(self, values: Mapping[str, str]) -> None:
        write_private(self.env_file, render_env(values))

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def render_env(values: Mapping[str, str]) -> str:
    """Shell lines. Exported, and without a profile or session of the user that would go before these keys."""
    lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    lines.append("export " + " ".join(values))
    lines.append("unset AWS_PROFILE AWS_SESSION_TOKEN")
    return "\n".join(lines) + "\n"


def read_env(file: Path) -> dict[str, str]:
    """The values that `render_env` has written."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            output.write(text)
        os.replace(draft, file)
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}") from error

"""Somebody with a token, for as long as scripts/smoke asks: made through gatehouse, and deleted again whatever happens.

No message is sent to anybody, as gatehouse gives a user its final password. It must not leave a token, a password or
the secret of a second factor anywhere.
"""

import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.aws.probe import Caller
from stack.local import demo
from stack.run.failure import Failure, last_useful_lines
from stack.run.processes import Processes
from stack.run.progress import Progress

PASSWORD_LENGTH = 32
# How gatehouse ends for a pool that lets nobody in this way.
NOT_THIS_WAY = 3
# What gatehouse says of a user who is not there.
NO_SUCH_USER = "the pool has no such user"


class NotThisWay(Exception):
    """The pool signs nobody in as we do."""


@dataclass(frozen=True)
class Gatehouse:
    """The program, and how it is called for one user pool."""

    program: Path
    env: Mapping[str, str]
    folder: Path
    logs: Path
    processes: Processes

    def call(self, *arguments: str, text: str = "") -> str:
        """What it says on stdout."""
        log = self.logs / f"gatehouse-{arguments[0]}.log"
        code, answer = self.processes.ask([str(self.program), *arguments], text, log, self.env, cwd=self.folder)
        if code == NOT_THIS_WAY:
            raise NotThisWay(" ".join(last_useful_lines(log, 1)).removeprefix("error: "))
        if code != 0:
            raise Failure(f"gatehouse {' '.join(arguments[:2])} did not succeed.", "", log)
        return answer.strip()


@contextlib.contextmanager
def signed_in(
    gatehouse: Gatehouse, caller: Caller, user: demo.User | None, progress: Progress
) -> Iterator[str]:
    """A token of this caller, or of a user whom a person has named."""
    if caller.is_program:
        with progress.step("Get a token for a program"):
            token = gatehouse.call("machine-token", "--scope", caller.scope)
        yield token
    elif user is not None:
        with progress.step("Sign in"):
            token = sign_in(gatehouse, user, "--token", caller.kind)
        yield token
    else:
        with somebody_new(gatehouse, caller, progress) as token:
            yield token


@contextlib.contextmanager
def somebody_new(gatehouse: Gatehouse, caller: Caller, progress: Progress) -> Iterator[str]:
    made = demo.User(f"smoke-{secrets.token_hex(8)}@example.com", demo.new_password(PASSWORD_LENGTH))
    options = ["--create", *(f"--group={group}" for group in caller.groups), "--token", caller.kind]
    try:
        # One command from making the user to its token: what Cognito says of somebody between a new password and a
        # second factor is not documented. The factor, where the pool demands one, goes with its user.
        with (
            progress.step(f"Make {caller}"),
            tempfile.TemporaryDirectory(dir=gatehouse.logs) as folder,
        ):
            token = sign_in(gatehouse, made, *options, "--authenticator", str(Path(folder) / "authenticator"))
    except BaseException:
        take_back(gatehouse, made.email, progress)
        raise
    try:
        yield token
    finally:
        with progress.step("Delete the user again"):
            gatehouse.call("user", "delete", made.email)


def sign_in(gatehouse: Gatehouse, user: demo.User, *options: str) -> str:
    return gatehouse.call("token", user.email, *options, "--password-stdin", text=user.password + "\n")


def take_back(gatehouse: Gatehouse, email: str, progress: Progress) -> None:
    """Deletes a user who may have been made, beside a failure that must stay the one that is told."""
    try:
        gatehouse.call("user", "delete", email)
    except NotThisWay:
        pass  # said before anything is made
    except Failure as failure:
        if failure.log is None or NO_SUCH_USER not in " ".join(last_useful_lines(failure.log, 1)):
            progress.note(f"note  The pool may have a user {email} now, who could not be deleted: do it by hand.")

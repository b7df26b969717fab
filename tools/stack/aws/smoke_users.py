"""The users and tokens of scripts/smoke: created through gatehouse, and deleted again whatever happens.

Cognito sends no message, because gatehouse gives the user its final password. This file must not leave a token, a
password or the secret of a second factor anywhere.
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
# gatehouse's exit code if the pool does not allow this kind of sign-in.
SIGN_IN_NOT_ALLOWED = 3
# gatehouse's message for a user that does not exist.
NO_SUCH_USER = "the pool has no such user"


class SignInNotAllowed(Exception):
    """The pool does not allow the kind of sign-in that gatehouse uses."""


@dataclass(frozen=True)
class Gatehouse:
    """The program gatehouse, with the environment that selects a user pool."""

    program: Path
    env: Mapping[str, str]
    folder: Path
    logs: Path
    processes: Processes

    def call(self, *arguments: str, text: str = "") -> str:
        """Runs gatehouse and returns its output."""
        log = self.logs / f"gatehouse-{arguments[0]}.log"
        code, answer = self.processes.ask([str(self.program), *arguments], text, log, self.env, cwd=self.folder)
        if code == SIGN_IN_NOT_ALLOWED:
            raise SignInNotAllowed(" ".join(last_useful_lines(log, 1)).removeprefix("error: "))
        if code != 0:
            raise Failure(f"gatehouse {' '.join(arguments[:2])} failed.", "The lines above say why.", log)
        return answer.strip()


@contextlib.contextmanager
def signed_in(
    gatehouse: Gatehouse, caller: Caller, user: demo.User | None, progress: Progress
) -> Iterator[str]:
    """A token of this caller, or of the given user."""
    if caller.is_program:
        with progress.step("Get a token for a program"):
            token = gatehouse.call("machine-token", "--scope", caller.scope)
        yield token
    elif user is not None:
        with progress.step("Sign in"):
            token = sign_in(gatehouse, user, "--token", caller.kind)
        yield token
    else:
        with new_user(gatehouse, caller, progress) as token:
            yield token


@contextlib.contextmanager
def new_user(gatehouse: Gatehouse, caller: Caller, progress: Progress) -> Iterator[str]:
    made = demo.User(f"smoke-{secrets.token_hex(8)}@example.com", demo.new_password(PASSWORD_LENGTH))
    options = ["--create", *(f"--group={group}" for group in caller.groups), "--token", caller.kind]
    try:
        # One command creates the user and gets its token: Cognito does not document what it returns between a new
        # password and the set-up of a second factor. The factor, if the pool requires one, is deleted with the user.
        with (
            progress.step(f"Create {caller}"),
            tempfile.TemporaryDirectory(dir=gatehouse.logs) as folder,
        ):
            token = sign_in(gatehouse, made, *options, "--authenticator", str(Path(folder) / "authenticator"))
    except BaseException:
        delete_if_created(gatehouse, made.email, progress)
        raise
    try:
        yield token
    finally:
        with progress.step("Delete the user again"):
            gatehouse.call("user", "delete", made.email)


def sign_in(gatehouse: Gatehouse, user: demo.User, *options: str) -> str:
    return gatehouse.call("token", user.email, *options, "--password-stdin", text=user.password + "\n")


def delete_if_created(gatehouse: Gatehouse, email: str, progress: Progress) -> None:
    """Deletes a user that may have been created before a failure. It raises nothing, so that the first failure is the
    one reported."""
    try:
        gatehouse.call("user", "delete", email)
    except SignInNotAllowed:
        pass  # gatehouse reports this before it creates a user
    except Failure as failure:
        if failure.log is None or NO_SUCH_USER not in " ".join(last_useful_lines(failure.log, 1)):
            progress.note(f"note  The user {email} could not be deleted. If the pool has it, delete it by hand.")

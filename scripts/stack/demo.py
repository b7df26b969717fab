"""The two people of a fresh local stack, and the text that shows how to be one of them.

Passwords are random at every start and travel over stdin and the env file; they must never be on a command line.
"""

import secrets
import shlex
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from failure import Failure
from processes import Processes

# Cognito counts these as symbols, and no shell gives them a meaning.
SYMBOLS = "-_.+="
CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
PASSWORD_LENGTH = 20


@dataclass(frozen=True)
class User:
    """Somebody who can sign in."""

    email: str
    # Not in the repr: that ends up in tracebacks.
    password: str
    group: str | None = None

    def __repr__(self) -> str:
        return f"User({self.email!r}, group={self.group!r})"


@dataclass(frozen=True)
class Users:
    """One with rights, one without."""

    admin: User
    user: User


def make_users(
    config: dict, gatehouse: Path, env: Mapping[str, str], log: Path, processes: Processes
) -> Users:
    """Creates both in the pool that `env` names."""
    pool = config["userPool"]
    length = pool["passwordPolicy"]["minimumLength"]
    group = admin_group(pool["groups"])
    users = Users(
        admin=User("admin@example.com", new_password(length), group),
        user=User("user@example.com", new_password(length)),
    )
    for user in (users.admin, users.user):
        argv = [str(gatehouse), "user", "create", user.email, "--password-stdin"]
        argv += ["--group", user.group] if user.group else []
        if processes.feed(argv, user.password + "\n", log, env) != 0:
            raise Failure(f"gatehouse could not create the demo user {user.email}.", "", log)
    return users


def admin_group(groups: list[str]) -> str | None:
    if "admins" in groups:
        return "admins"
    return groups[0] if groups else None


def new_password(minimum_length: int) -> str:
    """A random password with every class of character, whichever of them the policy asks for."""
    length = max(PASSWORD_LENGTH, minimum_length)
    everything = "".join(CLASSES)
    characters = [secrets.choice(kind) for kind in CLASSES]
    characters += [secrets.choice(everything) for _ in range(length - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def ready_block(values: Mapping[str, str], users: Users, env_file: str, logs: str, ending: str) -> str:
    group = f"group {users.admin.group}" if users.admin.group else "no group: config.json has none"
    return f"""
Gatehouse is up.

  API    {values["API_URL"]}
  Admin  {users.admin.email}  {users.admin.password}  ({group})
  User   {users.user.email}   {users.user.password}  (no group)
  Env    {env_file} (shell lines, while the stack runs)
  Logs   {logs}

Try it in another terminal, in this folder:

  {try_it(env_file)}

{ending}
"""


def try_it(env_file: str) -> str:
    """One line that mints a token and calls the API. The token goes from pipe to pipe, never onto a command line."""
    place = env_file if "/" in env_file else f"./{env_file}"
    token = 'printf %s "$ADMIN_PASSWORD" | cargo run -q -p gatehouse -- token "$ADMIN_EMAIL" --password-stdin'
    call = """sed 's/^/Authorization: Bearer /' | curl -i -H @- "$API_URL/whoami\""""
    return f"(. {shlex.quote(place)}; {token} | {call})"

"""The two demo users of a new local stack, and the text that shows how to sign in as one of them or to sign up.

Their passwords are random at every start and are passed over stdin and the env file. They must never be on a command
line. The password of the user who signs up is in the printed text; that user has only the rights that anybody could
get."""

import json
import secrets
import shlex
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.emulator import emulated_codes as codes
from stack.run.failure import Failure
from stack.run.processes import Processes

# Cognito counts these as symbols, and they have no special meaning in a shell.
SYMBOLS = "-_.+="
CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
PASSWORD_LENGTH = 20

NEWCOMER = "zoe@example.com"
# Like the random passwords, it has every class of character.
NEWCOMERS_PASSWORD = "Correct-horse-9"
# The first code of each kind. It is fixed because no mail leaves this machine.
SIGN_UP_CODE, RESET_CODE, ADDRESS_CODE = codes.SIGN_UP.first, codes.RESET.first, codes.ATTRIBUTES["email"].first


@dataclass(frozen=True)
class User:
    """A user with the credentials to sign in."""

    email: str
    # __repr__ leaves it out, because a repr can end up in a traceback.
    password: str
    group: str | None = None

    def __repr__(self) -> str:
        return f"User({self.email!r}, group={self.group!r})"


@dataclass(frozen=True)
class Users:
    """One user in the group with rights, and one in no group."""

    admin: User
    user: User


def make_users(
    config: dict[str, Any], gatehouse: Path, env: Mapping[str, str], log: Path, processes: Processes
) -> Users:
    """Creates both users in the pool that `env` selects."""
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
    """A random password with every class of character, so that it meets any password policy."""
    length = max(PASSWORD_LENGTH, minimum_length)
    everything = "".join(CLASSES)
    characters = [secrets.choice(kind) for kind in CLASSES]
    characters += [secrets.choice(everything) for _ in range(length - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def ready_block(
    config: dict[str, Any], values: Mapping[str, str], users: Users, env_file: str, logs: str, ending: str
) -> str:
    group = f"group {users.admin.group}" if users.admin.group else "no group: config.json has none"
    return f"""
Gatehouse is up.

  API    {values["API_URL"]}
  Admin  {users.admin.email}  {users.admin.password}  ({group})
  User   {users.user.email}   {users.user.password}  (no group)
  Env    {env_file} (shell lines, while the stack runs)
  Logs   {logs}
  Mails  {values["AWS_ENDPOINT_URL"]}/_ministack/ses/messages
  Codes  {SIGN_UP_CODE} for a sign-up, {RESET_CODE} for a password, {ADDRESS_CODE} for a new address;
         each further one is higher by one

Try it in another terminal, in this folder:

  {try_it(env_file)}
{sign_up(config, env_file)}
{ending}
"""


def try_it(env_file: str) -> str:
    """One line that gets a token and calls the API. The token goes through pipes and never onto a command line."""
    token = 'printf %s "$ADMIN_PASSWORD" | cargo run -q -p gatehouse -- token "$ADMIN_EMAIL" --password-stdin'
    call = """sed 's/^/Authorization: Bearer /' | curl -i -H @- "$API_URL/whoami\""""
    return f"({source(env_file)}; {token} | {call})"


def sign_up(config: dict[str, Any], env_file: str) -> str:
    """Commands to sign up, sign in and get the user's own profile. Empty if config.json or MiniStack does not allow
    them."""
    pool, auth = config["userPool"], config.get("auth", {})
    if not pool.get("selfSignUp", True) or pool.get("mfa") == "ON" or auth.get("flow") == "USER_AUTH":
        return ""
    credentials = {"email": NEWCOMER, "password": newcomers_password(pool["passwordPolicy"]["minimumLength"])}
    steps = [
        source(env_file),
        """auth() { curl -sS -H 'Content-Type: application/json' -d "$2" "$API_URL/auth/$1"; echo; }""",
        f"auth signup '{json.dumps(credentials)}'",
        f"auth verify '{json.dumps({'email': NEWCOMER, 'code': str(SIGN_UP_CODE)})}'",
        f"auth signin '{json.dumps(credentials)}' |",
        r"""  sed -n 's/.*"accessToken":"\([^"]*\)".*/Authorization: Bearer \1/p' |""",
        '  curl -i -H @- "$API_URL/user"',
    ]
    if pool.get("autoConfirm"):
        steps = [step for step in steps if not step.startswith("auth verify")]
    return "\nOr sign up, sign in and see your own profile:\n\n" + "".join(f"  {step}\n" for step in steps)


def newcomers_password(minimum_length: int) -> str:
    return NEWCOMERS_PASSWORD.ljust(minimum_length, "9")


def source(env_file: str) -> str:
    """The command that reads the env file. Without a slash in the path a shell would search it in PATH."""
    return f". {shlex.quote(env_file if '/' in env_file else f'./{env_file}')}"

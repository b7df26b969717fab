"""scripts/smoke: is the gate of a deployed API in force? Four questions, as a caller from outside.

It makes a user of its own through gatehouse and deletes it again, or signs in with USER_EMAIL and USER_PASSWORD when
both are set. It must not need any right of the API's, and must not write a token or a password anywhere.
"""

import signal

# Until main() takes over there is nothing to tidy up, so a Ctrl-C ends us at once and without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import contextlib
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Mapping
from urllib.parse import urlsplit

import demo
import turn
from deploy import build_gatehouse
from environment import with_account
from failure import Failure
from here import LOOPBACK
from processes import Processes
from progress import Progress, Skipped
from state import State

ROOT = Path(__file__).resolve().parents[2]
# A stage that was deployed a moment ago may not answer everywhere yet.
PATIENCE_SECONDS = 30.0
TIMEOUT_SECONDS = 15.0
PASSWORD_LENGTH = 32
ROUTE = re.compile(r"^(GET|HEAD|OPTIONS) (/\S*)$")


@dataclass(frozen=True)
class Route:
    """A method, which changes nothing, and a path."""

    method: str
    path: str


# Open to every signed-in user; closed to one who is in no group: in the rules that the repository comes with.
OPEN = Route("GET", "/whoami")
CLOSED = Route("GET", "/admin/ping")


@dataclass(frozen=True)
class Target:
    """The API, and how gatehouse is called for its user pool."""

    url: str
    gatehouse: Path
    env: Mapping[str, str]
    logs: Path


def main(argv: list[str]) -> int:
    options = parse(argv)
    progress = Progress()
    state = State(ROOT / ".local" / "smoke")
    busy = Failure("scripts/smoke already runs in this folder.", "Wait for it, or stop it with Ctrl-C.")

    def work(processes: Processes) -> int:
        env = environment(options)
        gatehouse = build_gatehouse(ROOT, state.logs, os.environ, processes, progress)
        target = Target(options.url.rstrip("/"), gatehouse, env, state.logs)
        run(target, options.open, options.closed, processes, progress, given(os.environ))
        progress.note("The gate is in force.")
        return 0

    return turn.take(state, busy, progress, work)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/smoke", description="Asks a deployed API whether its gate is in force.")
    parser.add_argument("url", metavar="URL", type=address, help="the API's base URL: the stack's output ApiUrl")
    parser.add_argument("--stack", metavar="NAME", help="the stack whose user pool it is (STACK_NAME, or gatehouse)")
    parser.add_argument("--region", metavar="R", help="its AWS region (AWS_REGION)")
    parser.add_argument("--profile", metavar="P", help="the AWS profile (AWS_PROFILE)")
    text = "a route {} (default: {} {})"
    parser.add_argument("--open", metavar="ROUTE", type=route, default=OPEN,
                        help=text.format("that every user may call", OPEN.method, OPEN.path))
    parser.add_argument("--closed", metavar="ROUTE", type=route, default=CLOSED,
                        help=text.format("that a user in no group may not call", CLOSED.method, CLOSED.path))
    return parser.parse_args(argv)


def address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not an https URL (http only for this machine)")


def route(text: str) -> Route:
    found = ROUTE.match(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no route that changes nothing: write it like 'GET /whoami'")
    return Route(found[1], found[2])


def environment(options: argparse.Namespace) -> dict[str, str]:
    region = options.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    env = with_account(os.environ, region, options.profile)
    if not region:
        del env["AWS_REGION"], env["AWS_DEFAULT_REGION"]
    if options.stack:
        # Another stack than the one whose pool a sourced env file names.
        env = {name: value for name, value in env.items() if name not in ("USER_POOL_ID", "USER_POOL_CLIENT_ID")}
        env["STACK_NAME"] = options.stack
    return env


def given(env: Mapping[str, str]) -> demo.User | None:
    """The user that the caller names, in no group."""
    email, password = env.get("USER_EMAIL"), env.get("USER_PASSWORD")
    return demo.User(email, password) if email and password else None


def run(
    target: Target, open_route: Route, closed: Route, processes: Processes, progress: Progress,
    user: demo.User | None = None, signs_in: bool = True,
) -> None:
    """Asks everything; a Failure says what was answered instead. Without `signs_in` what needs a token is left out."""
    expect(target, "401 without a token", open_route, None, 401, progress)
    if not signs_in:
        with contextlib.suppress(Skipped), progress.step("401, 200 and 403 with a token"):
            raise Skipped()
        progress.note("      userPool.mfa is ON: nobody signs in here without a second factor.")
        return
    with signed_in(target, user, processes, progress) as token:
        expect(target, "401 with a tampered token", open_route, tampered(token), 401, progress)
        expect(target, "200 with a token", open_route, token, 200, progress)
        expect(target, "403 for the wrong group", closed, token, 403, progress)


@contextlib.contextmanager
def signed_in(
    target: Target, user: demo.User | None, processes: Processes, progress: Progress
) -> Iterator[str]:
    """A token, and the user behind it while the block runs."""
    log = target.logs / "smoke-user.log"

    def gatehouse(*arguments: str, text: str = "") -> str:
        code, answer = processes.ask([str(target.gatehouse), *arguments], text, log, target.env, cwd=ROOT)
        if code != 0:
            raise Failure(f"gatehouse {' '.join(arguments[:2])} did not succeed.", "", log)
        return answer.strip()

    if user is not None:
        yield gatehouse("token", user.email, "--password-stdin", text=user.password + "\n")
        return
    made = demo.User(f"smoke-{secrets.token_hex(8)}@example.com", demo.new_password(PASSWORD_LENGTH))
    with progress.step("Make a user for it"):
        gatehouse("user", "create", made.email, "--password-stdin", text=made.password + "\n")
    try:
        yield gatehouse("token", made.email, "--password-stdin", text=made.password + "\n")
    finally:
        with progress.step("Delete the user again"):
            gatehouse("user", "delete", made.email)


def tampered(token: str) -> str:
    """The token with one bit of its signature turned, well before the end, where a letter may have unused bits."""
    head, dot, signature = token.rpartition(".")
    return head + dot + signature[:9] + ("B" if signature[9] == "A" else "A") + signature[10:]


def expect(target: Target, title: str, asked: Route, token: str | None, status: int, progress: Progress) -> None:
    with progress.step(title):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answered, body = ask(target.url, asked, token)
            if answered == status:
                return
            if time.monotonic() > deadline:
                said = " ".join(body.split())[:300]
                raise Failure(f"{asked.method} {asked.path} answered {answered or 'nothing'}, not {status}: {said}")
            time.sleep(0.5)
            progress.tick()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, and would carry the token elsewhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def ask(url: str, asked: Route, token: str | None) -> tuple[int, str]:
    """Status and body; 0 and the reason when there was no answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url + asked.path, method=asked.method, headers=headers)
    # A proxy cannot reach this machine's loopback interface.
    proxies = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    try:
        with urllib.request.build_opener(NoRedirect, *proxies).open(request, timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, answer.read(4096).decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(4096).decode(errors="replace")
    except OSError as error:
        return 0, str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

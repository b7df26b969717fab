"""scripts/smoke: tests with a few requests from outside whether the gate of a deployed API is in force.

probe.py chooses the routes from the rules. The smoke test creates a user through gatehouse and deletes it afterwards,
or signs in with USER_EMAIL and USER_PASSWORD if both are set. It must not need any of the API's own IAM rights, and
must not leave a token, a password or an API key anywhere."""

import argparse
import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stack.aws import apikey, probe, responses, smoke_users
from stack.aws.probe import Caller, Route
from stack.aws.responses import Expected, Response
from stack.aws.smoke_users import Gatehouse, SignInNotAllowed
from stack.build.deployment import Place, build_gatehouse, merge_config
from stack.build.local_overrides import LOOPBACK
from stack.local import demo
from stack.root import ROOT
from stack.run import runner
from stack.run.environment import with_account
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import State
from stack.run.tools import Tools

# A stage that was just deployed may not respond everywhere yet.
PATIENCE_SECONDS = 30.0
# AWS does not document how long a new key or usage plan takes; people have seen a few seconds
# (https://github.com/moduspwnens/boa-chat/issues/1).
KEY_PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.5
# Longer, because each attempt counts towards the plan's requestsPerDay.
KEY_PAUSE_SECONDS = 3.0
ROUTE = re.compile(r"^(GET|HEAD|OPTIONS) (/\S*)$")
IN_FORCE = "its gate is in force"
IN_PART = "its gate is right as far as it could be tested"
NOT_TESTED = "its gate could not be tested"


@dataclass(frozen=True)
class Target:
    """The API, and what gatehouse needs to use its user pool."""

    url: str
    gatehouse: Path
    env: Mapping[str, str]
    logs: Path
    # The configuration that the API was deployed with.
    config: Path
    # The stack's output ApiKeyId, if it is known.
    key_id: str = ""


@dataclass(frozen=True)
class Named:
    """Routes that the command line names instead of those that probe.py would choose."""

    open: Route | None = None
    closed: Route | None = None


def main(argv: list[str]) -> int:
    options = parse(argv)
    progress = Progress()
    state = State(ROOT / ".local" / "smoke")
    busy = Failure("scripts/smoke is already running in this folder.", "Wait for it, or stop it with Ctrl-C.")

    def work(processes: Processes) -> int:
        env = environment(options)
        gatehouse = build_gatehouse(ROOT, state.logs, os.environ, processes, progress)
        config = configured(options.stage, gatehouse, env, state, processes)
        target = Target(options.url.rstrip("/"), gatehouse, env, state.logs, config)
        result = run(target, processes, progress, Named(options.open, options.closed), given(os.environ))
        progress.note(f"{result[0].upper()}{result[1:]}.")
        return 0

    return runner.run(state, busy, progress, work)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/smoke", description="Tests whether the gate of a deployed API is in force."
    )
    parser.add_argument(
        "url", metavar="URL", type=address, help="the API's base URL: the stack's output ApiUrl or DomainUrl"
    )
    parser.add_argument("--stage", metavar="S", help="the stage: settings in config.S.json, stack gatehouse-S")
    parser.add_argument(
        "--stack", metavar="NAME", help="the stack with the user pool (default: STACK_NAME, or gatehouse)"
    )
    parser.add_argument("--region", metavar="R", help="the AWS region (default: AWS_REGION)")
    parser.add_argument("--profile", metavar="P", help="the AWS profile (default: AWS_PROFILE)")
    parser.add_argument(
        "--open", metavar="ROUTE", type=route, help="a route that lets the user in (default: chosen by the rules)"
    )
    parser.add_argument(
        "--closed", metavar="ROUTE", type=route, help="a route that refuses the user (default: chosen by the rules)"
    )
    return parser.parse_args(argv)


def address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not an https URL (http only for this machine)")


def route(text: str) -> Route:
    found = ROUTE.match(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a GET, HEAD or OPTIONS route: write it like 'GET /whoami'")
    return Route(found[1], found[2])


def environment(options: argparse.Namespace) -> dict[str, str]:
    region = options.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    env = with_account(os.environ, region, options.profile)
    if not region:
        del env["AWS_REGION"], env["AWS_DEFAULT_REGION"]
    stack = options.stack or (f"gatehouse-{options.stage}" if options.stage else "")
    if stack:
        # A sourced env file may name the pool and clients of another stack.
        other = ("USER_POOL_ID", "USER_POOL_CLIENT_ID", "MACHINE_CLIENT_ID")
        env = {name: value for name, value in env.items() if name not in other}
        env["STACK_NAME"] = stack
    return env


def configured(
    stage: str | None, gatehouse: Path, env: Mapping[str, str], state: State, processes: Processes
) -> Path:
    """The file with the configuration that the API was deployed with."""
    if stage is None:
        return ROOT / "config.json"
    overlay = ROOT / f"config.{stage}.json"
    if not overlay.is_file():
        raise Failure(f"there is no {overlay.name}, so there is no stage {stage}.")
    file = state.folder / "config.json"
    place = Place(ROOT, state.build, state.parameters, state.logs, env, "", "", (overlay,))
    merge_config(gatehouse, place, file, processes)
    return file


def given(env: Mapping[str, str]) -> demo.User | None:
    """The user that the environment names. The smoke test assumes that the user is in no group."""
    email, password = env.get("USER_EMAIL"), env.get("USER_PASSWORD")
    return demo.User(email, password) if email and password else None


def run(
    target: Target, processes: Processes, progress: Progress, named: Named = Named(), user: demo.User | None = None
) -> str:
    """Sends all requests and says how much of the gate they tested. Raises a Failure for an unexpected response."""
    config = json.loads(target.config.read_text(encoding="utf-8"))
    gatehouse = Gatehouse(target.gatehouse, target.env, ROOT, target.logs, processes)
    plan = planned(target, config, gatehouse, named, user)
    for note in plan.notes:
        progress.note(f"note  {note}")
    if plan.unauthenticated is None:
        return NOT_TESTED
    asker = Asker(target.url, api_key(target, config, processes, progress), progress)
    asker.expect("401 without a token", plan.unauthenticated, None, responses.UNAUTHORIZED)
    try:
        with contextlib.ExitStack() as users:
            tokens = {
                caller: users.enter_context(smoke_users.signed_in(gatehouse, caller, user, progress))
                for caller in plan.callers()
            }
            ask_with_tokens(asker, plan, tokens, progress)
    except SignInNotAllowed as reason:
        if config.get("userPool", {}).get("id") is None:
            raise Failure(f"the stack's own pool does not allow the sign-in of the smoke test: {reason}") from None
        progress.note(
            "note  Not tested: whatever needs a token. The existing pool does not allow the sign-in of the smoke test:"
            f" {reason}"
        )
        return IN_PART
    return IN_PART if plan.notes else IN_FORCE


def ask_with_tokens(asker: "Asker", plan: probe.Plan, tokens: Mapping[Caller, str], progress: Progress) -> None:
    first = next(iter(tokens.values()))
    assert plan.unauthenticated is not None  # a plan with callers has a route
    asker.expect("401 with a tampered token", plan.unauthenticated, tampered(first), responses.UNAUTHORIZED)
    if plan.open:
        token, asked = tokens[plan.open.caller], plan.open.route
        if asked.path == probe.PREFERRED:
            asker.expect("200 with a token", asked, token, responses.OK)
        else:
            answer = asker.expect("Let in with a token", asked, token, responses.OF_THE_SERVICE)
            if answer.status >= 300:
                progress.note(f"note  {asked} answered {answer}. The service sent that: the gate let it through.")
        if asker.has_key:
            asker.expect("403 without the API key", asked, token, responses.KEYLESS, with_key=False)
    if plan.closed:
        asker.expect(f"403 for {plan.closed.caller}", plan.closed.route, tokens[plan.closed.caller], responses.CLOSED)


def planned(
    target: Target, config: Mapping[str, Any], gatehouse: Gatehouse, named: Named, user: demo.User | None
) -> probe.Plan:
    has_program = probe.makes_program(config) or bool(target.env.get("MACHINE_CLIENT_ID"))
    people = probe.callers(config, has_program=has_program)
    if user is not None:
        # The groups and programs of a user that somebody else has made are not known.
        people = [caller for caller in people if not caller.groups and not caller.is_program]
    theirs = config.get("userPool", {}).get("clientId") or ""
    client = (target.env.get("USER_POOL_CLIENT_ID") or theirs).partition(",")[0]

    def granted(caller: Caller) -> list[str]:
        answer = gatehouse.call("policy", "--json", "--config", str(target.config), *caller.flags(client))
        return [granted["route"] for granted in json.loads(answer)["routes"]]

    routes = probe.protected_routes((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return probe.choose(config, routes, people, granted, named.open, named.closed)


def api_key(target: Target, config: Mapping[str, Any], processes: Processes, progress: Progress) -> str:
    """The value of the API key, or an empty text if the API needs none. After a deploy the stack's own key is used; for
    another API a person may set API_KEY."""
    if not config.get("operations", {}).get("usagePlan"):
        return ""
    if not target.key_id and target.env.get("API_KEY"):
        return target.env["API_KEY"]
    python = Tools(ROOT / ".venv").ensure("sam", processes, progress) / "python"
    env = {"AWS_DEFAULT_REGION": config.get("region", ""), **target.env}
    with progress.step("Ask for the API key"):
        return apikey.value(target.key_id, env.get("STACK_NAME") or "gatehouse", python, env, target.logs, processes)


class Asker:
    """Sends requests to the API, and repeats them for a while: a new deploy is not in force everywhere at once."""

    def __init__(self, url: str, key: str, progress: Progress):
        self._url = url
        self._key = key
        self._progress = progress
        self._patience = KEY_PATIENCE_SECONDS if key else PATIENCE_SECONDS
        self._pause = KEY_PAUSE_SECONDS if key else PAUSE_SECONDS

    @property
    def has_key(self) -> bool:
        return bool(self._key)

    def expect(
        self, title: str, asked: Route, token: str | None, expected: Expected, *, with_key: bool = True
    ) -> Response:
        """Returns the expected response, or raises a Failure."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if self._key and with_key:
            headers["x-api-key"] = self._key
        with self._progress.step(f"{title}: {asked}"):
            deadline = time.monotonic() + self._patience
            while True:
                answer = responses.send(self._url, asked.method, asked.path, headers)
                if expected.is_met(answer):
                    return answer
                if time.monotonic() > deadline:
                    body = " ".join(answer.body.split())[:300]
                    advice = responses.advice(answer, urlsplit(self._url).hostname or "")
                    raise Failure(f"{asked} answered {answer}, not {expected.name}: {body}", advice)
                time.sleep(self._pause)
                self._progress.tick()


def tampered(token: str) -> str:
    """Changes one character in the signature. It is not the last one, whose bits may be partly unused."""
    head, dot, signature = token.rpartition(".")
    return head + dot + signature[:9] + ("B" if signature[9] == "A" else "A") + signature[10:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""scripts/smoke: is the gate of a deployed API in force? A few questions, as a caller from outside.

Which routes it asks comes from the rules (probe.py). It makes a user of its own through gatehouse and deletes it again,
or signs in with USER_EMAIL and USER_PASSWORD when both are set. It must not need any right of the API's, and must not
leave a token, a password or an API key anywhere.
"""

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

from stack.aws import answers, apikey, probe, visitors
from stack.aws.answers import Answer, Wanted
from stack.aws.probe import Caller, Route
from stack.aws.visitors import Gatehouse, NotThisWay
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

# A stage that was deployed a moment ago may not answer everywhere yet.
PATIENCE_SECONDS = 30.0
# How long a new key or usage plan takes is not documented; a few seconds were seen
# (https://github.com/moduspwnens/boa-chat/issues/1).
KEY_PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.5
# Each try counts for the plan's requestsPerDay.
KEY_PAUSE_SECONDS = 3.0
ROUTE = re.compile(r"^(GET|HEAD|OPTIONS) (/\S*)$")
IN_FORCE = "its gate is in force"
IN_PART = "its gate is right where it could be asked"
NOT_ASKED = "its gate could not be asked"


@dataclass(frozen=True)
class Target:
    """The API, and how gatehouse is called for its user pool."""

    url: str
    gatehouse: Path
    env: Mapping[str, str]
    logs: Path
    # What it was deployed with.
    config: Path
    # The stack's output ApiKeyId, if it is known.
    key_id: str = ""


@dataclass(frozen=True)
class Named:
    """Routes that a person names, in the place of those that the rules lead to."""

    open: Route | None = None
    closed: Route | None = None


def main(argv: list[str]) -> int:
    options = parse(argv)
    progress = Progress()
    state = State(ROOT / ".local" / "smoke")
    busy = Failure("scripts/smoke already runs in this folder.", "Wait for it, or stop it with Ctrl-C.")

    def work(processes: Processes) -> int:
        env = environment(options)
        gatehouse = build_gatehouse(ROOT, state.logs, os.environ, processes, progress)
        config = configured(options.stage, gatehouse, env, state, processes)
        target = Target(options.url.rstrip("/"), gatehouse, env, state.logs, config)
        said = run(target, processes, progress, Named(options.open, options.closed), given(os.environ))
        progress.note(f"{said[0].upper()}{said[1:]}.")
        return 0

    return runner.run(state, busy, progress, work)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/smoke", description="Asks a deployed API whether its gate is in force."
    )
    parser.add_argument(
        "url", metavar="URL", type=address, help="the API's base URL: the stack's output ApiUrl or DomainUrl"
    )
    parser.add_argument("--stage", metavar="S", help="it was deployed with config.S.json, as the stack gatehouse-S")
    parser.add_argument("--stack", metavar="NAME", help="the stack whose user pool it is (STACK_NAME, or gatehouse)")
    parser.add_argument("--region", metavar="R", help="its AWS region (AWS_REGION)")
    parser.add_argument("--profile", metavar="P", help="the AWS profile (AWS_PROFILE)")
    parser.add_argument(
        "--open", metavar="ROUTE", type=route, help="a route that lets a user in (default: by the rules)"
    )
    parser.add_argument("--closed", metavar="ROUTE", type=route, help="a route that does not (default: by the rules)")
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
    stack = options.stack or (f"gatehouse-{options.stage}" if options.stage else "")
    if stack:
        # Another stack than the one whose pool a sourced env file names.
        other = ("USER_POOL_ID", "USER_POOL_CLIENT_ID", "MACHINE_CLIENT_ID")
        env = {name: value for name, value in env.items() if name not in other}
        env["STACK_NAME"] = stack
    return env


def configured(
    stage: str | None, gatehouse: Path, env: Mapping[str, str], state: State, processes: Processes
) -> Path:
    """The file with the rules that the API was deployed with."""
    if stage is None:
        return ROOT / "config.json"
    overlay = ROOT / f"config.{stage}.json"
    if not overlay.is_file():
        raise Failure(f"there is no {overlay.name}, so {stage} is no stage.")
    file = state.folder / "config.json"
    place = Place(ROOT, state.build, state.parameters, state.logs, env, "", "", (overlay,))
    merge_config(gatehouse, place, file, processes)
    return file


def given(env: Mapping[str, str]) -> demo.User | None:
    """The user that the caller names, in no group."""
    email, password = env.get("USER_EMAIL"), env.get("USER_PASSWORD")
    return demo.User(email, password) if email and password else None


def run(
    target: Target, processes: Processes, progress: Progress, named: Named = Named(), user: demo.User | None = None
) -> str:
    """Asks everything, and says how far that went; a Failure says what was answered instead."""
    config = json.loads(target.config.read_text(encoding="utf-8"))
    gatehouse = Gatehouse(target.gatehouse, target.env, ROOT, target.logs, processes)
    plan = planned(target, config, gatehouse, named, user)
    for note in plan.notes:
        progress.note(f"note  {note}")
    if plan.front is None:
        return NOT_ASKED
    asker = Asker(target.url, api_key(target, config, processes, progress), progress)
    asker.expect("401 without a token", plan.front, None, answers.UNAUTHORIZED)
    try:
        with contextlib.ExitStack() as visits:
            tokens = {
                caller: visits.enter_context(visitors.signed_in(gatehouse, caller, user, progress))
                for caller in plan.callers()
            }
            ask_with_tokens(asker, plan, tokens, progress)
    except NotThisWay as reason:
        if config.get("userPool", {}).get("id") is None:
            raise Failure(f"the stack's own pool signs no user in: {reason}") from None
        progress.note(
            f"note  Not asked: what needs a token. The pool, which the stack did not make, gives none: {reason}"
        )
        return IN_PART
    return IN_PART if plan.notes else IN_FORCE


def ask_with_tokens(asker: "Asker", plan: probe.Plan, tokens: Mapping[Caller, str], progress: Progress) -> None:
    first = next(iter(tokens.values()))
    assert plan.front is not None  # where somebody asks, there is a route
    asker.expect("401 with a tampered token", plan.front, tampered(first), answers.UNAUTHORIZED)
    if plan.open:
        token, asked = tokens[plan.open.caller], plan.open.route
        if asked.path == probe.BEST:
            asker.expect("200 with a token", asked, token, answers.OK)
        else:
            answer = asker.expect("Let in with a token", asked, token, answers.OF_THE_SERVICE)
            if answer.status >= 300:
                progress.note(f"note  {asked} answered {answer}, which is the service's word: the gate let it through.")
        if asker.has_key:
            asker.expect("403 without the API key", asked, token, answers.KEYLESS, with_key=False)
    if plan.closed:
        asker.expect(f"403 for {plan.closed.caller}", plan.closed.route, tokens[plan.closed.caller], answers.CLOSED)


def planned(
    target: Target, config: Mapping[str, Any], gatehouse: Gatehouse, named: Named, user: demo.User | None
) -> probe.Plan:
    has_program = probe.makes_program(config) or bool(target.env.get("MACHINE_CLIENT_ID"))
    people = probe.callers(config, has_program=has_program)
    if user is not None:
        # Nothing more is known of somebody whom another has made.
        people = [caller for caller in people if not caller.groups and not caller.is_program]
    theirs = config.get("userPool", {}).get("clientId") or ""
    client = (target.env.get("USER_POOL_CLIENT_ID") or theirs).partition(",")[0]

    def granted(caller: Caller) -> list[str]:
        answer = gatehouse.call("policy", "--json", "--config", str(target.config), *caller.flags(client))
        return [granted["route"] for granted in json.loads(answer)["routes"]]

    routes = probe.guarded((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return probe.choose(config, routes, people, granted, named.open, named.closed)


def api_key(target: Target, config: Mapping[str, Any], processes: Processes, progress: Progress) -> str:
    """The value of the key that every request needs, or nothing where none does. A stack just deployed has its own, and
    for another a person may have set one."""
    if not config.get("operations", {}).get("usagePlan"):
        return ""
    if not target.key_id and target.env.get("API_KEY"):
        return target.env["API_KEY"]
    python = Tools(ROOT / ".venv").ensure("sam", processes, progress) / "python"
    env = {"AWS_DEFAULT_REGION": config.get("region", ""), **target.env}
    with progress.step("Ask for the API key"):
        return apikey.value(target.key_id, env.get("STACK_NAME") or "gatehouse", python, env, target.logs, processes)


class Asker:
    """Asks the API and is patient, as what was deployed a moment ago is not in force everywhere at once."""

    def __init__(self, url: str, key: str, progress: Progress):
        self._url = url
        self._key = key
        self._progress = progress
        self._patience = KEY_PATIENCE_SECONDS if key else PATIENCE_SECONDS
        self._pause = KEY_PAUSE_SECONDS if key else PAUSE_SECONDS

    @property
    def has_key(self) -> bool:
        return bool(self._key)

    def expect(self, title: str, asked: Route, token: str | None, wanted: Wanted, *, with_key: bool = True) -> Answer:
        """The right answer, or a Failure."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if self._key and with_key:
            headers["x-api-key"] = self._key
        with self._progress.step(f"{title}: {asked}"):
            deadline = time.monotonic() + self._patience
            while True:
                answer = answers.ask(self._url, asked.method, asked.path, headers)
                if wanted.is_right(answer):
                    return answer
                if time.monotonic() > deadline:
                    said = " ".join(answer.body.split())[:300]
                    advice = answers.advice(answer, urlsplit(self._url).hostname or "")
                    raise Failure(f"{asked} answered {answer}, not {wanted.words}: {said}", advice)
                time.sleep(self._pause)
                self._progress.tick()


def tampered(token: str) -> str:
    """The token with one bit of its signature turned, well before the end, where a letter may have unused bits."""
    head, dot, signature = token.rpartition(".")
    return head + dot + signature[:9] + ("B" if signature[9] == "A" else "A") + signature[10:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

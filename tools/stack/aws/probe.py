"""Chooses the routes that scripts/smoke requests and the callers that it uses, from the template and config.json.

Only the gate decides whether a rule grants a route to a caller: `granted` calls `gatehouse policy`. This file knows the
callers that the smoke test can be, and which routes are preferred. It must start no process itself.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The scope in the access token of a user who signs in with a password.
# https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
SIGNED_IN = "aws.cognito.signin.user.admin"
# The scope for which template.yaml makes a client for programs.
PROGRAMS_SCOPE = "read"
# Answers 200 to every caller that the gate lets in.
PREFERRED = "/whoami"
# The caller's own account. Whatever the rules say, Cognito returns it only for the access token of a user.
ACCOUNT = "/user"


@dataclass(frozen=True)
class Route:
    """A safe method, which changes nothing, and a path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Caller:
    """A user or a program that the smoke test can be."""

    # The kind of token that is sent: access or id.
    kind: str = "access"
    groups: tuple[str, ...] = ()
    # The one scope of a program; empty for a user.
    scope: str = ""

    @property
    def is_program(self) -> bool:
        return bool(self.scope)

    def __str__(self) -> str:
        if self.is_program:
            return f"a program with {self.scope}"
        return f"a user in {', '.join(self.groups)}" if self.groups else "a user in no group"

    def flags(self, client: str) -> list[str]:
        """The options of `gatehouse policy` for this caller: a user who has just signed in through `client`."""
        flags = ["--token-use", self.kind, *(f"--group={group}" for group in self.groups)]
        if self.is_program:
            return [*flags, f"--scopes={self.scope}"]
        flags.append("--auth-age=0")
        # gatehouse makes users with a verified email address.
        flags.append(f"--scopes={SIGNED_IN}" if self.kind == "access" else "--claim=email_verified=true")
        if client:
            flags.append(f"--client={client}")
            flags += [f"--audience={client}"] if self.kind == "id" else []
        return flags


@dataclass(frozen=True)
class Question:
    """A request for a route as a caller."""

    caller: Caller
    route: Route


@dataclass(frozen=True)
class Plan:
    """The requests of the smoke test. A request that is not possible is None, and a note says why."""

    open: Question | None
    closed: Question | None
    # The route that is requested without a token, and with a tampered one.
    unauthenticated: Route | None
    notes: tuple[str, ...] = ()

    def callers(self) -> list[Caller]:
        """The distinct callers of the requests."""
        asked = [question.caller for question in (self.open, self.closed) if question]
        return list(dict.fromkeys(asked))


# The routes that a caller is granted, in the syntax of config.json.
Granted = Callable[[Caller], Sequence[str]]


def protected_routes(template: str) -> list[Route]:
    """The GET routes behind the gate, in the template's order. A path parameter becomes the word "smoke". The Python
    that runs the scripts has no YAML library."""
    routes = []
    for event in events(template):
        method, path = field(event, "Method").upper(), field(event, "Path")
        if method in ("GET", "ANY") and path and field(event, "Authorizer") != "NONE":
            routes.append(Route("GET", re.sub(r"\{[^}]*\}", "smoke", path)))
    return routes


def events(template: str) -> Iterator[str]:
    """The text of each event of type Api."""
    lines = template.splitlines()
    for number, line in enumerate(lines):
        if found := re.match(r"^(\s+)Type: Api\s*(#.*)?$", line):
            rest = lines[number + 1 :]
            inner = next((place for place, text in enumerate(rest) if text[: len(found[1])].strip()), len(rest))
            yield "\n".join(rest[:inner])


def field(event: str, name: str) -> str:
    found = re.search(rf"\b{name}: *(?:\"([^\"]*)\"|'([^']*)'|([^\s,]+))", event)
    return next((text for text in found.groups() if text is not None), "") if found else ""


def covers(granted: str, route: Route) -> bool:
    """Whether a route in config.json covers this one. It is written `METHOD /path`; `*` is any method and, as the last
    segment, any path below."""
    method, _, path = granted.partition(" ")
    if method not in ("*", route.method):
        return False
    return route.path.startswith(path[:-1]) if path.endswith("/*") else route.path == path


def is_covered(granted: Sequence[str], route: Route) -> bool:
    return any(covers(one, route) for one in granted)


def callers(config: Mapping[str, Any], *, has_program: bool) -> list[Caller]:
    """The callers that the smoke test can be, those in the fewest groups first. Their groups are those that rules ask
    for; the stack's own pool has only those of userPool.groups."""
    rules = config.get("authorizer", {}).get("rules", [])
    kinds = sorted(config.get("authorizer", {}).get("tokenUse", ["access"]))
    groups = sorted(dict.fromkeys(filter(None, map(required_groups, rules))), key=len)
    pool = config.get("userPool", {})
    if pool.get("id") is None:
        groups = [names for names in groups if set(names) <= set(pool.get("groups", []))]
    people = [Caller(kind, names) for names in [(), *groups] for kind in kinds]
    server = pool.get("resourceServer")
    if has_program and "access" in kinds and server:
        people.append(Caller(scope=f"{server['identifier']}/{PROGRAMS_SCOPE}"))
    return people


def required_groups(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """The smallest set of groups that meets a rule's condition."""
    condition = rule.get("groups") or {}
    needed = list(condition.get("allOf") or [])
    any_of = condition.get("anyOf") or []
    if any_of and not set(any_of) & set(needed):
        needed.append(any_of[0])
    return tuple(needed)


def makes_program(config: Mapping[str, Any]) -> bool:
    """Whether the stack has a client for programs, as template.yaml decides it."""
    pool = config.get("userPool", {})
    server = pool.get("resourceServer") or {}
    return pool.get("id") is None and PROGRAMS_SCOPE in server.get("scopes", [])


def choose(
    config: Mapping[str, Any], routes: Sequence[Route], people: Sequence[Caller], granted: Granted,
    named_open: Route | None = None, named_closed: Route | None = None,
) -> Plan:
    """Makes the plan. A route that the command line names is requested whatever the rules say."""
    known = {caller: granted(caller) for caller in people}
    ranked = sorted(routes, key=rank)
    open_question = first_open(known, [named_open] if named_open else ranked, is_named=named_open is not None)
    rules = [route for rule in config.get("authorizer", {}).get("rules", []) for route in rule["routes"]]
    # A closed route that a rule opens to others is the better test: its 403 comes from the rule.
    by_rule = [named_closed] if named_closed else sorted(ranked, key=lambda route: not is_covered(rules, route))
    # The caller of the open route is best: then the 403 is about the route and not about the caller's token.
    order = dict.fromkeys([*([open_question.caller] if open_question else []), *known])
    closed = first_closed({caller: known[caller] for caller in order}, by_rule, is_named=named_closed is not None)
    unauthenticated = next((question.route for question in (open_question, closed) if question), None)
    return Plan(open_question, closed, unauthenticated, tuple(notes(open_question, closed, routes, people)))


def rank(route: Route) -> tuple[bool, bool, bool]:
    """Routes with parameters come later: the service may have no such item and answer 404."""
    return (route.path != PREFERRED, "smoke" in route.path.split("/"), is_account(route))


def is_account(route: Route) -> bool:
    return route.path == ACCOUNT or route.path.startswith(f"{ACCOUNT}/")


def first_open(
    known: Mapping[Caller, Sequence[str]], routes: Sequence[Route], *, is_named: bool
) -> Question | None:
    for caller, granted in known.items():
        is_person = caller.kind == "access" and not caller.is_program
        for route in routes:
            if is_covered(granted, route) and (is_person or is_named or not is_account(route)):
                return Question(caller, route)
    return Question(next(iter(known)), routes[0]) if is_named else None


def first_closed(
    known: Mapping[Caller, Sequence[str]], routes: Sequence[Route], *, is_named: bool
) -> Question | None:
    for caller, granted in known.items():
        for route in routes:
            if not is_covered(granted, route):
                return Question(caller, route)
    return Question(next(iter(known)), routes[0]) if is_named else None


def notes(
    open_question: Question | None, closed: Question | None, routes: Sequence[Route], people: Sequence[Caller]
) -> Iterator[str]:
    if not routes and not (open_question and closed):
        yield (
            "template.yaml has no GET route behind the gate, so there is nothing to choose from. Name routes with"
            " --open and --closed."
        )
        return
    whom = "; ".join(dict.fromkeys(map(str, people)))
    if open_question is None:
        yield (
            "Not tested: that a route lets a valid token in. No rule opens a GET route to"
            f" {whom}. Name one with --open."
        )
    if closed is None:
        yield f"Not tested: that a route refuses a valid token. The rules open every GET route to {whom}."

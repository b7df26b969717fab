"""What scripts/smoke asks: which routes, and as whom. Worked out from the template and config.json, without a request.

Whether a rule grants a route to somebody is the gate's to say: `granted` is a call of `gatehouse policy`. In here are
only the people whom smoke could be, and the order in which routes are liked. It must not start anything.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The scope of everybody who signs in with a password.
# https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
SIGNED_IN = "aws.cognito.signin.user.admin"
# The scope for which template.yaml makes a client for programs.
PROGRAMS_SCOPE = "read"
# Answers 200 to everybody whom the gate lets in.
BEST = "/whoami"
# The own account, which Cognito shows for the access token of a person alone, whatever the rules say.
ACCOUNT = "/user"


@dataclass(frozen=True)
class Route:
    """A method, which changes nothing, and a path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Caller:
    """Somebody whom smoke can be."""

    # The token that is sent: access or id.
    kind: str = "access"
    groups: tuple[str, ...] = ()
    # The one scope of a program; a person has none of these.
    scope: str = ""

    @property
    def is_program(self) -> bool:
        return bool(self.scope)

    def __str__(self) -> str:
        if self.is_program:
            return f"a program with {self.scope}"
        return f"a user in {', '.join(self.groups)}" if self.groups else "a user in no group"

    def flags(self, client: str) -> list[str]:
        """How `gatehouse policy` is told of the caller. Who has signed in a moment ago, with `client`, meets more
        rules."""
        flags = ["--token-use", self.kind, *(f"--group={group}" for group in self.groups)]
        if self.is_program:
            return [*flags, f"--scopes={self.scope}"]
        flags.append("--auth-age=0")
        # gatehouse makes a user whose address counts as verified.
        flags.append(f"--scopes={SIGNED_IN}" if self.kind == "access" else "--claim=email_verified=true")
        if client:
            flags.append(f"--client={client}")
            flags += [f"--audience={client}"] if self.kind == "id" else []
        return flags


@dataclass(frozen=True)
class Question:
    """A route, asked as somebody."""

    caller: Caller
    route: Route


@dataclass(frozen=True)
class Plan:
    """What is asked. What cannot be is missing, and a note says why."""

    open: Question | None
    closed: Question | None
    # Of whom nothing needs to be known: asked without a token, and with a bad one.
    front: Route | None
    notes: tuple[str, ...] = ()

    def callers(self) -> list[Caller]:
        """Each of them once."""
        asked = [question.caller for question in (self.open, self.closed) if question]
        return list(dict.fromkeys(asked))


# What a caller is granted, as config.json writes routes.
Granted = Callable[[Caller], Sequence[str]]


def guarded(template: str) -> list[Route]:
    """The GET routes behind the gate, in the template's order, by a reading that needs no YAML library. What stands in
    a path for a parameter becomes a word."""
    routes = []
    for event in events(template):
        method, path = field(event, "Method").upper(), field(event, "Path")
        if method in ("GET", "ANY") and path and field(event, "Authorizer") != "NONE":
            routes.append(Route("GET", re.sub(r"\{[^}]*\}", "smoke", path)))
    return routes


def events(template: str) -> Iterator[str]:
    """The text of each event that is a route."""
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
    """Whether what config.json writes stands for this route: `METHOD /path`, with `*` for any method, and as the last
    segment for all below."""
    method, _, path = granted.partition(" ")
    if method not in ("*", route.method):
        return False
    return route.path.startswith(path[:-1]) if path.endswith("/*") else route.path == path


def is_covered(granted: Sequence[str], route: Route) -> bool:
    return any(covers(one, route) for one in granted)


def callers(config: Mapping[str, Any], *, has_program: bool) -> list[Caller]:
    """Whom smoke can be, the plainest first. A group is one of a rule; an own pool has those of userPool.groups."""
    rules = config.get("authorizer", {}).get("rules", [])
    kinds = sorted(config.get("authorizer", {}).get("tokenUse", ["access"]))
    groups = sorted(dict.fromkeys(filter(None, map(asked_groups, rules))), key=len)
    pool = config.get("userPool", {})
    if pool.get("id") is None:
        groups = [names for names in groups if set(names) <= set(pool.get("groups", []))]
    people = [Caller(kind, names) for names in [(), *groups] for kind in kinds]
    server = pool.get("resourceServer")
    if has_program and "access" in kinds and server:
        people.append(Caller(scope=f"{server['identifier']}/{PROGRAMS_SCOPE}"))
    return people


def asked_groups(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """The fewest groups that meet a rule's condition."""
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
    """The plan. A route that was named is asked whatever the rules say of it."""
    known = {caller: granted(caller) for caller in people}
    ranked = sorted(routes, key=rank)
    open_question = first_open(known, [named_open] if named_open else ranked, is_named=named_open is not None)
    rules = [route for rule in config.get("authorizer", {}).get("rules", []) for route in rule["routes"]]
    # Of the routes that are closed to somebody, one that a rule opens to others says more.
    by_rule = [named_closed] if named_closed else sorted(ranked, key=lambda route: not is_covered(rules, route))
    # The same caller is best: it is the route that is closed, and not the door.
    order = dict.fromkeys([*([open_question.caller] if open_question else []), *known])
    closed = first_closed({caller: known[caller] for caller in order}, by_rule, is_named=named_closed is not None)
    front = next((question.route for question in (open_question, closed) if question), None)
    return Plan(open_question, closed, front, tuple(notes(open_question, closed, routes, people)))


def rank(route: Route) -> tuple[bool, bool, bool]:
    """Routes without parameters first: below those there may be nothing, and the service says so."""
    return (route.path != BEST, "smoke" in route.path.split("/"), is_account(route))


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
            "template.yaml has no GET route behind the gate to choose from: name what to ask"
            " with --open and --closed."
        )
        return
    whom = "; ".join(dict.fromkeys(map(str, people)))
    if open_question is None:
        yield (
            "Not asked: a route that lets a good token in. No rule opens a GET route to"
            f" {whom}. Name one with --open."
        )
    if closed is None:
        yield f"Not asked: a route that is closed to a good token. The rules open every GET route to {whom}."

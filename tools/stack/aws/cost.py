"""Computes the tables of costs and scaling in docs/operations.md from the inputs below and the prices in prices.py.

`python3 tools aws.cost` prints the tables, and `--write` puts them into the document. A test compares the document, the
template and this file. Every figure here must be an input or follow from inputs and prices.
"""

import sys
from dataclasses import dataclass

from stack.aws import prices
from stack.aws.prices import Quota
from stack.root import ROOT

DOCUMENT = ROOT / "docs" / "operations.md"

# ---- Inputs ----------------------------------------------------------------------------------------------------------

RATES = (1, 100, 10_000)  # requests a second, on average
SECONDS_A_MONTH = 30 * 24 * 3600
HOURS_A_MONTH = 30 * 24

# The load: how often a user sends a request during a session, and how many sessions a user has.
SECONDS_BETWEEN_REQUESTS_OF_A_USER = 10
SESSIONS_A_USER_AND_DAY = 2
MINUTES_OF_A_SESSION = 20
SHARE_OF_ORDERS = 0.5  # of the requests, that reach DynamoDB; the rest stay in a function
SHARE_OF_WRITES = 0.2  # of these
# Programs with an access token of their own, at each rate. Each instance of a program gets one token an hour if it
# keeps the token until it expires.
PROGRAMS = {1: 1, 100: 10, 10_000: 100}
TOKENS_A_PROGRAM_AND_HOUR = 4

# What an order costs in DynamoDB (services/orders/src/dynamodb/mod.rs). A write is one unit for the row and one for the
# index by day. With an Idempotency-Key it is a transaction of two rows, which count double, and one for the index.
SHARE_OF_WRITES_WITH_A_KEY = 0.5
WRITE_UNITS = 1 + 1
WRITE_UNITS_WITH_A_KEY = 2 * 2 + 1
# A read is strongly consistent and costs one unit for each 4 KB: one for an order, two for a page of twenty.
SHARE_OF_PAGES = 0.25
READ_UNITS = 1
READ_UNITS_OF_A_PAGE = 2

# The configuration.
RESULT_TTL_SECONDS = (0, 300, 3600)  # authorizer.resultTtlSeconds
RESULT_TTL_IN_USE = 300
USER_POOL_PLAN = "LITE"  # userPool.plan
ACCESS_TOKEN_MINUTES = 60  # userPool.tokenValidity.accessMinutes
JWKS_TTL_SECONDS = 3600  # authorizer.jwks.ttlSeconds

# The functions: 256 MB each, arm64. The billed time of one call in milliseconds includes its share of a cold start.
MEMORY_GB = 0.25
AUTHORIZER_MILLIS = 2
SERVICE_MILLIS = 8
# The log bytes of one call: the audit line and metrics of the authorizer, the log line and metrics of a service, and
# the gateway's access log line. The figures of the functions include Lambda's own lines.
AUTHORIZER_LOG_BYTES = 1_600
SERVICE_LOG_BYTES = 1_200
# The metrics among them (crates/platform/src/metrics.rs).
AUTHORIZER_METRIC_BYTES = 500
SERVICE_METRIC_BYTES = 370
ACCESS_LOG_BYTES = 500
CUSTOM_METRICS = 45  # the reasons, outcomes and codes that occur
# AWS bills an alarm once for each metric that it evaluates. These are all alarms that the template makes for the sample
# config.json.
ALARM_METRICS = 30
ALARM_METRICS_WITHOUT_OWN = 20  # with `operations.metrics: false`
DASHBOARDS = 1
WEB_ACL_RULES = 2  # with `operations.webAcl: "managed"`

# The price of an active user in each plan of Cognito.
PEOPLE = {"LITE": prices.COGNITO_LITE, "ESSENTIALS": prices.COGNITO_ESSENTIALS, "PLUS": prices.COGNITO_PLUS}


@dataclass(frozen=True)
class Load:
    """The load that a rate of requests puts on each part of the stack."""

    rate: int

    @property
    def users_at_once(self) -> float:
        return self.rate * SECONDS_BETWEEN_REQUESTS_OF_A_USER

    @property
    def active_users(self) -> float:
        """Users a month. `users_at_once` are in a session; all others are between two sessions."""
        return self.users_at_once * 24 * 60 / (SESSIONS_A_USER_AND_DAY * MINUTES_OF_A_SESSION)

    def hit_rate(self, ttl: int) -> float:
        """The share of a user's requests for which API Gateway has the policy in its cache. It caches a policy for
        `ttl` seconds, so one request in each such span is a miss, and so is the first request with a new token."""
        if ttl == 0:
            return 0.0
        per_span = 1 + ttl / SECONDS_BETWEEN_REQUESTS_OF_A_USER
        requests_of_a_token = min(MINUTES_OF_A_SESSION, ACCESS_TOKEN_MINUTES) * 60 / SECONDS_BETWEEN_REQUESTS_OF_A_USER
        misses = max(1.0, requests_of_a_token / per_span)
        return 1 - misses / requests_of_a_token

    def decisions(self, ttl: int = RESULT_TTL_IN_USE) -> float:
        """Authorizer calls a second."""
        return self.rate * (1 - self.hit_rate(ttl))

    @property
    def sign_ins(self) -> float:
        """Sign-ins and refreshes a second: one for each session, and one for each token that expires during it."""
        a_session = max(1.0, MINUTES_OF_A_SESSION / ACCESS_TOKEN_MINUTES)
        return self.active_users * SESSIONS_A_USER_AND_DAY * a_session / (24 * 3600)

    @property
    def machine_tokens(self) -> float:
        """Tokens a month."""
        return PROGRAMS[self.rate] * TOKENS_A_PROGRAM_AND_HOUR * HOURS_A_MONTH

    @property
    def concurrency(self) -> float:
        """Concurrent function calls, times four for a peak and for calls that take longer."""
        busy = self.rate * SERVICE_MILLIS + self.decisions() * AUTHORIZER_MILLIS
        return busy / 1000 * 4

    @property
    def key_fetches(self) -> float:
        """Fetches an hour. Each instance of the authorizer fetches a key set of its own."""
        instances = max(1.0, self.decisions() * AUTHORIZER_MILLIS / 1000 * 4)
        return instances * 3600 / JWKS_TTL_SECONDS

    @property
    def writes(self) -> float:
        return self.rate * SHARE_OF_ORDERS * SHARE_OF_WRITES

    @property
    def write_units(self) -> float:
        each = WRITE_UNITS + SHARE_OF_WRITES_WITH_A_KEY * (WRITE_UNITS_WITH_A_KEY - WRITE_UNITS)
        return self.writes * each

    @property
    def read_units(self) -> float:
        each = READ_UNITS + SHARE_OF_PAGES * (READ_UNITS_OF_A_PAGE - READ_UNITS)
        return self.rate * SHARE_OF_ORDERS * (1 - SHARE_OF_WRITES) * each

    def logs(self, access: bool = True, metrics: bool = True) -> float:
        """Dollars a month, with or without the gateway's access log and the log lines that become metrics."""
        service = SERVICE_LOG_BYTES - (0 if metrics else SERVICE_METRIC_BYTES) + (ACCESS_LOG_BYTES if access else 0)
        decision = AUTHORIZER_LOG_BYTES - (0 if metrics else AUTHORIZER_METRIC_BYTES)
        return prices.VENDED_LOGS.of(gigabytes(self.rate * service + self.decisions() * decision))

    def costs(self) -> dict[str, float]:
        """Dollars a month for each part."""
        watching = prices.CUSTOM_METRIC.of(CUSTOM_METRICS) + prices.ALARM_METRIC.of(ALARM_METRICS)
        return {
            "API Gateway": prices.REST_API.of(millions(self.rate)),
            GATE: calls(self.decisions(), AUTHORIZER_MILLIS),
            "Lambda, services": calls(self.rate, SERVICE_MILLIS),
            "Logs": self.logs(),
            "Metrics, alarms, dashboard": watching + prices.DASHBOARD.of(DASHBOARDS),
            "DynamoDB": prices.DYNAMODB_WRITES.of(millions(self.write_units))
            + prices.DYNAMODB_READS.of(millions(self.read_units)),
            "Cognito, people": PEOPLE[USER_POOL_PLAN].of(self.active_users),
            "Cognito, programs": prices.COGNITO_MACHINE_TOKENS.of(self.machine_tokens),
        }

    @property
    def together(self) -> float:
        return sum(self.costs().values())


GATE = "Lambda, authorizer"


def millions(a_second: float) -> float:
    """Millions a month."""
    return a_second * SECONDS_A_MONTH / 1e6


def gigabytes(a_second: float) -> float:
    """Gigabytes a month, from bytes a second."""
    return a_second * SECONDS_A_MONTH / 1e9


def calls(a_second: float, millis: float) -> float:
    busy = a_second * millis / 1000 * SECONDS_A_MONTH
    return prices.LAMBDA_REQUESTS.of(millions(a_second)) + prices.LAMBDA_ARM.of(busy * MEMORY_GB)


def number(value: float) -> str:
    """Renders a figure with no more digits than its accuracy deserves."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def quota(of: Quota) -> str:
    return number(of.limit) + ("" if of.can_be_raised else ", fixed")


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---", *["---:"] * (len(head) - 1)], *rows)]
    return "\n".join(lines)


def scale_table() -> str:
    loads = [Load(rate) for rate in RATES]
    machine_tokens = [load.machine_tokens / SECONDS_A_MONTH for load in loads]
    rows: list[tuple[str, list[float], str]] = [
        ("users at work at once", [load.users_at_once for load in loads], ""),
        ("active users a month", [load.active_users for load in loads], ""),
        (f"authorizer calls a second (TTL {RESULT_TTL_IN_USE} s)", [load.decisions() for load in loads], ""),
        ("sign-ins and refreshes a second", [load.sign_ins for load in loads], quota(prices.COGNITO_SIGN_INS_A_SECOND)),
        ("programs", [PROGRAMS[rate] for rate in RATES], ""),
        ("tokens for programs a second", machine_tokens, quota(prices.COGNITO_MACHINE_TOKENS_A_SECOND)),
        ("Lambda instances at a peak", [load.concurrency for load in loads], quota(prices.LAMBDA_CONCURRENCY)),
        ("key set fetches an hour", [load.key_fetches for load in loads], ""),
        (
            "DynamoDB write units a second",
            [load.write_units for load in loads],
            quota(prices.DYNAMODB_TABLE_WRITES_A_SECOND),
        ),
        (
            "orders written a second, all to one day",
            [load.writes for load in loads],
            quota(prices.DYNAMODB_KEY_WRITES_A_SECOND),
        ),
        ("API Gateway requests a second", [load.rate for load in loads], quota(prices.API_REQUESTS_A_SECOND)),
    ]
    head = ["", *[f"{rate:,}/s" for rate in RATES], "quota at first"]
    return table(head, [[name, *map(number, values), limit] for name, values, limit in rows])


def hit_table() -> str:
    head = ["`resultTtlSeconds`", "answered from the cache", *[f"authorizer calls at {rate:,}/s" for rate in RATES]]
    rows = [
        [str(ttl), f"{Load(1).hit_rate(ttl):.1%}", *[number(Load(rate).decisions(ttl)) for rate in RATES]]
        for ttl in RESULT_TTL_SECONDS
    ]
    return table(head, rows)


def cost_table() -> str:
    costs = [Load(rate).costs() for rate in RATES]
    rows = [[part, *[number(cost[part]) for cost in costs]] for part in costs[0]]
    rows.append(["**together**", *[f"**{number(sum(cost.values()))}**" for cost in costs]])
    return table(["$ a month", *[f"{rate:,}/s" for rate in RATES]], rows)


def findings() -> str:
    """One line: the largest costs at each rate, and the share of the gate."""
    largest = []
    for rate in RATES:
        load = Load(rate)
        first, second = sorted(load.costs().items(), key=lambda part: -part[1])[:2]
        shares = [f"{name} {dollars / load.together:.0%}" for name, dollars in (first, second)]
        largest.append(f"at {rate:,}/s {' and '.join(shares)}")
    gate = Load(RATES[-1])
    share = gate.costs()[GATE] / gate.together
    return f"The largest costs: {'; '.join(largest)}. The gate's Lambda is {share:.2%} of it at {RATES[-1]:,}/s."


def savings_table() -> str:
    """What a month costs less without a part, or with a cheaper one."""
    loads = [Load(rate) for rate in RATES]
    requests = [millions(load.rate) for load in loads]
    watching = prices.CUSTOM_METRIC.of(CUSTOM_METRICS) + prices.ALARM_METRIC.of(
        ALARM_METRICS - ALARM_METRICS_WITHOUT_OWN
    )
    rows: list[tuple[str, list[float]]] = [
        ("an HTTP API in place of the REST API", [prices.REST_API.of(m) - prices.HTTP_API.of(m) for m in requests]),
        ("`operations.accessLogs: false`", [load.logs() - load.logs(access=False) for load in loads]),
        ("`operations.metrics: false`", [watching + load.logs() - load.logs(metrics=False) for load in loads]),
    ]
    head = ["$ a month less with", *[f"{rate:,}/s" for rate in RATES]]
    return table(head, [[name, *map(number, values)] for name, values in rows])


def plan_table() -> str:
    """The cost of a month's active users in each plan of Cognito."""
    loads = [Load(rate) for rate in RATES]
    head = ["$ a month for people with `userPool.plan`", *[f"{rate:,}/s" for rate in RATES]]
    return table(
        head,
        [[f"`{plan}`", *[number(price.of(load.active_users)) for load in loads]] for plan, price in PEOPLE.items()],
    )


def additions_table() -> str:
    """What a month costs more with an option that is off in the sample config.json."""
    fixed = prices.WAF_ACL.of(1) + prices.WAF_RULE.of(WEB_ACL_RULES)
    dollars = [fixed + prices.WAF_REQUESTS.of(millions(rate)) for rate in RATES]
    head = ["$ a month more with", *[f"{rate:,}/s" for rate in RATES]]
    return table(head, [['`operations.webAcl: "managed"`', *map(number, dollars)]])


BLOCKS = (scale_table, hit_table, cost_table, findings, plan_table, savings_table, additions_table)


def put_into(text: str, block: str) -> str:
    """Replaces the older form of the block, which begins with the same words, in the text."""
    is_table = block.startswith("|")
    begin = block.split("\n", 1)[0] if is_table else block.split(":", 1)[0] + ":"
    lines = text.split("\n")
    [first] = [place for place, line in enumerate(lines) if line.startswith(begin)]
    last = first
    while last < len(lines) and (lines[last].startswith("|") if is_table else lines[last]):
        last += 1
    return "\n".join([*lines[:first], *block.split("\n"), *lines[last:]])


def main(argv: list[str]) -> int:
    blocks = [block() for block in BLOCKS]
    if argv == ["--write"]:
        text = DOCUMENT.read_text(encoding="utf-8")
        for block in blocks:
            text = put_into(text, block)
        DOCUMENT.write_text(text, encoding="utf-8")
    elif argv:
        print("usage: python3 tools aws.cost [--write]", file=sys.stderr)
        return 2
    else:
        print(*blocks, sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

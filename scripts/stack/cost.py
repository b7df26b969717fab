"""What a month costs, and what has to scale: the tables in docs/operations.md, from the inputs below.

`python cost.py` prints them. A test keeps the document and this file in step. Prices are those of us-east-1, in dollars,
without the free tier, as AWS published them in 2025; put your own in. It must not know anything that is not an input.
"""

from dataclasses import dataclass

# ---- Inputs -----------------------------------------------------------------------------------------------------------

RATES = (1, 100, 10_000)  # requests a second, on average
SECONDS_A_MONTH = 30 * 24 * 3600

# The load. Active users at each rate, and how each works: a request every so often while at it.
SECONDS_BETWEEN_REQUESTS_OF_A_USER = 10
SESSIONS_A_USER_AND_DAY = 2
MINUTES_OF_A_SESSION = 20
SHARE_OF_ORDERS = 0.5  # of the requests, that reach DynamoDB; the rest stay in a function
SHARE_OF_WRITES = 0.2  # of these

# The configuration.
RESULT_TTL_SECONDS = (0, 300, 3600)  # authorizer.resultTtlSeconds
RESULT_TTL_IN_USE = 300
ACCESS_TOKEN_MINUTES = 60  # userPool.tokenValidity.accessMinutes
JWKS_TTL_SECONDS = 3600  # authorizer.jwks.ttlSeconds

# The functions: 256 MB each, arm64. Billed time of one call, in milliseconds.
MEMORY_GB = 0.25
AUTHORIZER_MILLIS = 2
SERVICE_MILLIS = 8
# What a call leaves in the logs, in bytes: audit line and metrics of the authorizer, line and metrics of a service,
# the gateway's access log line; each with Lambda's own lines.
AUTHORIZER_LOG_BYTES = 1_600
SERVICE_LOG_BYTES = 1_200
ACCESS_LOG_BYTES = 450
CUSTOM_METRICS = 40  # reasons, outcomes, codes that come up
ALARMS = 12
DASHBOARDS = 1

# Prices.
API_PER_MILLION = 3.50
LAMBDA_PER_MILLION = 0.20
LAMBDA_PER_GB_SECOND = 0.0000133334
LOGS_PER_GB = 0.50
METRIC_PER_MONTH = 0.30
ALARM_PER_MONTH = 0.10
DASHBOARD_PER_MONTH = 3.00
COGNITO_PER_ACTIVE_USER = 0.0055  # plan Lite, beyond the first 10,000
DYNAMODB_WRITE_PER_MILLION = 0.625
DYNAMODB_READ_PER_MILLION = 0.125

# Quotas, as an account has them at first. All but the last can be raised.
API_REQUESTS_A_SECOND = 10_000
LAMBDA_CONCURRENCY = 1_000
COGNITO_SIGN_INS_A_SECOND = 120  # category UserAuthentication
COGNITO_REFRESHES_A_SECOND = 120  # category UserToken
DYNAMODB_ON_DEMAND_WRITES = 40_000  # write units a second of one table
DYNAMODB_PARTITION_WRITES = 1_000  # write units a second of one key: this one is fixed


@dataclass(frozen=True)
class Load:
    """What a rate of requests means for each part of the stack."""

    rate: int

    @property
    def users_at_once(self) -> float:
        return self.rate * SECONDS_BETWEEN_REQUESTS_OF_A_USER

    @property
    def active_users(self) -> float:
        """A month's: those at once are in a session, everybody else is between two."""
        return self.users_at_once * 24 * 60 / (SESSIONS_A_USER_AND_DAY * MINUTES_OF_A_SESSION)

    def hit_rate(self, ttl: int) -> float:
        """How many of a user's requests API Gateway answers from its cache. An answer is kept for `ttl` seconds from the
        call that made it, so one request in each such span is a miss, and each new token begins with one."""
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
        """Calls of Cognito a second, each a sign-in or a refresh: one a session, and one when a token runs out in it."""
        a_session = max(1.0, MINUTES_OF_A_SESSION / ACCESS_TOKEN_MINUTES)
        return self.active_users * SESSIONS_A_USER_AND_DAY * a_session / (24 * 3600)

    @property
    def concurrency(self) -> float:
        """Functions at work at once; four times that for a peak, and for calls that take longer."""
        busy = self.rate * SERVICE_MILLIS + self.decisions() * AUTHORIZER_MILLIS
        return busy / 1000 * 4

    @property
    def key_fetches(self) -> float:
        """An hour's: each instance of the authorizer keeps a set of its own."""
        instances = max(1.0, self.decisions() * AUTHORIZER_MILLIS / 1000 * 4)
        return instances * 3600 / JWKS_TTL_SECONDS

    @property
    def writes(self) -> float:
        return self.rate * SHARE_OF_ORDERS * SHARE_OF_WRITES

    @property
    def reads(self) -> float:
        return self.rate * SHARE_OF_ORDERS * (1 - SHARE_OF_WRITES)

    def costs(self) -> dict[str, float]:
        """A month's, in dollars, by part."""

        def millions(a_second: float) -> float:
            return a_second * SECONDS_A_MONTH / 1e6

        gb_seconds = (self.rate * SERVICE_MILLIS + self.decisions() * AUTHORIZER_MILLIS) / 1000 * MEMORY_GB
        logged = self.rate * (SERVICE_LOG_BYTES + ACCESS_LOG_BYTES) + self.decisions() * AUTHORIZER_LOG_BYTES
        return {
            "API Gateway": millions(self.rate) * API_PER_MILLION,
            "Lambda, authorizer": millions(self.decisions()) * LAMBDA_PER_MILLION
            + self.decisions() * AUTHORIZER_MILLIS / 1000 * MEMORY_GB * SECONDS_A_MONTH * LAMBDA_PER_GB_SECOND,
            "Lambda, services": millions(self.rate) * LAMBDA_PER_MILLION
            + (gb_seconds - self.decisions() * AUTHORIZER_MILLIS / 1000 * MEMORY_GB)
            * SECONDS_A_MONTH * LAMBDA_PER_GB_SECOND,
            "Logs": logged * SECONDS_A_MONTH / 1e9 * LOGS_PER_GB,
            "Metrics, alarms, dashboard": CUSTOM_METRICS * METRIC_PER_MONTH + ALARMS * ALARM_PER_MONTH
            + DASHBOARDS * DASHBOARD_PER_MONTH,
            "DynamoDB": millions(self.writes) * DYNAMODB_WRITE_PER_MILLION
            + millions(self.reads) * DYNAMODB_READ_PER_MILLION,
            "Cognito": max(0.0, self.active_users - 10_000) * COGNITO_PER_ACTIVE_USER,
        }


def number(value: float) -> str:
    """With as many digits as it is worth."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---", *["---:"] * (len(head) - 1)], *rows)]
    return "\n".join(lines)


def scale_table() -> str:
    loads = [Load(rate) for rate in RATES]
    rows = [
        ["users at work at once", [load.users_at_once for load in loads], ""],
        ["active users a month", [load.active_users for load in loads], ""],
        [f"authorizer calls a second (TTL {RESULT_TTL_IN_USE} s)", [load.decisions() for load in loads], ""],
        ["Cognito calls a second", [load.sign_ins for load in loads], number(COGNITO_SIGN_INS_A_SECOND)],
        ["Lambda instances at a peak", [load.concurrency for load in loads], number(LAMBDA_CONCURRENCY)],
        ["key set fetches an hour", [load.key_fetches for load in loads], ""],
        ["DynamoDB writes a second", [load.writes for load in loads], number(DYNAMODB_ON_DEMAND_WRITES)],
        ["API Gateway requests a second", [load.rate for load in loads], number(API_REQUESTS_A_SECOND)],
    ]
    head = ["", *[f"{rate:,}/s" for rate in RATES], "quota at first"]
    return table(head, [[name, *map(number, values), quota] for name, values, quota in rows])


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


if __name__ == "__main__":
    print(scale_table(), hit_table(), cost_table(), sep="\n\n")

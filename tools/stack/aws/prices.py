"""The prices and quotas of AWS that cost.py uses, each with its date and source.

Prices are in dollars for us-east-1; replace them with your own. A date is that of AWS's announcement or, if there is
none, the day on which the price was last seen on the page. This file must not know what the prices are used for.
"""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Price:
    """The price of the units of a month. Each tier is its upper end in units, counted from zero, and dollars a unit."""

    tiers: tuple[tuple[float, float], ...]
    unit: str
    date: str
    source: str

    def of(self, units: float) -> float:
        dollars, begin = 0.0, 0.0
        for end, each in self.tiers:
            dollars += max(0.0, min(units, end) - begin) * each
            begin = end
        return dollars


@dataclass(frozen=True)
class Quota:
    """The limit of a new account."""

    limit: float
    can_be_raised: bool
    source: str


def flat(dollars: float) -> tuple[tuple[float, float], ...]:
    return ((inf, dollars),)


_WHATS_NEW = "https://aws.amazon.com/about-aws/whats-new"

REST_API = Price(
    ((333, 3.50), (1_000, 2.80), (20_000, 2.38), (inf, 1.51)), "million requests", "2026-11-27",
    "https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html",
)
HTTP_API = Price(((300, 1.00), (inf, 0.90)), "million requests", "2026-11-27", REST_API.source)
# AWS always billed the init phase of a custom runtime; since 1 August 2025 it bills that of every runtime.
LAMBDA_REQUESTS = Price(flat(0.20), "million requests", "2026-09-20", "https://aws.amazon.com/lambda/pricing/")
LAMBDA_ARM = Price(flat(0.0000133334), "GB-second", "2026-09-20", "https://aws.amazon.com/lambda/pricing/")
# Since 1 May 2025 AWS bills Lambda's logs as vended logs, as it already billed the access logs of API Gateway:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
VENDED_LOGS = Price(
    ((10_240, 0.50), (30_720, 0.25), (51_200, 0.10), (inf, 0.05)), "GB", "2025-05-01",
    "https://aws.amazon.com/blogs/compute/aws-lambda-introduces-tiered-pricing-for-amazon-cloudwatch-logs-and-additional-logging-destinations/",
)
CUSTOM_METRIC = Price(flat(0.30), "metric and month", "2026-05-05", "https://aws.amazon.com/cloudwatch/pricing/")
# An alarm on several metrics costs as much as one alarm for each of them.
ALARM_METRIC = Price(flat(0.10), "metric of an alarm and month", "2026-05-05", "https://aws.amazon.com/cloudwatch/pricing/")
DASHBOARD = Price(flat(3.00), "dashboard and month", "2026-05-05", "https://aws.amazon.com/cloudwatch/pricing/")
# These prices come from a secondary source: docs/decisions/0027-managed-web-acl.md. Blocked requests are billed too.
WAF_ACL = Price(flat(5.00), "web ACL and month", "2026-11-27", "https://aws.amazon.com/waf/pricing/")
WAF_RULE = Price(flat(1.00), "rule of a web ACL and month", WAF_ACL.date, WAF_ACL.source)
WAF_REQUESTS = Price(flat(0.60), "million requests", WAF_ACL.date, WAF_ACL.source)
DYNAMODB_WRITES = Price(
    flat(0.625),
    "million write units",
    "2024-11-14",
    f"{_WHATS_NEW}/2024/11/amazon-dynamo-db-reduces-prices-on-demand-throughput-global-tables/",
)
DYNAMODB_READS = Price(flat(0.125), "million read units", DYNAMODB_WRITES.date, DYNAMODB_WRITES.source)
# Cognito has plans since 22 November 2024. The first 10,000 users are always free in Lite and Essentials, none in Plus.
COGNITO_ESSENTIALS = Price(
    ((10_000, 0.0), (inf, 0.015)), "active user and month", "2026-09-20", "https://aws.amazon.com/cognito/pricing/"
)
COGNITO_PLUS = Price(flat(0.020), "active user and month", "2026-09-20", "https://aws.amazon.com/cognito/pricing/")
COGNITO_LITE = Price(
    ((10_000, 0.0), (100_000, 0.0055), (1_000_000, 0.0046), (10_000_000, 0.00325), (inf, 0.0025)),
    "active user and month", "2026-09-20", "https://aws.amazon.com/cognito/pricing/",
)
# Programs: since 3 November 2025 AWS bills only the tokens of an app client, not the client. This is the price of the
# first 250,000 tokens a month. Later ones cost less, but count at the same price here. There is no free tier.
COGNITO_MACHINE_TOKENS = Price(
    flat(0.00225), "token", "2025-11-03",
    f"{_WHATS_NEW}/2025/11/amazon-cognito-removes-machine-machine-app-client-price-dimension/",
)

_COGNITO_QUOTAS = "https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html"
_DYNAMODB_QUOTAS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
API_REQUESTS_A_SECOND = Quota(10_000, True, "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html")
LAMBDA_CONCURRENCY = Quota(1_000, True, "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html")
COGNITO_SIGN_INS_A_SECOND = Quota(120, True, _COGNITO_QUOTAS)  # category UserAuthentication
COGNITO_MACHINE_TOKENS_A_SECOND = Quota(150, False, _COGNITO_QUOTAS)  # category ClientAuthentication
DYNAMODB_TABLE_WRITES_A_SECOND = Quota(40_000, True, _DYNAMODB_QUOTAS)
# The limit for one partition key. In the index by day that is one day.
DYNAMODB_KEY_WRITES_A_SECOND = Quota(1_000, False, _DYNAMODB_QUOTAS)

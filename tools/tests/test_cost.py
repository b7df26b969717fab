"""Tests that docs/operations.md has the tables of cost.py, and that cost.py counts what the template has."""

import datetime
import unittest

from stack.aws import cost, prices
from stack.checks.transform import deployed, source
from stack.root import TOOLS

ALL = {name: value for name, value in vars(prices).items() if isinstance(value, (prices.Price, prices.Quota))}


class Document(unittest.TestCase):
    def test_the_document_has_the_computed_tables(self):
        text = cost.DOCUMENT.read_text(encoding="utf-8")
        for block in cost.BLOCKS:
            self.assertTrue(block() in text, f"{block.__name__} is stale: python3 tools aws.cost --write")

    def test_writing_updates_only_stale_tables(self):
        text = cost.DOCUMENT.read_text(encoding="utf-8")
        stale = text.replace("| users at work at once | 10.0", "| users at work at once | 9.0").replace(
            " 46% and", " 1% and"
        )
        self.assertNotEqual(text, stale)
        for before in (text, stale):
            for block in cost.BLOCKS:
                before = cost.put_into(before, block())
            self.assertEqual(before, text)

    def test_the_largest_costs_follow_the_figures(self):
        for rate in cost.RATES:
            costs = cost.Load(rate).costs()
            first, second = sorted(costs, key=costs.get, reverse=True)[:2]
            [told] = [part for part in cost.findings().split(";") if f"at {rate:,}/s {first} " in part]
            self.assertIn(f"and {second} {costs[second] / sum(costs.values()):.0%}", told)
        gate = costs[cost.GATE] / sum(costs.values())
        self.assertIn(f"The gate's Lambda is {gate:.2%}", cost.findings())


def looked_at(**parameters):
    """The number of metrics that the alarms of a stack evaluate."""
    made = deployed(**parameters).resources.values()
    alarms = [resource["Properties"] for resource in made if resource["Type"] == "AWS::CloudWatch::Alarm"]
    return sum(
        sum("MetricStat" in metric for metric in alarm["Metrics"]) if "Metrics" in alarm else 1 for alarm in alarms
    )


class Template(unittest.TestCase):
    """Fixed resources, counted in the stack of the sample config.json."""

    def test_every_metric_of_an_alarm_is_counted(self):
        advice = "set {}, then: python3 tools aws.cost --write"
        self.assertEqual(cost.ALARM_METRICS, looked_at(), advice.format("ALARM_METRICS"))
        without = looked_at(Metrics="false")
        self.assertEqual(cost.ALARM_METRICS_WITHOUT_OWN, without, advice.format("ALARM_METRICS_WITHOUT_OWN"))

    def test_every_rule_of_the_web_acl_is_counted(self):
        rules = deployed(ManagedWebAcl="true").resources["AddressLimits"]["Properties"]["Rules"]
        self.assertEqual(cost.WEB_ACL_RULES, len(rules))

    def test_every_dashboard_is_counted(self):
        kinds = [made["Type"] for made in deployed().resources.values()]
        self.assertEqual(cost.DASHBOARDS, kinds.count("AWS::CloudWatch::Dashboard"))

    def test_the_stacks_pool_has_the_plan_of_the_cost_model(self):
        self.assertEqual(deployed().resources["UserPool"]["Properties"]["UserPoolTier"], cost.USER_POOL_PLAN)

    def test_every_plan_of_a_pool_has_a_price(self):
        self.assertEqual(list(cost.PEOPLE), source()["Parameters"]["UserPoolPlan"]["AllowedValues"])

    def test_every_billed_resource_is_in_the_cost_model(self):
        stack = deployed()
        kinds = {made["Type"] for made in stack.resources.values()}
        for kind in (
            "AWS::KMS::Key",
            "AWS::SecretsManager::Secret",
            "AWS::WAFv2::WebACL",
            "AWS::CloudWatch::CompositeAlarm",
        ):
            self.assertNotIn(kind, kinds)
        [api] = [made["Properties"] for made in stack.resources.values() if made["Type"] == "AWS::ApiGateway::Stage"]
        # Metrics of API Gateway by method are custom metrics on the bill; traces are billed, too.
        self.assertFalse([method for method in api["MethodSettings"] if method.get("MetricsEnabled")])
        self.assertFalse(api.get("TracingEnabled"))
        table = stack.resources["OrdersTable"]["Properties"]
        self.assertEqual((table["BillingMode"], len(table["GlobalSecondaryIndexes"])), ("PAY_PER_REQUEST", 1))


class Prices(unittest.TestCase):
    def test_every_price_has_a_source_and_a_valid_date(self):
        for name, value in ALL.items():
            with self.subTest(name):
                self.assertTrue(value.source.startswith(("https://aws.amazon.com/", "https://docs.aws.amazon.com/")))
                if isinstance(value, prices.Price):
                    self.assertLess(datetime.date(2018, 1, 1), datetime.date.fromisoformat(value.date))

    def test_tiers_ascend_and_the_last_is_unlimited(self):
        for name, price in ALL.items():
            if isinstance(price, prices.Price):
                ends = [end for end, _ in price.tiers]
                self.assertEqual(ends, sorted(set(ends)), name)
                self.assertEqual(ends[-1], float("inf"), name)

    def test_each_tier_begins_where_the_previous_one_ends(self):
        price = prices.Price(((10, 0.0), (20, 2.0), (float("inf"), 1.0)), "unit", "2026-01-01", "")
        for units, dollars in ((0, 0), (10, 0), (11, 2), (20, 20), (25, 25)):
            self.assertEqual(price.of(units), dollars)

    def test_the_first_users_of_essentials_are_free(self):
        self.assertEqual(prices.COGNITO_ESSENTIALS.of(10_000), 0)
        self.assertAlmostEqual(prices.COGNITO_ESSENTIALS.of(10_001), 0.015)

    def test_a_higher_plan_costs_more_for_the_same_users(self):
        for users in (10_001, 100_000, 3_600_000):
            dollars = [price.of(users) for price in cost.PEOPLE.values()]
            self.assertEqual(dollars, sorted(set(dollars)))
        self.assertEqual(prices.COGNITO_PLUS.of(1), 0.02, "none is free in Plus")

    def test_every_price_is_used(self):
        text = (TOOLS / "stack" / "aws" / "cost.py").read_text(encoding="utf-8")
        for name in ALL:
            self.assertIn(f"prices.{name}", text)


class Load(unittest.TestCase):
    def test_a_longer_cache_means_fewer_authorizer_calls(self):
        load = cost.Load(100)
        self.assertEqual(load.decisions(0), 100)
        rates = [load.hit_rate(ttl) for ttl in (0, 10, 60, 300, 3600)]
        self.assertEqual(rates, sorted(rates))
        self.assertLess(rates[-1], 1)

    def test_the_quotas_hold_for_the_shown_loads(self):
        for rate in cost.RATES:
            load = cost.Load(rate)
            for used, quota in (
                (load.rate, prices.API_REQUESTS_A_SECOND),
                (load.concurrency, prices.LAMBDA_CONCURRENCY),
                (load.sign_ins, prices.COGNITO_SIGN_INS_A_SECOND),
                (load.machine_tokens / cost.SECONDS_A_MONTH, prices.COGNITO_MACHINE_TOKENS_A_SECOND),
                (load.write_units, prices.DYNAMODB_TABLE_WRITES_A_SECOND),
                (load.writes, prices.DYNAMODB_KEY_WRITES_A_SECOND),
            ):
                self.assertLessEqual(used, quota.limit)

    def test_a_program_is_billed_only_for_its_tokens(self):
        load = cost.Load(100)
        tokens = cost.PROGRAMS[100] * cost.TOKENS_A_PROGRAM_AND_HOUR * 720
        self.assertAlmostEqual(load.costs()["Cognito, programs"], tokens * 0.00225)


if __name__ == "__main__":
    unittest.main()

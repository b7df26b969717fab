"""Tests when the alarms ring: for which metrics, over how many minutes, and with late or missing data.

As in test_template.py, the tests check the CloudFormation that template.yaml becomes. They do not call CloudWatch:
small functions in this file implement its rules and name the sources."""

import itertools
import json
import re
import unittest

from stack.build import local_overrides
from stack.checks.transform import EXISTING, deployed
from test_operations import ALL, alarms, functions, watched
from test_template import of_type, properties

REVISION = "0123456789abcdef"
OWN = "Gatehouse/${AWS::StackName}"
CANARY = {"Rollout": "Canary10Percent5Minutes", "Revision": REVISION}
# An embedded metric is there once its log line is: a minute or two after the metric of Lambda's that it is compared
# with.
LATE_MINUTES = 2


def new_version_alarm(function):
    return "New" + function.removesuffix("Function") + "Errors"


def version_of(function):
    return f"{function}Version{REVISION[:10]}"


def evaluated(expression, series):
    """A sum or difference of filled metrics, minute by minute; None is a missing data point.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    terms = re.findall(r"([+-]?) ?FILL\((\w+), 0\)", expression)
    assert " ".join(f"{sign} FILL({name}, 0)".strip() for sign, name in terms) == expression, expression
    signed = [[-(point or 0) if sign == "-" else point or 0 for point in series[name]] for sign, name in terms]
    return [sum(points) for points in zip(*signed, strict=True)]


def told_metric(alarm):
    [told] = [metric for metric in alarm["Metrics"] if metric.get("ReturnData", True)]
    return told


def rings(alarm, **series):
    """Whether the alarm is in ALARM at the end of these minutes. With filled metrics no point is missing, so only the
    last ones count: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"""
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert {metric["MetricStat"]["Period"] for metric in alarm["Metrics"] if "MetricStat" in metric} == {60}
    looked_at = evaluated(told_metric(alarm)["Expression"], series)[-alarm["EvaluationPeriods"]:]
    breaching = sum(point >= float(alarm["Threshold"]) for point in looked_at)
    return breaching >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])


class NewVersions(unittest.TestCase):
    """The alarms that roll a rollout back."""

    @classmethod
    def setUpClass(cls):
        cls.stack = deployed(**CANARY)
        cls.alarms = alarms(cls.stack)
        cls.services = {new_version_alarm(name) for name in set(functions(cls.stack)) - {"AuthorizerFunction"}}

    def groups(self, stack):
        return {
            name.removesuffix("DeploymentGroup"): group["Properties"]
            for name, group in of_type(stack, "AWS::CodeDeploy::DeploymentGroup").items()
        }

    def test_a_rollout_watches_only_the_alarm_of_its_new_version(self):
        groups = self.groups(self.stack)
        self.assertEqual(set(groups), set(functions(self.stack)))
        for name, group in groups.items():
            wanted = {"Enabled": True, "Alarms": [{"Name": {"Ref": new_version_alarm(name)}}]}
            self.assertEqual(group["AlarmConfiguration"], wanted, name)
            policy = self.stack.resources[f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
            self.assertEqual(policy["DeploymentGroupName"], {"Ref": f"{name}DeploymentGroup"})

    def test_the_alarm_evaluates_only_the_new_version_behind_the_alias(self):
        for name in functions(self.stack):
            version = {"Fn::GetAtt": [version_of(name), "Version"]}
            self.assertEqual(properties(self.stack, version_of(name))["FunctionName"], {"Ref": name})
            lambdas = {"FunctionName": {"Ref": name}, "Resource": f"${{{name}}}:live", "ExecutedVersion": version}
            service = name.removesuffix("Function").lower()
            ours = {
                "Failures": {"Service": service, "Version": version},
                "Decisions": {"Decision": "unauthorized", "Version": version},
            }["Decisions" if service == "authorizer" else "Failures"]
            seen = {namespace: dimensions for namespace, _, dimensions in watched(self.alarms[new_version_alarm(name)])}
            self.assertEqual(seen, {"AWS/Lambda": lambdas, OWN: ours}, name)

    def test_each_version_has_a_new_alarm_of_its_own(self):
        # A changed alarm keeps its state, a new one has none; and CodeDeploy begins nothing while one is in ALARM.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        for name in functions(self.stack):
            alarm = new_version_alarm(name)
            wanted = f"${{AWS::StackName}}-{alarm}-${{{version_of(name)}.Version}}"
            self.assertEqual(self.alarms[alarm]["AlarmName"], wanted)
        look = properties(self.stack, "RolloutRole")["Policies"][0]["PolicyDocument"]["Statement"][1]
        self.assertIn("alarm:${AWS::StackName}-*", json.dumps(look["Resource"]))

    def test_no_other_alarm_has_a_fixed_name(self):
        named = {name for name, alarm in self.alarms.items() if "AlarmName" in alarm}
        self.assertEqual(named, {new_version_alarm(name) for name in functions(self.stack)})

    def test_the_alarm_can_ring_before_the_shortest_rollout_ends(self):
        allowed = self.stack.raw["Parameters"]["Rollout"]["AllowedValues"]
        shortest = min(int(minutes) for minutes in re.findall(r"Canary\d+Percent(\d+)Minutes", " ".join(allowed)))
        for name in functions(self.stack):
            alarm = self.alarms[new_version_alarm(name)]
            self.assertLessEqual(alarm["DatapointsToAlarm"] + LATE_MINUTES, shortest, name)
            self.assertLessEqual(alarm["EvaluationPeriods"], shortest, name)

    def test_a_service_with_5xx_or_crashes_is_rolled_back(self):
        for name in self.services:
            alarm = self.alarms[name]
            self.assertTrue(rings(alarm, errors=[0, 0, 0, 1, 1], failures=[None] * 5))
            self.assertTrue(rings(alarm, errors=[0] * 5, failures=[None, None, None, 1, 1]))
            self.assertFalse(rings(alarm, errors=[0, 1, 0, 0, 0], failures=[None] * 5), "one is not yet many")

    def test_late_failures_of_a_service_still_ring(self):
        for name in self.services:
            self.assertTrue(rings(self.alarms[name], errors=[0] * 5, failures=[None, 1, 1, None, None]), name)

    def test_without_metrics_only_lambda_errors_ring_for_a_service(self):
        seen = alarms(deployed(**CANARY, Metrics="false"))
        for name in self.services:
            self.assertEqual([(space, metric) for space, metric, _ in watched(seen[name])], [("AWS/Lambda", "Errors")])
            self.assertTrue(rings(seen[name], errors=[0, 0, 0, 1, 1]))

    def test_without_metrics_an_authorizer_is_never_rolled_back(self):
        stack = deployed(**CANARY, Metrics="false")
        self.assertNotIn("NewAuthorizerErrors", alarms(stack))
        # Empty and not left out: left out, a group keeps the alarms that it has.
        # https://github.com/aws/serverless-application-model/pull/2453
        self.assertEqual(self.groups(stack)["AuthorizerFunction"]["AlarmConfiguration"], {})

    def test_without_codedeploy_there_are_no_version_alarms(self):
        self.assertFalse([name for name in alarms(deployed(CodeDeploy="false")) if name.startswith("New")])

    def test_a_successful_rollout_sends_no_notification(self):
        for name in functions(self.stack):
            alarm = alarms(deployed(**CANARY, AlarmTopicArn=ALL["AlarmTopicArn"]))[new_version_alarm(name)]
            self.assertEqual(alarm["AlarmActions"], [ALL["AlarmTopicArn"]])
            # Each is new with each deploy, and comes to OK from having no data.
            self.assertNotIn("OKActions", alarm)


class Order(unittest.TestCase):
    def test_no_resource_depends_on_itself(self):
        # CloudFormation refuses a circle; the transform alone does not see it.
        for parameters in (CANARY, {**CANARY, **ALL}):
            resources = deployed(**parameters).raw["Resources"]
            self.assertEqual(circles(resources), [])

    def test_the_order_is_version_then_alarm_then_alias(self):
        resources = deployed(**CANARY).raw["Resources"]
        chain = ["AuthFunctionAliaslive", "AuthFunctionDeploymentGroup", "NewAuthErrors", version_of("AuthFunction")]
        for later, earlier in itertools.pairwise(chain):
            self.assertIn(earlier, needed(resources, later))


def needed(resources, name):
    """The resources that this one references in its properties or its update policy."""
    text = json.dumps(resources[name])
    found = re.findall(r'\$\{(\w+)[.}]|"Ref": "(\w+)"|"Fn::GetAtt": \["(\w+)"', text)
    after = resources[name].get("DependsOn", [])
    return ({part for parts in found for part in parts} | set([after] if isinstance(after, str) else after)) & set(
        resources
    )


def circles(resources):
    left = {name: needed(resources, name) for name in resources}
    while True:
        free = {name for name, needs in left.items() if not needs & set(left)}
        if not free:
            return sorted(left)
        left = {name: needs for name, needs in left.items() if name not in free}


class LateData(unittest.TestCase):
    """The subtracted metric is late. It must not count as zero."""

    @classmethod
    def setUpClass(cls):
        seen = alarms(deployed(**CANARY))
        cls.alarms = {name: seen[name] for name in ("AuthorizerErrors", "NewAuthorizerErrors")}

    def test_a_flood_of_bad_tokens_with_late_metrics_is_no_failure(self):
        for name, alarm in self.alarms.items():
            with self.subTest(name):
                flood = [900] * 8
                counted = flood[:-LATE_MINUTES] + [None] * LATE_MINUTES
                self.assertFalse(rings(alarm, errors=flood, refused=counted))

    def test_a_flood_of_bad_tokens_rings_at_no_minute(self):
        flood = [None] * 5 + [40] * 6 + [None] * 8
        for name, alarm in self.alarms.items():
            for now in range(5, len(flood)):
                counted = [
                    point if minute <= now - LATE_MINUTES else None for minute, point in enumerate(flood[: now + 1])
                ]
                self.assertFalse(rings(alarm, errors=flood[: now + 1], refused=counted), f"{name}, minute {now}")

    def test_three_minutes_of_failures_ring(self):
        for name, alarm in self.alarms.items():
            with self.subTest(name):
                self.assertTrue(rings(alarm, errors=[None, None, 9, 9, 9], refused=[None] * 5))
                self.assertTrue(rings(alarm, errors=[20, 20, 29, 29, 29], refused=[20] * 5), "in a flood, too")

    def test_a_difference_of_metrics_needs_three_of_five_minutes(self):
        # AWS's own advice for filled metrics is an "M out of N" alarm; M is more than what can be late.
        found = set()
        for name, alarm in alarms(deployed(**CANARY)).items():
            if "Metrics" in alarm and "-" in told_metric(alarm)["Expression"]:
                found.add(name)
                self.assertEqual((alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]), (LATE_MINUTES + 1, 5), name)
        self.assertEqual(found, set(self.alarms))


class Reckoned(unittest.TestCase):
    """Alarms on several metrics."""

    @classmethod
    def setUpClass(cls):
        cls.alarms = {name: alarm for name, alarm in alarms(deployed(**CANARY)).items() if "Metrics" in alarm}

    def test_each_metric_math_alarm_has_one_result_and_one_period(self):
        self.assertGreaterEqual(len(self.alarms), 7)
        for name, alarm in self.alarms.items():
            with self.subTest(name):
                stats = [metric for metric in alarm["Metrics"] if "MetricStat" in metric]
                # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
                self.assertLessEqual(len(stats), 10)
                self.assertEqual({metric["MetricStat"]["Stat"] for metric in stats}, {"Sum"})
                self.assertEqual(len({metric["MetricStat"]["Period"] for metric in stats}), 1)
                self.assertTrue(all(metric["ReturnData"] is False for metric in stats))
                told = told_metric(alarm)
                self.assertTrue(told["Label"])
                named = re.findall(r"FILL\((\w+), 0\)", told["Expression"])
                self.assertEqual(sorted(named), sorted(metric["Id"] for metric in stats))
                self.assertEqual(len(evaluated(told["Expression"], {id_: [1, None] for id_ in named})), 2)

    def test_the_dynamodb_alarm_uses_metric_math(self):
        # On these metrics CloudWatch takes every missing point for "as before": such an alarm would ring for ever.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        seen = alarms(deployed(**CANARY))
        on_dynamodb = {
            name for name in seen if any(namespace == "AWS/DynamoDB" for namespace, _, _ in watched(seen[name]))
        }
        self.assertEqual(on_dynamodb, {"TableThrottles"})
        self.assertLessEqual(on_dynamodb, set(self.alarms))

    def test_the_local_stack_has_no_metric_math_alarm(self):
        for name, alarm in alarms(deployed(**local_overrides.parameters())).items():
            self.assertNotIn("Metrics", alarm, name)


class Throttles(unittest.TestCase):
    """Other services throttle our calls, and the gateway throttles calls to us."""

    def test_cognito_throttles_are_those_of_the_sign_in_client(self):
        for parameters, pool, client in (
            ({}, {"Ref": "UserPool"}, {"Ref": "UserPoolClient"}),
            (EXISTING, "eu-west-1_Abc123", "7client"),
        ):
            seen = watched(alarms(deployed(**parameters))["CognitoThrottles"])
            names = {"SignInThrottles", "SignUpThrottles", "TokenRefreshThrottles"}
            self.assertEqual({name for _, name, _ in seen}, names)
            for namespace, _, dimensions in seen:
                self.assertEqual(namespace, "AWS/Cognito")
                self.assertEqual(dimensions, {"UserPool": pool, "UserPoolClient": client})

    def test_table_and_index_have_read_and_write_throttles(self):
        stack = deployed()
        [index] = properties(stack, "OrdersTable")["GlobalSecondaryIndexes"]
        table = {"TableName": {"Ref": "OrdersTable"}}
        wanted = [
            ("AWS/DynamoDB", metric, where)
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
            for where in (table, {**table, "GlobalSecondaryIndexName": index["IndexName"]})
        ]
        seen = watched(alarms(stack)["TableThrottles"])
        self.assertEqual(len(seen), len(wanted))
        for entry in wanted:
            self.assertIn(entry, seen)

    def test_an_existing_table_is_watched_by_its_name(self):
        for _, _, where in watched(alarms(deployed(ExistingOrdersTable="orders-2025"))["TableThrottles"]):
            self.assertEqual(where["TableName"], "orders-2025")

    def test_the_table_alarm_rings_after_two_minutes_and_recovers(self):
        alarm = alarms(deployed())["TableThrottles"]
        ids = [metric["Id"] for metric in alarm["Metrics"] if "MetricStat" in metric]
        for throttled in ids:
            quiet = {name: [None] * 6 for name in ids}
            self.assertTrue(rings(alarm, **{**quiet, throttled: [None, None, None, None, 3, 1]}), throttled)
            self.assertFalse(rings(alarm, **{**quiet, throttled: [3, 3, 3, None, None, None]}), throttled)

    def test_responses_with_429_are_counted_in_the_access_log(self):
        stack = deployed(ThrottledRequestThreshold="7")
        counted = properties(stack, "ThrottledLines")
        self.assertEqual(counted["LogGroupName"], {"Ref": "AccessLogLines"})
        [(field, value)] = re.findall(r'^\{ \$\.(\w+) = "(\w+)" \}$', counted["FilterPattern"])
        line = json.loads(properties(stack, "ApiStage")["AccessLogSetting"]["Format"])
        # A text in the line, so a text in the pattern.
        self.assertEqual((line[field], value), ("$context.status", "429"))
        [made] = counted["MetricTransformations"]
        self.assertEqual(made["MetricValue"], "1")
        alarm = alarms(stack)["ThrottledRequests"]
        self.assertEqual(watched(alarm), [(made["MetricNamespace"], made["MetricName"], {})])
        self.assertNotIn("Dimensions", alarm)
        self.assertEqual((alarm["Statistic"], alarm["Period"], alarm["Threshold"]), ("Sum", 300, "7"))

    def test_without_access_logs_429_is_not_counted(self):
        stack = deployed(AccessLogs="false")
        self.assertFalse({"ThrottledLines", "ThrottledRequests"} & set(stack.resources))


class Ids(unittest.TestCase):
    def test_alarms_of_deployed_stacks_keep_their_logical_ids(self):
        before = {
            "ServerErrors",
            "SlowAnswers",
            "RefusedTokens",
            "KeyFetchFailures",
            "AuthorizerErrors",
            "AuthErrors",
            "OrdersErrors",
            "WhoamiErrors",
            "AuthorizerThrottles",
            "AuthThrottles",
            "OrdersThrottles",
            "WhoamiThrottles",
        }
        self.assertLessEqual(before, set(alarms(deployed())))

    def test_gate_errors_are_still_distinguished_from_refusals(self):
        self.assertNotIn("AuthorizerErrors", alarms(deployed(Metrics="false")))


class Shown(unittest.TestCase):
    """The dashboard shows everything that can ring."""

    def shown(self, **parameters):
        text = properties(deployed(**parameters), "Dashboard")["DashboardBody"]
        widgets = [widget["properties"] for widget in json.loads(text)["widgets"]]
        return {widget["title"]: json.dumps(widget["metrics"]) for widget in widgets}

    def test_the_dashboard_shows_every_metric_with_an_alarm(self):
        for parameters in ({}, EXISTING):
            stack = deployed(**CANARY, **parameters)
            text = " ".join(self.shown(**CANARY, **parameters).values())
            for name, alarm in alarms(stack).items():
                for _, metric, _ in watched(alarm):
                    self.assertIn(metric, text, name)

    def test_the_dashboard_shows_failures_by_version(self):
        shown = self.shown()["Failures, by version"]
        for search in ('Service,Version} MetricName="Failures"', 'Decision,Version} MetricName="Decisions"'):
            self.assertIn(json.dumps(f'{{"{OWN}",{search}')[1:-1], shown)

    def test_throttles_are_of_the_pool_and_table_in_use(self):
        title = "Turned away: by Cognito, by DynamoDB, by us"
        self.assertIn('"${UserPool}", "UserPoolClient", "${UserPoolClient}"', self.shown()[title])
        self.assertIn('"eu-west-1_Abc123", "UserPoolClient", "7client"', self.shown(**EXISTING)[title])
        self.assertIn('"TableName", "${OrdersTable}"', self.shown()[title])
        self.assertIn('"TableName", "orders-2025"', self.shown(ExistingOrdersTable="orders-2025")[title])


if __name__ == "__main__":
    unittest.main()

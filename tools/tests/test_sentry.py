"""Tests how operations.sentry changes the stack, and that turned off it costs nothing.

As in test_template.py, the tests check the CloudFormation that template.yaml becomes. They need no AWS and no network.
"""

import json
import re
import tarfile
import tempfile
import unittest
from pathlib import Path

from samcli.commands.deploy.deploy_context import DeployContext
from samcli.commands.deploy.utils import hide_noecho_parameter_overrides

from stack.aws import secret_settings
from stack.build import revisions
from stack.checks.transform import deployed, source
from stack.emulator.emulated_logs import matches
from stack.root import ROOT
from stack.run.failure import Failure
from test_deploy_states import Deploys
from test_template import LOGGING, of_type, properties, rights, variables

DSN = "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/42"
ON = {"Sentry": "true", "SentryDsn": DSN}
REVISION = "0123456789abcdef"
WORDS = re.compile(r"Reporter|Faults|Unreported|SENTRY", re.IGNORECASE)


def lines():
    """The known log lines, with what the reporter makes of each."""
    file = ROOT / "services" / "error-reporter" / "tests" / "lines" / "lines.json"
    return json.loads(file.read_text(encoding="utf-8"))


def lasting(stack):
    """All resources except those that every deploy makes anew."""
    return {
        name: resource for name, resource in stack.resources.items()
        if not name.startswith("ApiDeployment") and name != "ApiStage"
    }


class Off(unittest.TestCase):
    def test_turned_off_it_has_no_resource_right_or_variable(self):
        text = json.dumps([deployed().resources, deployed().outputs])
        self.assertEqual(WORDS.findall(text), [])

    def test_a_dsn_alone_makes_no_resource(self):
        self.assertEqual(lasting(deployed(SentryDsn=DSN)), lasting(deployed()))

    def test_turned_on_it_does_not_change_other_resources(self):
        off, on = lasting(deployed()), lasting(deployed(**ON))
        self.assertEqual({name for name in off if off[name] != on.get(name)}, set())


class Function(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed(**ON, LogRetentionDays="7", Revision=REVISION)
        cls.function = properties(cls.stack, "ReporterFunction")

    def test_the_reporter_may_only_write_its_own_log(self):
        self.assertEqual(rights(self.stack, "ReporterFunction"), [(LOGGING, {"Fn::GetAtt": ["ReporterLogs", "Arn"]})])
        self.assertEqual(properties(self.stack, "ReporterLogs")["RetentionInDays"], "7")

    def test_the_reporter_gets_the_dsn_and_nothing_of_the_pool(self):
        told = {"SENTRY_DSN": DSN, "STACK_NAME": {"Ref": "AWS::StackName"}, "REVISION": REVISION, "LOG_LEVEL": "info"}
        self.assertEqual(variables(self.stack, "ReporterFunction"), told)

    def test_only_the_reporter_has_the_dsn(self):
        having = {name for name, resource in self.stack.resources.items() if DSN in json.dumps(resource)}
        self.assertEqual(having, {"ReporterFunction"})
        self.assertNotIn(DSN, json.dumps(self.stack.outputs))

    def test_its_name_fits_with_the_longest_stack_name(self):
        # A stack's 31 characters (docs/operations.md), CloudFormation's 12, and two hyphens, of 64.
        for name in of_type(self.stack, "AWS::Lambda::Function"):
            self.assertLessEqual(31 + 1 + len(name) + 1 + 12, 64, name)

    def test_a_new_version_is_live_at_once_whatever_the_rollout(self):
        stack = deployed(**ON, Rollout="Canary10Percent5Minutes")
        self.assertNotIn("ReporterFunctionDeploymentGroup", stack.resources)
        self.assertNotIn("UpdatePolicy", stack.resources["ReporterFunctionAliaslive"])
        self.assertNotIn("Reporter", json.dumps(stack.resources["RolloutRole"]))

    def test_lambda_decides_about_retries(self):
        self.assertEqual(of_type(self.stack, "AWS::Lambda::EventInvokeConfig"), {})

    def test_its_concurrency_is_limited_if_the_gates_is_reserved(self):
        self.assertNotIn("ReservedConcurrentExecutions", self.function)
        stack = deployed(**ON, AuthorizerReservedConcurrency="50")
        self.assertEqual(properties(stack, "ReporterFunction")["ReservedConcurrentExecutions"], 5)

    def test_an_alarm_rings_if_errors_were_lost(self):
        topic = "arn:aws:sns:us-east-1:123456789012:alarms"
        alarm = properties(deployed(**ON, AlarmTopicArn=topic), "UnreportedErrors")
        self.assertEqual((alarm["Namespace"], alarm["MetricName"]), ("AWS/Lambda", "AsyncEventsDropped"))
        self.assertEqual(alarm["Dimensions"], [{"Name": "FunctionName", "Value": {"Ref": "ReporterFunction"}}])
        self.assertEqual(alarm["AlarmActions"], [topic])


class Subscriptions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed(**ON)
        cls.filters = of_type(cls.stack, "AWS::Logs::SubscriptionFilter")

    def test_only_the_logs_of_the_other_functions_are_subscribed(self):
        fed = [entry["Properties"]["LogGroupName"]["Ref"] for entry in self.filters.values()]
        others = set(of_type(self.stack, "AWS::Lambda::Function")) - {"ReporterFunction"}
        logs = {properties(self.stack, name)["LoggingConfig"]["LogGroup"]["Ref"] for name in others}
        self.assertEqual(set(fed), logs)
        # CloudWatch Logs takes two a group; nobody's own is in the way.
        self.assertEqual(len(fed), len(logs))

    def test_subscriptions_call_the_alias_after_its_permission(self):
        for name, entry in self.filters.items():
            self.assertEqual(entry["Properties"]["DestinationArn"], {"Ref": "ReporterFunctionAliaslive"}, name)
            self.assertEqual(entry["DependsOn"], "ReporterPermission", name)

    def test_only_the_logs_of_this_stack_may_call_it(self):
        grants = [
            grant["Properties"]
            for grant in of_type(self.stack, "AWS::Lambda::Permission").values()
            if "Reporter" in json.dumps(grant["Properties"]["FunctionName"])
        ]
        arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${AWS::StackName}-*:*"
        self.assertEqual(
            grants,
            [
                {
                    "FunctionName": {"Ref": "ReporterFunctionAliaslive"}, "Action": "lambda:InvokeFunction",
                    "Principal": "logs.amazonaws.com", "SourceAccount": {"Ref": "AWS::AccountId"}, "SourceArn": arn,
                }
            ],
        )

    def test_every_pattern_passes_what_the_reporter_reports(self):
        [pattern] = {entry["Properties"]["FilterPattern"] for entry in self.filters.values()}
        self.assertLessEqual(len(pattern), 1024)
        self.assertGreater(len(lines()), 15)
        for known in lines():
            line = known["line"] if isinstance(known["line"], str) else json.dumps(known["line"])
            with self.subTest(known["source"]):
                passes = matches(pattern, line)
                if known["kind"]:
                    self.assertTrue(passes)
                elif passes:
                    # What a pattern cannot tell: whose the type of an error is.
                    self.assertEqual(known["line"]["record"]["errorType"], "Unauthorized")


class Parameters(unittest.TestCase):
    def test_sentry_needs_a_dsn(self):
        def accepted(**parameters):
            return [check["Assert"] for check in deployed(**parameters).rules["ErrorsAreSentSomewhere"]["Assertions"]]

        self.assertEqual(accepted(), [True])
        self.assertEqual(accepted(**ON), [True])
        self.assertEqual(accepted(SentryDsn=DSN), [True])
        self.assertEqual(accepted(Sentry="true"), [False])

    def test_the_dsn_is_hidden_and_accepted_by_the_function(self):
        parameter = source()["Parameters"]["SentryDsn"]
        self.assertIs(parameter["NoEcho"], True)
        for good in (
            "", DSN, DSN.replace("@", ":0123456789abcdef@"), "https://abc@sentry.example.com:9000/7",
            "https://abc@example.com/in/a/folder/7", "http://abc@127.0.0.1:5000/7", "http://abc@localhost:5000/7",
        ):
            self.assertRegex(good, parameter["AllowedPattern"])
        for bad in (
            "https://o1.ingest.sentry.io/42", DSN.replace("https", "http"), DSN + "?a", DSN + "/project", f" {DSN}",
            "https://abc@example.com", "http://abc@127.0.0.1.example.com:5/7", "https://a${b}@example.com/7",
            f"{DSN}\n{DSN}",
        ):
            self.assertIsNone(re.fullmatch(parameter["AllowedPattern"], bad), bad)


class Deploying(unittest.TestCase):
    def test_a_deploy_without_a_dsn_is_refused_with_advice(self):
        for wanted, before in (
            ({"Sentry": "true"}, {}),
            ({"Sentry": "true"}, {"Sentry": "false", "SentryDsn": "****"}),
            ({"Sentry": "true", "SentryDsn": ""}, {}),
            ({"Sentry": "true", "SentryDsn": ""}, {"Sentry": "true", "SentryDsn": "****"}),
        ):
            with self.assertRaises(Failure) as refused:
                secret_settings.require(wanted, before)
            said = refused.exception.render()
            for word in ("operations.sentry", "SentryDsn:", "--parameters FILE"):
                self.assertIn(word, said)

    def test_a_deploy_is_accepted_if_it_or_the_stack_has_the_dsn(self):
        for wanted, before in (
            (ON, {}),
            ({"Sentry": "false"}, {}),
            ({}, {}),
            ({"Sentry": "true"}, {"Sentry": "true", "SentryDsn": "****"}),
            ({"Sentry": "false", "SentryDsn": ""}, {"Sentry": "true", "SentryDsn": "****"}),
        ):
            secret_settings.require(wanted, before)

    def test_later_deploys_keep_it_and_an_empty_value_removes_it(self):
        declared = {"Parameters": {"SentryDsn": source()["Parameters"]["SentryDsn"]}}
        for given, sent in (
            ({}, {"UsePreviousValue": True}),
            ({"SentryDsn": DSN}, {"ParameterValue": DSN}),
            ({"SentryDsn": ""}, {"ParameterValue": ""}),
        ):
            [parameter] = DeployContext.merge_parameters(declared, given)
            self.assertEqual(parameter, {"ParameterKey": "SentryDsn", **sent})

    def test_sam_and_the_revision_do_not_show_the_dsn(self):
        self.assertNotIn(DSN, str(hide_noecho_parameter_overrides(source(), {"SentryDsn": DSN})))
        with tempfile.TemporaryDirectory() as build:
            words = {revisions.digest(Path(build), {"SentryDsn": value}) for value in ("", DSN)}
        self.assertEqual(len(words), 2)
        self.assertFalse([word for word in words if DSN[8:40] in word])


class Scripts(Deploys):
    """Whole runs of scripts/deploy, with stand-ins for sam and AWS."""

    def setUp(self):
        super().setUp()
        self.configure(Sentry="true")
        self.mine = self.repository.path("mine.yaml")
        self.mine.write_text(f"SentryDsn: {json.dumps(DSN)}\n")

    def test_without_a_dsn_nothing_is_built(self):
        self.there(Sentry="false", SentryDsn="****")
        result = self.run_script("deploy")
        self.assertEqual((result.returncode, self.calls()), (2, []))
        self.assertIn("SentryDsn", result.stderr)

    def test_the_dsn_reaches_sam_and_is_never_printed(self):
        said = self.deploy("--parameters", str(self.mine))
        self.assertEqual({deploy["SentryDsn"] for deploy in self.deploys()}, {DSN})
        self.assertNotIn(DSN, said.stdout + said.stderr + self.repository.text("sam-calls"))
        self.there(Sentry="true", SentryDsn="****")
        self.deploy()
        self.assertNotIn("SentryDsn", self.deploys()[-1])

    def test_an_artifact_has_no_dsn_and_its_deploy_gets_one(self):
        file = self.repository.path("release.tar.gz")
        self.good("deploy", "--build", str(file))
        with tarfile.open(file) as archive:
            contents = b"".join(archive.extractfile(entry).read() for entry in archive if entry.isfile())
        self.assertNotIn(DSN[8:40].encode(), contents)
        result = self.run_script("deploy", "--from", str(file), "--no-smoke")
        self.assertEqual((result.returncode, self.deploys()), (2, []))
        self.deploy("--from", str(file), "--parameters", str(self.mine))
        self.assertEqual(self.deploys()[0]["SentryDsn"], DSN)


if __name__ == "__main__":
    unittest.main()

"""Tests the parts of template.yaml beside routes and user pool: rollout, rights, logs, alarms, domain, keys, firewall.

As in test_template.py, the tests check the CloudFormation that it becomes.
"""

import json
import re
import unittest

from stack.checks.transform import PARTITIONS, deployed, source
from test_template import LOGGING, api, of_type, operations, properties, variables

TRACING = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
REVISION = "0123456789abcdef"
DOMAIN = {
    "DomainName": "api.example.com",
    "DomainCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a-b",
}
# Everything that can be switched on at once.
ALL = {
    **DOMAIN,
    "DomainHostedZoneId": "Z0ABC",
    "BasePath": "shop",
    "Tracing": "true",
    "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b-c",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
    "ApiKeyRequired": "true",
    "GatewayLogRole": "true",
    "AutoConfirm": "true",
    "Sentry": "true",
    "SentryDsn": "https://0123456789abcdef@o1.ingest.sentry.io/42",
}
# It serves nobody, and no rollout waits for it.
APART = {"ReporterFunction"}


def raw(name):
    """A resource's properties before its conditions are resolved."""
    return deployed().raw["Resources"][name]["Properties"]


def functions(stack):
    return of_type(stack, "AWS::Lambda::Function")


def alarms(stack):
    return {name: alarm["Properties"] for name, alarm in of_type(stack, "AWS::CloudWatch::Alarm").items()}


def watched(alarm):
    """Each (namespace, metric, dimensions) that an alarm evaluates."""
    parts = [metric["MetricStat"]["Metric"] for metric in alarm.get("Metrics", []) if "MetricStat" in metric]
    return [
        (part["Namespace"], part["MetricName"], {entry["Name"]: entry["Value"] for entry in part.get("Dimensions", [])})
        for part in parts or [alarm]
    ]


def as_list(value):
    return value if isinstance(value, list) else [value]


class Rollout(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed(Rollout="Canary10Percent5Minutes", Revision=REVISION)

    def test_each_function_is_called_only_through_its_live_alias(self):
        body = json.dumps(api(self.stack))
        for name in functions(self.stack):
            with self.subTest(name):
                called = re.findall(rf"functions/(\$\{{{name}[^/]*)/invocations", body)
                self.assertTrue(called)
                self.assertLessEqual(set(called), {f"${{{name}Aliaslive}}", f"${{{name}.Arn}}:live"})
                self.assertFalse(f'"{name}"' in body)

    def test_each_permission_is_for_an_alias(self):
        grants = of_type(self.stack, "AWS::Lambda::Permission")
        self.assertTrue(grants)
        for name, grant in grants.items():
            self.assertRegex(grant["Properties"]["FunctionName"]["Ref"], "Aliaslive$", name)

    def test_aliases_shift_as_configured_and_roll_back_on_an_alarm(self):
        for name in functions(self.stack):
            with self.subTest(name):
                policy = self.stack.resources[f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
                group = properties(self.stack, policy["DeploymentGroupName"]["Ref"])
                self.assertEqual(group["DeploymentConfigName"], "CodeDeployDefault.LambdaCanary10Percent5Minutes")
                self.assertIn("DEPLOYMENT_STOP_ON_ALARM", group["AutoRollbackConfiguration"]["Events"])
                rung = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
                self.assertEqual(rung, {"New" + name.removesuffix("Function") + "Errors"})
                self.assertLessEqual(rung, set(alarms(self.stack)))

    def test_without_metrics_the_authorizers_rollout_has_no_alarm(self):
        stack = deployed(Metrics="false")
        group = properties(stack, "AuthorizerFunctionDeploymentGroup")
        self.assertEqual(group["AlarmConfiguration"], {})
        self.assertNotIn("AuthorizerErrors", alarms(stack))

    def test_all_at_once_is_the_default_rollout(self):
        group = properties(deployed(), "AuthorizerFunctionDeploymentGroup")
        self.assertEqual(group["DeploymentConfigName"], "CodeDeployDefault.LambdaAllAtOnce")

    def test_without_codedeploy_cloudformation_moves_the_alias(self):
        stack = deployed(CodeDeploy="false")
        self.assertEqual([name for name in stack.resources if "CodeDeploy" in stack.resources[name]["Type"]], [])
        self.assertNotIn("RolloutRole", stack.resources)
        for name in functions(stack):
            self.assertNotIn("UpdatePolicy", stack.resources[f"{name}Aliaslive"])

    def test_a_revision_changes_each_function_and_names_its_version(self):
        for name in functions(self.stack):
            self.assertEqual(variables(self.stack, name)["REVISION"], REVISION)
            self.assertIn(f"{name}Version{REVISION[:10]}", self.stack.resources)

    def test_without_a_revision_only_new_code_makes_a_version(self):
        versions = of_type(deployed(), "AWS::Lambda::Version")
        self.assertEqual(len(versions), len(functions(self.stack)))
        self.assertEqual(set(versions), set(of_type(deployed(ThrottleBurst="7"), "AWS::Lambda::Version")))

    def test_older_versions_stay_for_a_rollback(self):
        for name, version in of_type(self.stack, "AWS::Lambda::Version").items():
            self.assertEqual(version["DeletionPolicy"], "Retain", name)


class Rights(unittest.TestCase):
    """Roles are minimal, whatever is turned on."""

    @classmethod
    def setUpClass(cls):
        cls.stack = deployed(**ALL)
        cls.roles = of_type(cls.stack, "AWS::IAM::Role")
        cls.statements = [
            (name, statement)
            for name, role in cls.roles.items()
            for policy in role["Properties"].get("Policies", [])
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def test_the_template_has_policy_statements(self):
        self.assertGreater(len(self.statements), len(functions(self.stack)))

    def test_no_action_is_a_wildcard(self):
        for name, statement in self.statements:
            for action in as_list(statement["Action"]):
                self.assertNotIn("*", action, name)

    def test_every_statement_but_x_rays_names_its_resources(self):
        for name, statement in self.statements:
            with self.subTest(name, actions=statement["Action"]):
                if "*" in as_list(statement["Resource"]):
                    self.assertLessEqual(set(as_list(statement["Action"])), TRACING)

    def test_no_statement_denies_or_uses_not_action(self):
        for name, statement in self.statements:
            self.assertEqual(statement["Effect"], "Allow", name)
            self.assertFalse({"NotAction", "NotResource"} & set(statement), name)

    def test_only_api_gateways_log_role_has_a_managed_policy(self):
        managed = {name for name, role in self.roles.items() if "ManagedPolicyArns" in role["Properties"]}
        self.assertEqual(managed, {"GatewayLogWriter"})

    def test_each_role_is_for_one_service(self):
        for name, role in self.roles.items():
            [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            wanted = {"GatewayLogWriter": "apigateway", "RolloutRole": "codedeploy"}.get(name, "lambda")
            self.assertEqual(trust["Principal"], {"Service": f"{wanted}.amazonaws.com"}, name)

    def test_the_rollout_may_move_only_these_functions_aliases(self):
        [shift, look] = [statement for name, statement in self.statements if name == "RolloutRole"]
        named = {re.search(r"\w+Function", json.dumps(resource))[0] for resource in shift["Resource"]}
        self.assertEqual(named, set(functions(self.stack)) - APART)
        self.assertIn("alarm:${AWS::StackName}-*", json.dumps(look["Resource"]))

    def test_functions_may_trace_only_if_tracing_is_on(self):
        for wanted in ("true", "false"):
            stack = deployed(Tracing=wanted)
            for name, function in functions(stack).items():
                with self.subTest(name, tracing=wanted):
                    role = properties(stack, function["Properties"]["Role"]["Fn::GetAtt"][0])
                    may = {action for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]
                           for action in statement["Action"]}
                    self.assertEqual(TRACING & may, TRACING if wanted == "true" else set())
                    mode = "Active" if wanted == "true" else "PassThrough"
                    self.assertEqual(function["Properties"]["TracingConfig"], {"Mode": mode})
            self.assertIs(properties(stack, "ApiStage")["TracingEnabled"], wanted == "true")

    def test_functions_may_write_only_to_their_own_log_group(self):
        for name, statement in self.statements:
            if LOGGING & set(as_list(statement["Action"])):
                [group, attribute] = statement["Resource"]["Fn::GetAtt"]
                self.assertEqual((group, attribute), (name.removesuffix("Role") + "Logs", "Arn"))


class Alarms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed(
            AlarmTopicArn=ALL["AlarmTopicArn"], ServerErrorThreshold="3", RefusedTokenThreshold="4",
            LatencyThresholdMillis="500",
        )
        cls.alarms = alarms(cls.stack)

    def test_each_function_has_alarms_for_errors_and_throttles(self):
        seen = {
            (metric, dimensions["FunctionName"]["Ref"])
            for alarm in self.alarms.values()
            for namespace, metric, dimensions in watched(alarm)
            if namespace == "AWS/Lambda"
        }
        wanted = {(metric, name) for metric in ("Errors", "Throttles") for name in functions(self.stack)}
        self.assertEqual(seen, wanted)

    def test_the_api_has_alarms_for_5xx_and_for_slow_responses(self):
        errors, slow = self.alarms["ServerErrors"], self.alarms["SlowAnswers"]
        self.assertEqual((errors["MetricName"], errors["Statistic"], errors["Threshold"]), ("5XXError", "Sum", "3"))
        self.assertEqual((slow["MetricName"], slow["ExtendedStatistic"], slow["Threshold"]), ("Latency", "p99", "500"))
        for alarm in (errors, slow):
            [(namespace, _, dimensions)] = watched(alarm)
            self.assertEqual(namespace, "AWS/ApiGateway")
            self.assertEqual(dimensions, {"ApiName": {"Ref": "AWS::StackName"}, "Stage": "v1"})

    def test_the_alarms_use_the_apis_name_as_dimension(self):
        self.assertEqual(properties(self.stack, "Api")["Name"], {"Ref": "AWS::StackName"})

    def test_a_refused_token_is_an_error_only_for_lambda(self):
        alarm = self.alarms["AuthorizerErrors"]
        [told] = [metric for metric in alarm["Metrics"] if metric.get("ReturnData", True)]
        self.assertEqual(told["Expression"], "FILL(errors, 0) - FILL(refused, 0)")
        by_id = {metric["Id"]: metric["MetricStat"]["Metric"] for metric in alarm["Metrics"] if "MetricStat" in metric}
        self.assertEqual(by_id["errors"]["MetricName"], "Errors")
        self.assertEqual(by_id["refused"]["Dimensions"], [{"Name": "Decision", "Value": "unauthorized"}])

    def test_many_refused_tokens_and_failed_key_fetches_ring(self):
        refused, keys = self.alarms["RefusedTokens"], self.alarms["KeyFetchFailures"]
        self.assertEqual(watched(refused), [("Gatehouse/${AWS::StackName}", "Decisions", {"Decision": "unauthorized"})])
        self.assertEqual(refused["Threshold"], "4")
        self.assertEqual(watched(keys), [("Gatehouse/${AWS::StackName}", "KeyFetches", {"Outcome": "failed"})])

    def test_one_set_up_fault_rings(self):
        alarm = self.alarms["Misconfigurations"]
        self.assertEqual(watched(alarm), [("Gatehouse/${AWS::StackName}", "Misconfigurations", {"Service": "auth"})])
        self.assertEqual(alarm["Threshold"], 1)

    def test_missing_keys_of_an_unused_issuer_do_not_ring(self):
        outcomes = {
            dimensions["Outcome"]
            for alarm in self.alarms.values()
            for _, metric, dimensions in watched(alarm)
            if metric == "KeyFetches"
        }
        self.assertEqual(outcomes, {"failed"})

    def test_alarms_have_a_text_a_topic_and_ignore_missing_data(self):
        for name, alarm in self.alarms.items():
            with self.subTest(name):
                self.assertTrue(alarm["AlarmDescription"])
                self.assertEqual(alarm["AlarmActions"], [ALL["AlarmTopicArn"]])
                if not name.startswith("New"):  # test_alarms.py says why
                    self.assertEqual(alarm["OKActions"], [ALL["AlarmTopicArn"]])
                self.assertEqual(alarm["TreatMissingData"], "notBreaching")

    def test_without_a_topic_nobody_is_notified(self):
        for name, alarm in alarms(deployed()).items():
            self.assertEqual(alarm["AlarmActions"], [], name)

    def test_without_metrics_no_alarm_uses_them(self):
        stack = deployed(Metrics="false")
        for alarm in alarms(stack).values():
            ours = {metric for namespace, metric, _ in watched(alarm) if namespace.startswith("Gatehouse")}
            # CloudWatch counts these in the access log.
            self.assertLessEqual(ours, {"ThrottledRequests"})
        for name in functions(stack):
            self.assertEqual(variables(stack, name)["METRICS_NAMESPACE"], "")


class Dashboard(unittest.TestCase):
    def test_the_dashboard_is_json_and_shows_every_function(self):
        stack = deployed()
        text = properties(stack, "Dashboard")["DashboardBody"]
        widgets = json.loads(text)["widgets"]
        self.assertGreaterEqual(len(widgets), 8)
        for widget in widgets:
            self.assertTrue(widget["properties"]["metrics"], widget["properties"]["title"])
            self.assertLessEqual(widget["x"] + widget["width"], 24)
        for name in functions(stack):
            self.assertEqual(text.count(f'"${{{name}}}"'), 2, name)

    def test_the_dashboard_shows_every_outcome_of_a_key_fetch(self):
        widgets = json.loads(properties(deployed(), "Dashboard")["DashboardBody"])["widgets"]
        [shown] = [widget["properties"] for widget in widgets if widget["properties"]["title"] == "Keys: fetches"]
        # A line may leave out ("...") what it has in common with the one before.
        outcomes = [[part for part in line if isinstance(part, str)][-1] for line in shown["metrics"]]
        self.assertEqual(outcomes, ["fetched", "failed", "unproven"])


class Logs(unittest.TestCase):
    def setting(self, **parameters):
        return properties(deployed(**parameters), "ApiStage").get("AccessLogSetting")

    def test_each_request_is_logged_as_one_json_object(self):
        setting = self.setting()
        self.assertEqual(setting["DestinationArn"], {"Fn::GetAtt": ["AccessLogLines", "Arn"]})
        line = json.loads(setting["Format"])
        self.assertLessEqual({"requestId", "status", "route", "method", "latencyMillis", "sub", "iss"}, set(line))

    def test_a_logged_caller_has_its_issuer(self):
        line = json.loads(self.setting()["Format"])
        self.assertEqual((line["sub"], line["iss"]), ("$context.authorizer.principalId", "$context.authorizer.iss"))

    def test_path_headers_and_query_are_not_logged(self):
        kept = self.setting()["Format"]
        for word in ("$context.path", "userAgent", "authorizer.claims", "requestOverride", "$input", "method.request"):
            self.assertNotIn(word, kept)

    def test_access_logs_can_be_turned_off(self):
        stack = deployed(AccessLogs="false", GatewayLogRole="true")
        self.assertIsNone(self.setting(AccessLogs="false"))
        self.assertFalse({"AccessLogLines", "GatewayLogWriter", "GatewayAccount"} & set(stack.resources))

    def test_the_accounts_log_role_is_optional_and_always_retained(self):
        self.assertFalse({"GatewayLogWriter", "GatewayAccount"} & set(deployed().resources))
        stack = deployed(GatewayLogRole="true")
        for name in ("GatewayLogWriter", "GatewayAccount"):
            self.assertEqual(stack.resources[name]["DeletionPolicy"], "Retain")

    def test_the_stage_is_made_after_the_accounts_role(self):
        [named] = [entry for entry in raw("ApiStage")["AccessLogSetting"]["Fn::If"] if "DestinationArn" in entry]
        _, with_role, without = named["DestinationArn"]["Fn::If"]
        self.assertIn({"Ref": "GatewayAccount"}, with_role["Fn::Select"][1])
        self.assertEqual(with_role["Fn::Select"][1][int(with_role["Fn::Select"][0])], without)
        where = {"Fn::GetAtt": ["AccessLogLines", "Arn"]}
        for wanted in ("true", "false"):
            self.assertEqual(self.setting(GatewayLogRole=wanted)["DestinationArn"], where)


class Domain(unittest.TestCase):
    KINDS = {"AWS::ApiGateway::DomainName", "AWS::ApiGateway::BasePathMapping", "AWS::Route53::RecordSetGroup"}

    def made(self, **parameters):
        return {resource["Type"] for resource in deployed(**parameters).resources.values()} & self.KINDS

    def test_without_a_name_there_is_no_domain(self):
        self.assertEqual(self.made(), set())
        self.assertEqual(set(deployed().outputs), {"ApiUrl", "UserPoolId", "UserPoolClientId", "MachineClientId"})

    def test_dns_records_are_made_only_in_a_named_zone(self):
        self.assertEqual(self.made(**DOMAIN), self.KINDS - {"AWS::Route53::RecordSetGroup"})
        self.assertEqual(self.made(**DOMAIN, DomainHostedZoneId="Z0ABC"), self.KINDS)
        self.assertEqual(self.made(DomainHostedZoneId="Z0ABC"), set())

    def test_the_domain_leads_to_the_stage_below_the_base_path(self):
        for base, wanted, url in (("", None, "https://api.example.com"), ("shop", "shop", "https://api.example.com/shop")):
            stack = deployed(**DOMAIN, BasePath=base)
            mapping = properties(stack, "DomainMapping")
            self.assertEqual(mapping.get("BasePath"), wanted)
            self.assertEqual((mapping["RestApiId"], mapping["Stage"]), ({"Ref": "Api"}, {"Ref": "ApiStage"}))
            self.assertEqual(stack.outputs["DomainUrl"], url)

    def test_the_domain_requires_tls_1_2(self):
        domain = properties(deployed(**DOMAIN), "Domain")
        self.assertEqual(domain["SecurityPolicy"], "TLS_1_2")
        self.assertEqual(domain["RegionalCertificateArn"], DOMAIN["DomainCertificateArn"])

    def test_a_domain_needs_a_name_and_a_certificate(self):
        def accepted(**parameters):
            rule = deployed(**parameters).rules["DomainAndCertificateComeTogether"]
            return [check["Assert"] for check in rule["Assertions"]]

        self.assertEqual(accepted(), [True])
        self.assertEqual(accepted(**DOMAIN), [True])
        for name, value in DOMAIN.items():
            self.assertEqual(accepted(**{name: value}), [False], name)


class Keys(unittest.TestCase):
    KINDS = {"AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::ApiKey", "AWS::ApiGateway::UsagePlanKey"}

    def test_api_keys_are_required_only_if_configured(self):
        stack = deployed()
        self.assertFalse({resource["Type"] for resource in stack.resources.values()} & self.KINDS)
        self.assertNotIn('"api_key', json.dumps(api(stack)))

    def test_every_route_but_a_preflight_requires_a_key_too(self):
        plain, keyed = deployed(), deployed(ApiKeyRequired="true")
        security = {(method, path): entry.get("security") for method, path, entry in operations(plain)}
        for method, path, operation in operations(keyed):
            with self.subTest(f"{method} {path}"):
                before = security[method, path]
                wanted = before if method == "options" else [*before, {"api_key": []}]
                self.assertEqual(operation.get("security"), wanted)

    def test_the_plan_has_the_configured_limits_and_a_key(self):
        stack = deployed(ApiKeyRequired="true", KeyRatePerSecond="3", KeyBurst="4", KeyRequestsPerDay="5")
        plan = properties(stack, "UsagePlan")
        self.assertEqual(plan["ApiStages"], [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "ApiStage"}}])
        self.assertEqual(plan["Throttle"], {"RateLimit": "3", "BurstLimit": "4"})
        self.assertEqual(plan["Quota"], {"Limit": "5", "Period": "DAY"})
        self.assertEqual(stack.outputs["ApiKeyId"], {"Ref": "ApiKey"})


class Firewall(unittest.TestCase):
    def test_a_named_web_acl_protects_the_stage(self):
        self.assertNotIn("WebAcl", deployed().resources)
        association = properties(deployed(WebAclArn=ALL["WebAclArn"]), "WebAcl")
        self.assertEqual(association["WebACLArn"], ALL["WebAclArn"])
        self.assertIn("/restapis/${Api}/stages/${ApiStage}", json.dumps(association["ResourceArn"]))


class Pool(unittest.TestCase):
    def test_the_pool_is_protected_by_default(self):
        self.assertEqual(properties(deployed(), "UserPool")["DeletionProtection"], "ACTIVE")
        stack = deployed(PoolDeletionProtection="INACTIVE")
        self.assertEqual(properties(stack, "UserPool")["DeletionProtection"], "INACTIVE")


class Names(unittest.TestCase):
    def test_no_arn_has_a_fixed_partition(self):
        for line in json.dumps(source(), default=str).split('"'):
            if line.startswith("arn:"):
                self.assertTrue(line.startswith("arn:${AWS::Partition}:"), line)

    def test_no_host_or_arn_belongs_to_another_partition(self):
        services = {f"{name}.amazonaws.com" for name in ("lambda", "apigateway", "codedeploy", "cognito-idp", "logs")}
        for region, partition in PARTITIONS.items():
            text = json.dumps(deployed(region, ResourceMetadata="true").raw["Resources"])
            with self.subTest(region):
                self.assertLessEqual(
                    set(re.findall(r"arn:(\$\{AWS::Partition\}|[^:]+):", text)), {"${AWS::Partition}", partition}
                )
                # The names of services are the same everywhere, but for one.
                named = set(re.findall(r"[\w.-]*amazonaws[\w.]*", text))
                self.assertEqual(named, services | {"codedeploy.amazonaws.com.cn"})

    def test_codedeploy_has_its_own_principal_in_china(self):
        for region in PARTITIONS:
            role = properties(deployed(region), "RolloutRole")
            [trust] = role["AssumeRolePolicyDocument"]["Statement"]
            suffix = ".cn" if region.startswith("cn-") else ""
            self.assertEqual(trust["Principal"], {"Service": f"codedeploy.amazonaws.com{suffix}"}, region)


if __name__ == "__main__":
    unittest.main()

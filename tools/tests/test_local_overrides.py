"""Tests local_overrides.py, in which a local stack differs from one on AWS, on the resulting CloudFormation.

docs/local.md has a row for each difference, which names its test.
"""

import platform
import unittest
from pathlib import Path
from unittest import mock

from stack.build import local_overrides
from stack.checks.transform import deployed, parsed
from stack.local import main as local
from stack.run.state import State

# What MiniStack 1.5.33 does not have, as resources of the template.
NOT_THERE = {
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    # It takes one, which stands before nothing.
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::Route53::RecordSetGroup",
    "AWS::Route53::RecordSet",
    "AWS::CertificateManager::Certificate",
    "AWS::ApiGateway::Account",
}
# A config.json that asks for all of it.
ASKED_FOR = {
    "CodeDeploy": "true",
    "Sentry": "true",
    "SentryDsn": "https://0123456789abcdef@o1.ingest.sentry.io/42",
    "Turnstile": "true",
    "TurnstileSecret": "0x4AAAAAAA_secret-of-a-widget",
    "GatewayLogRole": "true",
    "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/own/1",
    "ManagedWebAcl": "true",
    "DomainName": "api.example.com",
    "DomainCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    "DomainHostedZoneId": "Z1",
    "AuthorizerReservedConcurrency": "10",
    "EmailSourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    "EmailFrom": "no-reply@example.com",
    "MfaConfiguration": "OPTIONAL",
    "TotpFactor": "false",
    "EmailFactor": "true",
    "UserPoolPlan": "ESSENTIALS",
    "ExistingUserPoolId": "us-east-1_theirs",
    "ExistingUserPoolClientId": "theirs",
    "ExistingOrdersTable": "theirs",
    "PoolDeletionProtection": "ACTIVE",
    "TableDeletionProtection": "true",
}


def stack():
    """The stack that scripts/local deploys: its parameters override those of config.json."""
    return deployed(**{**ASKED_FOR, **local_overrides.parameters()})


def of_type(resources, kind):
    return [resource["Properties"] for resource in resources.values() if resource["Type"] == kind]


class Here(unittest.TestCase):
    def test_each_parameter_is_in_the_template(self):
        self.assertLessEqual(set(local_overrides.parameters()), set(parsed()["Parameters"]))

    def test_the_programs_are_debug_builds_for_this_machine(self):
        with mock.patch.object(platform, "machine", lambda: "aarch64"):
            self.assertEqual(local_overrides.parameters()["Architecture"], "arm64")
        with mock.patch.object(platform, "machine", lambda: "x86_64"):
            self.assertEqual(local_overrides.parameters()["Architecture"], "x86_64")
        env = local.client_environment(4566, "us-east-1", State(Path("state")), Path("tools"))
        self.assertEqual((env["SAM_BUILD_MODE"], env["CARGO_LAMBDA_COMPILER"]), ("debug", "cargo"))

    def test_the_pool_and_the_table_are_the_stacks_own(self):
        resources = stack().resources
        self.assertEqual(len(of_type(resources, "AWS::Cognito::UserPool")), 1)
        self.assertEqual(len(of_type(resources, "AWS::DynamoDB::Table")), 1)

    def test_nothing_is_protected_from_deletion(self):
        resources = stack().resources
        [pool] = of_type(resources, "AWS::Cognito::UserPool")
        [table] = of_type(resources, "AWS::DynamoDB::Table")
        self.assertEqual(pool["DeletionProtection"], "INACTIVE")
        self.assertIn(table["DeletionProtectionEnabled"], (False, "false"))

    def test_features_that_ministack_lacks_are_not_deployed(self):
        types = {resource["Type"] for resource in stack().resources.values()}
        self.assertEqual(types & NOT_THERE, set())
        asked_for = {**ASKED_FOR, "ExistingUserPoolId": "", "ExistingUserPoolClientId": ""}
        elsewhere = {resource["Type"] for resource in deployed(**asked_for).resources.values()}
        # Else the row above could not fail.
        self.assertGreaterEqual(len(elsewhere & NOT_THERE), 5, elsewhere & NOT_THERE)

    def test_no_concurrency_is_reserved_and_ses_sends_no_mail(self):
        resources = stack().resources
        for function in of_type(resources, "AWS::Lambda::Function"):
            self.assertNotIn("ReservedConcurrentExecutions", function)
        [pool] = of_type(resources, "AWS::Cognito::UserPool")
        self.assertNotIn("SourceArn", pool.get("EmailConfiguration", {}))

    def test_apps_are_second_factors_and_mails_are_not(self):
        [pool] = of_type(stack().resources, "AWS::Cognito::UserPool")
        self.assertEqual(pool["EnabledMfas"], ["SOFTWARE_TOKEN_MFA"])

    def test_the_functions_write_no_metrics(self):
        for function in of_type(stack().resources, "AWS::Lambda::Function"):
            self.assertEqual(function["Environment"]["Variables"]["METRICS_NAMESPACE"], "")

    def test_errors_are_not_sent_to_sentry(self):
        self.assertNotIn("ReporterFunction", stack().resources)
        self.assertEqual(of_type(stack().resources, "AWS::Logs::SubscriptionFilter"), [])


if __name__ == "__main__":
    unittest.main()

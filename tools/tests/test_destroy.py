"""Tests that scripts/destroy says what stays by the deployed template, which CloudFormation follows, and not by that of
the checkout."""

import json
import sys
import unittest
from unittest import mock

from botocore.exceptions import ClientError

from stack.aws import account
from stack.aws.destroy import AUDIT
from test_account import Cloud, ask, refused
from test_deploy import Case

RESOURCES = {"UserPool": "us-east-1_ours", AUDIT: "gatehouse-AuthorizerLogs-abc", "Api": "abc123"}


@unittest.skipUnless(sys.platform == "linux", "the stand-ins are for Linux")
class Farewell(Case):
    def destroy(self, kept):
        rows = [{"LogicalResourceId": name, "PhysicalResourceId": physical} for name, physical in RESOURCES.items()]
        self.repository.path("resources.json").write_text(json.dumps(rows))
        if kept is None:
            self.repository.mark("no-answer-kept")
        else:
            self.repository.path("kept.json").write_text(json.dumps(kept))
        return self.good("destroy", "--confirm", "gatehouse").stdout

    def test_the_deployed_template_decides_about_the_audit_log(self):
        said = self.destroy(["UserPool"])
        self.assertIn("  UserPool           us-east-1_ours\n", said)
        self.assertIn(f"The audit log ({AUDIT}) is deleted too: export it first if you need it.", said)
        self.assertNotIn(RESOURCES[AUDIT], said)

    def test_a_deployed_template_that_keeps_the_log_counts_too(self):
        said = self.destroy(["UserPool", AUDIT])
        self.assertIn(f"  {AUDIT:<18} {RESOURCES[AUDIT]}\n", said)
        self.assertNotIn("export it first", said)

    def test_without_the_deployed_template_nothing_is_promised(self):
        said = self.destroy(None)
        self.assertIn("The stack's own template cannot be read, so it is unknown what stays.", said)
        self.assertIn("By the template of this checkout, which may differ, these would stay:", said)
        self.assertIn("  UserPool           us-east-1_ours\n", said)
        self.assertIn("export it first", said)
        self.assertNotIn("Deletion protection does not stop this", said)

    def test_a_template_that_retains_nothing_keeps_nothing(self):
        self.assertIn("Nothing stays.", self.destroy([]))


class Kept(unittest.TestCase):
    """What account.py reads from CloudFormation's template of the stack."""

    def kept(self, body):
        cloud = Cloud()
        cloud.get_template = lambda StackName, TemplateStage: {"TemplateBody": body}
        found = ask(cloud, "kept", "gatehouse")
        self.assertEqual(cloud.calls, [("get_template", {"StackName": "gatehouse", "TemplateStage": "Processed"})])
        return found

    def test_both_retain_policies_count(self):
        body = {"Resources": {
            "UserPool": {"Type": "AWS::Cognito::UserPool", "DeletionPolicy": "Retain"},
            "LogAccount": {"Type": "AWS::ApiGateway::Account", "DeletionPolicy": "RetainExceptOnCreate"},
            "AuthorizerLogs": {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Delete"},
            "Api": {"Type": "AWS::ApiGateway::RestApi"},
        }}
        self.assertEqual(self.kept(body), ["LogAccount", "UserPool"])

    def test_function_versions_are_never_retained(self):
        body = {"Resources": {"AuthFunctionVersion0": {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain"}}}
        self.assertEqual(self.kept(body), [])

    def test_a_template_that_is_not_json_is_refused(self):
        with self.assertRaises(SystemExit):
            self.kept("Resources:\n  UserPool:\n    DeletionPolicy: Retain\n")

    def test_an_error_of_aws_is_raised(self):
        cloud = Cloud()
        cloud.raises["get_template"] = refused("AccessDenied")
        with mock.patch.object(account.boto3, "client", cloud.client), self.assertRaises(ClientError):
            account.main(["kept", "gatehouse"])


if __name__ == "__main__":
    unittest.main()

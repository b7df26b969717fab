"""Tests the pool with every production setting, deployed to MiniStack and read back.

The template is our own after the SAM transform, reduced to the pool, its client and the role. MiniStack evaluates its
rules. The tests need MiniStack's Python environment, which `scripts/test` installs. Without it they are skipped, or
fail if REQUIRE_MINISTACK is set."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

import boto3
from botocore.config import Config

from stack.build import local_overrides
from stack.checks.findings import STACKS
from stack.checks.transform import deployed, source
from stack.emulator import ministack
from stack.root import ROOT
from stack.run.processes import Processes
from test_settings import CODES_BY_MAIL, HISTORY, MORE_MAIL, NUMBER, TEXTS

PYTHON = ROOT / ".venv" / "ministack" / "bin" / "python"
REGION = "us-east-1"
KEPT = ("UserPool", "UserPoolClient", "SmsRole")
ON = {**CODES_BY_MAIL, **MORE_MAIL, **TEXTS, **HISTORY, "MfaConfiguration": "ON", "SmsRegion": REGION}
WAITER = {"Delay": 1, "MaxAttempts": 60}


def template():
    """The stack reduced to the pool, with all parameters and rules."""
    whole = json.loads(json.dumps(deployed().raw))
    resources = {name: whole["Resources"][name] for name in KEPT}
    for resource in resources.values():
        resource["DeletionPolicy"] = resource["UpdateReplacePolicy"] = "Delete"
    outputs = {"Pool": {"Value": {"Ref": "UserPool"}}}
    return json.dumps({**whole, "Resources": resources, "Outputs": outputs})


@unittest.skipUnless(PYTHON.exists() or "REQUIRE_MINISTACK" in os.environ, f"{PYTHON} is not there")
class Here(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="gatehouse-pool-")
        cls.addClassCleanup(folder.cleanup)
        processes = Processes()
        cls.addClassCleanup(processes.stop_all)
        port, log = ministack.any_free_port(), Path(folder.name) / "log"
        child = ministack.start(PYTHON, port, REGION, Path(folder.name), log, processes)
        ministack.await_ready(child, port, log, processes)
        cls.session = boto3.Session("test", "test", region_name=REGION)
        cls.at = {
            "endpoint_url": ministack.endpoint(port),
            "config": Config(proxies={}, retries={"total_max_attempts": 1}),
        }
        cls.stacks = cls.session.client("cloudformation", **cls.at)
        cls.cognito = cls.session.client("cognito-idp", **cls.at)
        cls.roles = cls.session.client("iam", **cls.at)

    def deploy(self, name, **parameters):
        """Deploys for the first time or again, and returns the pool's id."""
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        wanted = {"StackName": name, "TemplateBody": template(), "Parameters": given}
        wanted["Capabilities"] = ["CAPABILITY_IAM"]
        known = [stack["StackName"] for stack in self.stacks.describe_stacks()["Stacks"]]
        verb = "update" if name in known else "create"
        getattr(self.stacks, f"{verb}_stack")(**wanted)
        self.stacks.get_waiter(f"stack_{verb}_complete").wait(StackName=name, WaiterConfig=WAITER)
        [stack] = self.stacks.describe_stacks(StackName=name)["Stacks"]
        [output] = stack["Outputs"]
        return output["OutputValue"]

    def pool(self, identity):
        return self.cognito.describe_user_pool(UserPoolId=identity)["UserPool"]

    def mfa(self, identity):
        return self.cognito.get_user_pool_mfa_config(UserPoolId=identity)

    def role(self, arn):
        name = arn.rpartition("/")[2]
        [policy] = self.roles.list_role_policies(RoleName=name)["PolicyNames"]
        document = self.roles.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        return self.roles.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"], document["Statement"]

    def test_a_pool_with_all_settings_is_made_as_configured(self):
        made = self.deploy("everything", **ON)
        pool, mfa = self.pool(made), self.mfa(made)
        self.assertEqual(pool["UserPoolTier"], "ESSENTIALS")
        self.assertEqual(pool["Policies"]["PasswordPolicy"]["PasswordHistorySize"], 24)
        self.assertEqual(pool["EmailConfiguration"]["EmailSendingAccount"], "DEVELOPER")
        self.assertEqual(pool["SmsConfiguration"]["ExternalId"], TEXTS["SmsExternalId"])
        self.assertEqual(pool["SmsConfiguration"]["SnsRegion"], REGION)
        ways = [way["Name"] for way in pool["AccountRecoverySetting"]["RecoveryMechanisms"]]
        self.assertEqual(ways, ["verified_phone_number", "verified_email"])
        self.assertEqual(mfa["MfaConfiguration"], "ON")
        self.assertTrue(mfa["SoftwareTokenMfaConfiguration"]["Enabled"])
        trust, statements = self.role(pool["SmsConfiguration"]["SnsCallerArn"])
        self.assertEqual(statements, [{"Effect": "Allow", "Action": ["sns:Publish"], "Resource": "*"}])
        condition = trust["Statement"][0]["Condition"]
        self.assertEqual(condition["StringEquals"]["sts:ExternalId"], TEXTS["SmsExternalId"])
        self.assertIn("EmailMfaConfiguration", mfa)
        self.assertIn("SmsMfaConfiguration", mfa)

    def test_own_sender_and_highest_plan_can_be_set_and_removed(self):
        made = self.deploy("direct", **TEXTS, SmsOriginationIdentity=NUMBER, UserPoolPlan="PLUS")
        pool = self.pool(made)
        self.assertEqual(pool["UserPoolTier"], "PLUS")
        self.assertNotIn("SnsCallerArn", pool["SmsConfiguration"])
        self.assertEqual(pool["SmsConfiguration"]["EumsSms"]["OriginationIdentity"], NUMBER)
        same = self.deploy("direct")
        self.assertEqual(same, made)
        pool = self.pool(made)
        self.assertEqual((pool["UserPoolTier"], pool.get("SmsConfiguration") or {}), ("LITE", {}))

    def test_all_settings_of_a_local_stack_are_accepted(self):
        wanted = {name: value for name, value in STACKS["everything on"].items() if name in source()["Parameters"]}
        made = self.deploy("here", **{**wanted, **local_overrides.parameters()})
        pool, mfa = self.pool(made), self.mfa(made)
        self.assertEqual(pool["EmailConfiguration"].get("EmailSendingAccount", "COGNITO_DEFAULT"), "COGNITO_DEFAULT")
        self.assertEqual(pool["SmsConfiguration"]["EumsSms"]["ExternalId"], wanted["SmsExternalId"])
        self.assertTrue(mfa["SoftwareTokenMfaConfiguration"]["Enabled"], "nobody needs a code that is sent to nobody")

    def test_rules_refuse_conflicting_settings_first(self):
        for parameters, name in (
            ({"PasswordHistorySize": "5"}, "PasswordHistorySize"),
            ({"EmailFactor": "true", "UserPoolPlan": "ESSENTIALS"}, "EmailSourceArn"),
            ({"SmsFactor": "true"}, "SmsExternalId"),
            ({"SmsRegion": REGION}, "SmsExternalId"),
            ({"TotpFactor": "false"}, "userPool.secondFactors"),
        ):
            with self.subTest(parameters), self.assertRaises(self.stacks.exceptions.ClientError) as refused:
                self.deploy("refused", **parameters)
            self.assertIn(name, str(refused.exception))


if __name__ == "__main__":
    sys.exit(unittest.main())

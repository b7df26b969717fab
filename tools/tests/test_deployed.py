"""Tests the state of the stack before a deploy: every status of CloudFormation, and moved aliases."""

import unittest

import botocore.session

from stack.aws import deployed, stuck
from stack.run.failure import Failure

STATUSES = botocore.session.Session().get_service_model("cloudformation").shape_for("StackStatus").enum
REVISION = "89abcdef" + "0123456789abcdef" * 2


def answer(status="UPDATE_COMPLETE", alias="7", **more):
    """The output of account.py for a stack with one function."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:gatehouse-AuthFunction-Ab1"
    return {
        "id": "arn:stack", "status": status, "parameters": {"Revision": REVISION}, "outputs": {},
        "resources": {
            "Api": ["AWS::ApiGateway::RestApi", "abc123"],
            "AuthFunction": ["AWS::Lambda::Function", "gatehouse-AuthFunction-Ab1"],
            "AuthFunctionVersion89abcdef01": ["AWS::Lambda::Version", f"{arn}:7"],
            "AuthFunctionAliaslive": ["AWS::Lambda::Alias", f"{arn}:live"],
        },
        "aliases": {"AuthFunction": alias}, **more,
    }


class Parse(unittest.TestCase):
    def test_no_stack_and_an_empty_stack_are_none(self):
        self.assertIsNone(deployed.parse(None))
        self.assertIsNone(deployed.parse(answer("REVIEW_IN_PROGRESS")))

    def test_the_apis_id_is_its_physical_id(self):
        self.assertEqual(deployed.parse(answer()).api_id, "abc123")
        self.assertEqual(deployed.parse(answer(resources={})).api_id, "")


class Revision(unittest.TestCase):
    def test_the_revision_is_used_again_only_after_success(self):
        for status in STATUSES:
            if found := deployed.parse(answer(status)):
                good = status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
                self.assertEqual(found.revision, REVISION if good else "", status)

    def test_a_moved_alias_prevents_using_the_revision_again(self):
        found = deployed.parse(answer(alias="6"))
        self.assertEqual((found.moved, found.revision), (["AuthFunction"], ""))

    def test_an_alias_without_a_known_version_was_not_moved(self):
        self.assertEqual(deployed.parse(answer(alias=None)).moved, [])
        self.assertEqual(deployed.parse(answer(aliases={})).moved, [])
        odd = {**answer()["resources"], "AuthFunctionVersion89abcdef01": ["AWS::Lambda::Version", "7"]}
        self.assertEqual(deployed.parse(answer(alias="6", resources=odd)).moved, [])


class Status(unittest.TestCase):
    def judged(self, status):
        try:
            stuck.require_deployable(deployed.parse(answer(status)), "shop", "eu-west-1")
        except Failure as failure:
            return failure
        return None

    def test_every_status_is_accepted_or_refused_with_commands(self):
        deployable = set()
        for status in set(STATUSES) - {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
            failure = self.judged(status)
            if failure is None:
                deployable.add(status)
                continue
            self.assertIn(f"shop is {status}: ", failure.message)
            self.assertNotIn("does not know", failure.message, status)
            commands = [line for line in failure.advice.splitlines() if "aws cloudformation" in line]
            self.assertTrue(commands, status)
            for command in commands:
                self.assertIn("--stack-name shop --region eu-west-1", command)
        good = {
            "CREATE_COMPLETE",
            "UPDATE_COMPLETE",
            "IMPORT_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE",
        }
        self.assertEqual(deployable, good | {"ROLLBACK_COMPLETE"})

    def test_an_unknown_status_is_refused(self):
        self.assertIn("does not know this status", self.judged("QUANTUM_COMPLETE").message)

    def test_options_of_a_command_follow_the_stack_name(self):
        last = self.judged("ROLLBACK_FAILED").advice.splitlines()[-1]
        self.assertEqual(
            last,
            "  aws cloudformation delete-stack --stack-name shop --region eu-west-1 --deletion-mode FORCE_DELETE_STACK",
        )

    def test_every_command_exists_in_cloudformation(self):
        model = botocore.session.Session().get_service_model("cloudformation")
        waiters = botocore.session.Session().create_client("cloudformation", region_name="us-east-1").waiter_names
        verbs = {name for name in map(kebab, model.operation_names)}
        waits = {f"wait {name.replace('_', '-')}" for name in waiters}
        for lines in [*stuck.WAYS_OUT.values(), stuck.BUSY]:
            for line in lines:
                if line.startswith("$ "):
                    self.assertIn(line.removeprefix("$ ").partition(" --")[0], verbs | waits)


def kebab(name):
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


if __name__ == "__main__":
    unittest.main()

"""Tests account.py against a stand-in for boto3 that answers from memory and records the calls."""

import contextlib
import io
import json
import unittest
from unittest import mock

from botocore.exceptions import ClientError

from stack.aws import account

ARN = "arn:aws:lambda:us-east-1:1:function:"


def refused(code, message="", operation="Any"):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Cloud:
    """An account with one stack of two functions."""

    def __init__(self, status="UPDATE_COMPLETE"):
        self.status = status
        self.calls = []
        self.aliases = {"f-auth": {"FunctionVersion": "7"}, "f-new": {"FunctionVersion": "1"}}
        # Each version's revision; None: it has no environment.
        self.versions = {"f-auth": {"7": ""}, "f-new": {"1": ""}}
        self.secret = {}
        self.role = "arn:aws:iam::1:role/path/logs"
        self.raises = {}

    def client(self, service):
        return Client(self, service)

    def answer(self, operation, asked):
        self.calls.append((operation, asked))
        if operation in self.raises:
            raise self.raises[operation]
        return getattr(self, operation)(**asked)

    def describe_stacks(self, StackName):
        return {"Stacks": [{
            "StackId": "arn:stack/1", "StackStatus": self.status,
            "Parameters": [{"ParameterKey": "StageName", "ParameterValue": "v1"}],
            "Outputs": [{"OutputKey": "ApiUrl", "OutputValue": "https://abc"}],
        }]}

    def list_stack_resources(self, StackName):
        def row(name, kind, physical, status="CREATE_COMPLETE"):
            return {
                "LogicalResourceId": name,
                "ResourceType": kind,
                "PhysicalResourceId": physical,
                "ResourceStatus": status,
            }

        return [
            {"StackResourceSummaries": [
                row("Api", "AWS::ApiGateway::RestApi", "abc"),
                row("AuthFunction", "AWS::Lambda::Function", "f-auth"),
                row("AuthFunctionVersion0123456789", "AWS::Lambda::Version", ARN + "f-auth:6", "DELETE_SKIPPED"),
            ]},
            {"StackResourceSummaries": [row("NewFunction", "AWS::Lambda::Function", "f-new")]},
        ]

    def get_alias(self, FunctionName, Name):
        if FunctionName not in self.aliases:
            raise refused("ResourceNotFoundException")
        return self.aliases[FunctionName]

    def list_versions_by_function(self, FunctionName):
        return [
            {"Versions": [{"Version": version, "LastModified": "2026-11-01", **self.environment(revision)}]}
            for version, revision in self.versions[FunctionName].items()
        ]

    def environment(self, revision):
        if revision is None:
            return {}
        return {"Environment": self.secret or {"Variables": {"REVISION": revision, "CLIENT_SECRET": "hush"}}}

    def update_alias(self, **_):
        return {}

    def get_account(self):
        return {"cloudwatchRoleArn": self.role} if self.role else {}

    def get_role(self, RoleName):
        return {}

    def delete_stack(self, StackName):
        return {}


class Client:
    def __init__(self, cloud, service):
        self._cloud = cloud

    def get_paginator(self, operation):
        return mock.Mock(paginate=lambda **asked: self._cloud.answer(operation, asked))

    def get_waiter(self, name):
        return mock.Mock(wait=lambda **asked: self._cloud.calls.append((name, asked)))

    def __getattr__(self, operation):
        return lambda **asked: self._cloud.answer(operation, asked)


def ask(cloud, *argv):
    """Runs a command and returns its output."""
    printed = io.StringIO()
    with mock.patch.object(account.boto3, "client", cloud.client), contextlib.redirect_stdout(printed):
        account.main(list(argv))
    return json.loads(printed.getvalue())


def updates(cloud):
    return [asked for operation, asked in cloud.calls if operation == "update_alias"]


class Stack(unittest.TestCase):
    def test_one_document_describes_the_stack(self):
        found = ask(Cloud(), "stack", "gatehouse")
        self.assertEqual((found["id"], found["status"]), ("arn:stack/1", "UPDATE_COMPLETE"))
        self.assertEqual((found["parameters"], found["outputs"]), ({"StageName": "v1"}, {"ApiUrl": "https://abc"}))
        self.assertEqual(found["resources"]["Api"], ["AWS::ApiGateway::RestApi", "abc"])
        self.assertEqual(found["aliases"], {"AuthFunction": "7", "NewFunction": "1"})

    def test_released_resources_are_not_listed(self):
        self.assertNotIn("AuthFunctionVersion0123456789", ask(Cloud(), "stack", "gatehouse")["resources"])

    def test_a_function_without_an_alias_has_no_version(self):
        cloud = Cloud()
        del cloud.aliases["f-new"]
        self.assertIsNone(ask(cloud, "stack", "gatehouse")["aliases"]["NewFunction"])

    def test_a_missing_stack_is_null_and_any_other_error_is_raised(self):
        cloud = Cloud()
        cloud.raises["describe_stacks"] = refused("ValidationError", "Stack with id gatehouse does not exist")
        self.assertIsNone(ask(cloud, "stack", "gatehouse"))
        for error in (refused("ValidationError", "1 validation error detected"), refused("AccessDenied")):
            cloud.raises["describe_stacks"] = error
            with self.assertRaises(ClientError):
                ask(cloud, "stack", "gatehouse")


class LogRole(unittest.TestCase):
    def test_the_role_is_looked_up_by_its_name(self):
        cloud = Cloud()
        self.assertIs(ask(cloud, "log-role")["there"], True)
        self.assertEqual(cloud.calls[-1], ("get_role", {"RoleName": "logs"}))

    def test_a_deleted_or_unset_role_does_not_exist(self):
        cloud = Cloud()
        cloud.raises["get_role"] = refused("NoSuchEntity")
        self.assertEqual(ask(cloud, "log-role"), {"role": cloud.role, "there": False})
        cloud.role = None
        self.assertEqual(ask(cloud, "log-role"), {"role": None, "there": False})

    def test_a_role_that_may_not_be_read_is_unknown(self):
        cloud = Cloud()
        cloud.raises["get_role"] = refused("AccessDenied")
        self.assertIsNone(ask(cloud, "log-role")["there"])


class Remove(unittest.TestCase):
    def test_a_failed_first_deploy_is_deleted_by_id_and_awaited(self):
        cloud = Cloud("ROLLBACK_COMPLETE")
        ask(cloud, "remove", "arn:stack/1")
        self.assertEqual(
            [call for call in cloud.calls[1:]],
            [("delete_stack", {"StackName": "arn:stack/1"}), ("stack_delete_complete", {"StackName": "arn:stack/1"})],
        )

    def test_a_stack_in_any_other_status_is_not_deleted(self):
        for status in (
            "CREATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "ROLLBACK_FAILED",
            "CREATE_IN_PROGRESS",
            "DELETE_FAILED",
        ):
            cloud = Cloud(status)
            with self.assertRaises(SystemExit):
                ask(cloud, "remove", "arn:stack/1")
            self.assertEqual([operation for operation, _ in cloud.calls], ["describe_stacks"])


class Back(unittest.TestCase):
    """The functions' versions are of the deploys `aaaa`, `bbbb` and `cccc`. test_rollback_choice.py tests the choice in
    detail."""

    def cloud(self, status="UPDATE_COMPLETE"):
        cloud = Cloud(status)
        cloud.aliases = {"f-auth": {"FunctionVersion": "7"}, "f-new": {"FunctionVersion": "3"}}
        cloud.versions = {
            "f-auth": {"$LATEST": "cccc", "5": "aaaa" * 10, "6": "bbbb" * 10, "7": "cccc" * 10},
            "f-new": {"$LATEST": "cccc", "1": "aaaa" * 10, "2": "bbbb" * 10, "3": "cccc" * 10},
        }
        return cloud

    def test_all_aliases_move_to_one_revision_with_all_traffic(self):
        cloud = self.cloud()
        rows = ask(cloud, "back", "gatehouse")["rows"]
        self.assertEqual(rows, [
            {"function": "AuthFunction", "from": "7", "to": "6", "made": "2026-11-01", "revision": "bbbbbbbb"},
            {"function": "NewFunction", "from": "3", "to": "2", "made": "2026-11-01", "revision": "bbbbbbbb"},
        ])
        self.assertEqual(
            updates(cloud),
            [
                {
                    "FunctionName": name,
                    "Name": "live",
                    "FunctionVersion": version,
                    "RoutingConfig": {"AdditionalVersionWeights": {}},
                }
                for name, version in (("f-auth", "6"), ("f-new", "2"))
            ],
        )

    def test_a_version_that_only_one_function_has_is_skipped(self):
        cloud = self.cloud()
        del cloud.versions["f-new"]["2"]
        self.assertEqual([row["to"] for row in ask(cloud, "back", "gatehouse")["rows"]], ["5", "1"])

    def test_nothing_moves_without_a_common_revision(self):
        cloud = self.cloud()
        cloud.versions["f-new"] = {"1": "dddd" * 10, "3": "cccc" * 10}
        rows = ask(cloud, "back", "gatehouse")["rows"]
        self.assertEqual(rows, [
            {"function": "AuthFunction", "from": "7", "left": "none for all"},
            {"function": "NewFunction", "from": "3", "left": "none for all"},
        ])
        self.assertEqual(updates(cloud), [])

    def test_a_function_that_was_added_later_does_not_move(self):
        cloud = self.cloud()
        cloud.versions["f-new"] = {"3": "cccc" * 10}
        rows = ask(cloud, "back", "gatehouse")["rows"]
        self.assertEqual((rows[0]["to"], rows[1]), ("6", {"function": "NewFunction", "from": "3", "left": "first"}))

    def test_without_revisions_each_function_goes_one_version_back(self):
        cloud = self.cloud()
        cloud.versions = {"f-auth": {"5": None, "6": "", "7": "cccc" * 10}, "f-new": {"1": None, "3": None}}
        rows = ask(cloud, "back", "gatehouse")["rows"]
        self.assertEqual([(row["to"], row["revision"]) for row in rows], [("6", ""), ("1", "")])

    def test_an_unfinished_traffic_shift_goes_back_to_its_start(self):
        cloud = self.cloud()
        cloud.aliases["f-auth"] = {"FunctionVersion": "6", "RoutingConfig": {"AdditionalVersionWeights": {"7": 0.1}}}
        self.assertEqual([row["to"] for row in ask(cloud, "back", "gatehouse")["rows"]], ["6", "2"])

    def test_a_second_run_moves_the_functions_that_failed(self):
        cloud = self.cloud()
        cloud.raises["update_alias"] = refused("TooManyRequestsException")
        self.assertEqual(["error" in row for row in ask(cloud, "back", "gatehouse")["rows"]], [True, True])
        cloud.raises.clear()
        cloud.aliases["f-auth"] = {"FunctionVersion": "6"}
        rows = ask(cloud, "back", "gatehouse")["rows"]
        self.assertEqual((rows[0]["left"], rows[1]["to"]), ("there", "2"))

    def test_if_a_function_cannot_be_read_none_moves(self):
        cloud = self.cloud()
        cloud.raises["list_versions_by_function"] = refused("AccessDeniedException")
        rows = ask(cloud, "back", "gatehouse")["rows"]
        self.assertIn("AccessDeniedException", rows[0]["error"])
        cloud = self.cloud()
        cloud.aliases["f-new"] = {"FunctionVersion": "$LATEST"}
        self.assertIn("$LATEST, which is not a version", ask(cloud, "back", "gatehouse")["rows"][1]["error"])
        cloud = self.cloud()
        cloud.secret = {"Error": {"ErrorCode": "AccessDenied", "Message": "kms:Decrypt"}}
        self.assertIn("does not return the environment", ask(cloud, "back", "gatehouse")["rows"][0]["error"])
        self.assertEqual(updates(cloud), [])

    def test_a_function_without_an_alias_does_not_block_the_others(self):
        cloud = self.cloud()
        del cloud.aliases["f-auth"]
        failed, fine = ask(cloud, "back", "gatehouse")["rows"]
        self.assertIn("ResourceNotFoundException", failed["error"])
        self.assertEqual(fine["to"], "2")

    def test_of_an_environment_only_the_revision_is_returned(self):
        self.assertNotIn("hush", json.dumps(ask(self.cloud(), "back", "gatehouse")))

    def test_nothing_moves_while_cloudformation_changes_the_stack(self):
        cloud = self.cloud("UPDATE_IN_PROGRESS")
        self.assertEqual(ask(cloud, "back", "gatehouse"), {"status": "UPDATE_IN_PROGRESS", "rows": []})
        self.assertEqual(updates(cloud), [])


if __name__ == "__main__":
    unittest.main()

"""The calls to AWS, against a boto3 that answers from memory and notes what it was asked."""

import contextlib
import io
import json
import unittest
from unittest import mock

import account
from botocore.exceptions import ClientError

ARN = "arn:aws:lambda:us-east-1:1:function:"


def refused(code, message="", operation="Any"):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Cloud:
    """One account with one stack of two functions."""

    def __init__(self, status="UPDATE_COMPLETE"):
        self.status = status
        self.calls = []
        self.aliases = {"f-auth": {"FunctionVersion": "7"}, "f-new": {"FunctionVersion": "1"}}
        self.versions = {"f-auth": ["$LATEST", "5", "6", "7", "10"], "f-new": ["$LATEST", "1"]}
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
            return {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": physical, "ResourceStatus": status}

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
        return [{"Versions": [{"Version": version, "LastModified": "2026-11-01"}]} for version in self.versions[FunctionName]]

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
    """What the command prints."""
    printed = io.StringIO()
    with mock.patch.object(account.boto3, "client", cloud.client), contextlib.redirect_stdout(printed):
        account.main(list(argv))
    return json.loads(printed.getvalue())


def updates(cloud):
    return [asked for operation, asked in cloud.calls if operation == "update_alias"]


class Stack(unittest.TestCase):
    def test_it_is_told_in_one_document(self):
        found = ask(Cloud(), "stack", "gatehouse")
        self.assertEqual((found["id"], found["status"]), ("arn:stack/1", "UPDATE_COMPLETE"))
        self.assertEqual((found["parameters"], found["outputs"]), ({"StageName": "v1"}, {"ApiUrl": "https://abc"}))
        self.assertEqual(found["resources"]["Api"], ["AWS::ApiGateway::RestApi", "abc"])
        self.assertEqual(found["aliases"], {"AuthFunction": "7", "NewFunction": "1"})

    def test_what_the_stack_gave_up_is_none_of_its_resources(self):
        self.assertNotIn("AuthFunctionVersion0123456789", ask(Cloud(), "stack", "gatehouse")["resources"])

    def test_a_function_without_an_alias_has_none(self):
        cloud = Cloud()
        del cloud.aliases["f-new"]
        self.assertIsNone(ask(cloud, "stack", "gatehouse")["aliases"]["NewFunction"])

    def test_no_stack_is_null_and_every_other_refusal_is_one(self):
        cloud = Cloud()
        cloud.raises["describe_stacks"] = refused("ValidationError", "Stack with id gatehouse does not exist")
        self.assertIsNone(ask(cloud, "stack", "gatehouse"))
        for error in (refused("ValidationError", "1 validation error detected"), refused("AccessDenied")):
            cloud.raises["describe_stacks"] = error
            with self.assertRaises(ClientError):
                ask(cloud, "stack", "gatehouse")


class LogRole(unittest.TestCase):
    def test_it_is_looked_for_by_its_name(self):
        cloud = Cloud()
        self.assertIs(ask(cloud, "log-role")["there"], True)
        self.assertEqual(cloud.calls[-1], ("get_role", {"RoleName": "logs"}))

    def test_one_that_is_gone_or_that_was_never_named_is_not_there(self):
        cloud = Cloud()
        cloud.raises["get_role"] = refused("NoSuchEntity")
        self.assertEqual(ask(cloud, "log-role"), {"role": cloud.role, "there": False})
        cloud.role = None
        self.assertEqual(ask(cloud, "log-role"), {"role": None, "there": False})

    def test_one_that_may_not_be_looked_at_is_not_known(self):
        cloud = Cloud()
        cloud.raises["get_role"] = refused("AccessDenied")
        self.assertIsNone(ask(cloud, "log-role")["there"])


class Remove(unittest.TestCase):
    def test_a_first_deploy_that_was_taken_back_is_deleted_by_its_id_and_waited_for(self):
        cloud = Cloud("ROLLBACK_COMPLETE")
        ask(cloud, "remove", "arn:stack/1")
        self.assertEqual(
            [call for call in cloud.calls[1:]],
            [("delete_stack", {"StackName": "arn:stack/1"}), ("stack_delete_complete", {"StackName": "arn:stack/1"})],
        )

    def test_nothing_else_is_whatever_it_was_a_moment_ago(self):
        for status in ("CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_IN_PROGRESS", "DELETE_FAILED"):
            cloud = Cloud(status)
            with self.assertRaises(SystemExit):
                ask(cloud, "remove", "arn:stack/1")
            self.assertEqual([operation for operation, _ in cloud.calls], ["describe_stacks"])


class Back(unittest.TestCase):
    def test_each_alias_goes_to_the_newest_version_below_its_own_with_all_the_traffic(self):
        cloud = Cloud()
        rows = ask(cloud, "back", "gatehouse")["rows"]
        self.assertEqual(rows[0], {"function": "AuthFunction", "from": "7", "to": "6", "made": "2026-11-01"})
        self.assertEqual(updates(cloud), [{
            "FunctionName": "f-auth", "Name": "live", "FunctionVersion": "6",
            "RoutingConfig": {"AdditionalVersionWeights": {}},
        }])

    def test_versions_are_compared_as_numbers(self):
        cloud = Cloud()
        cloud.aliases["f-auth"] = {"FunctionVersion": "11"}
        self.assertEqual(ask(cloud, "back", "gatehouse")["rows"][0]["to"], "10")

    def test_a_function_without_an_earlier_version_is_left_alone(self):
        self.assertEqual(ask(Cloud(), "back", "gatehouse")["rows"][1], {"function": "NewFunction", "from": "1"})

    def test_a_shift_that_was_given_up_half_way_goes_back_to_where_it_began(self):
        cloud = Cloud()
        cloud.aliases["f-auth"] = {"FunctionVersion": "6", "RoutingConfig": {"AdditionalVersionWeights": {"7": 0.1}}}
        self.assertEqual(ask(cloud, "back", "gatehouse")["rows"][0]["to"], "6")

    def test_one_that_fails_keeps_no_other_from_going_back(self):
        cloud = Cloud()
        cloud.aliases = {"f-new": {"FunctionVersion": "2"}}
        cloud.versions["f-new"] = ["1", "2"]
        failed, fine = ask(cloud, "back", "gatehouse")["rows"]
        self.assertIn("ResourceNotFoundException", failed["error"])
        self.assertEqual(fine["to"], "1")

    def test_nothing_is_moved_while_a_change_is_under_way(self):
        cloud = Cloud("UPDATE_IN_PROGRESS")
        self.assertEqual(ask(cloud, "back", "gatehouse"), {"status": "UPDATE_IN_PROGRESS", "rows": []})
        self.assertEqual(updates(cloud), [])


if __name__ == "__main__":
    unittest.main()

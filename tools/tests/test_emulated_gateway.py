"""Tests the local stack's API Gateway: the patches of emulated_gateway.py and emulated_definition.py, and the remaining
differences from AWS.

The tests run on a real MiniStack with a small API that CloudFormation makes from a SAM template, as `sam deploy` does.
Without MiniStack's tools they are skipped, or fail if REQUIRE_MINISTACK is set.
"""

import contextlib
import http.client
import http.cookiejar
import json
import os
import tempfile
import types
import unittest
import urllib.request
from pathlib import Path

import boto3

from stack.emulator import emulated_gateway, ministack
from stack.root import ROOT
from stack.run.processes import Processes
from stack.run.tools import Tools

REGION = "us-east-1"
ORIGIN = "http://localhost:3000"
STAGE = "v1"

GATE = """
def handler(event, context):
    token = event["authorizationToken"]
    if token == "boom":
        raise Exception("boom")
    if token in ("Unauthorized", "unauthorized"):
        raise Exception(token)
    action = "s3:GetObject" if token == "other-action" else "execute-api:Invoke"
    effect = "Deny" if token == "deny" else "Allow"
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    values = {"text": "a", "number": 1, "truth": True}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": token, "policyDocument": policy, "context": values}
"""
ECHO = """
import json
def handler(event, context):
    asked = (event.get("queryStringParameters") or {}).get("answer", "")
    if asked == "boom":
        raise Exception("a secret of the function")
    if asked == "nonsense":
        return "nonsense"
    headers = {"Content-Type": "application/json", "WWW-Authenticate": "Bearer", "Server": "mine", "Expect": "nothing"}
    cookie = "__Secure-a=b; Path=/v1/auth; HttpOnly"
    body = json.dumps(event)
    return {"statusCode": 200, "headers": headers, "multiValueHeaders": {"Set-Cookie": [cookie, "c=d"]}, "body": body}
"""


def refusal(code, **headers):
    """A gateway response of the test template."""
    named = {"Content-Type": "application/problem+json", "Access-Control-Allow-Origin": ORIGIN, **headers}
    return {
        "ResponseParameters": {"Headers": {name.replace("_", "-"): f"'{value}'" for name, value in named.items()}},
        "ResponseTemplates": {"application/json": f'{{"code":"{code}","requestId":"$context.requestId"}}'},
    }


def route(path, method="get", **auth):
    return {"Type": "Api", "Properties": {"RestApiId": {"Ref": "Api"}, "Method": method, "Path": path, "Auth": auth}}


OPEN = {"Authorizer": "NONE"}
MOCK = {
    "type": "mock",
    "passthroughBehavior": "never",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.Cache-Control": "'public'"},
            "responseTemplates": {"application/json": {"Fn::Sub": '{"api":"${!context.apiId}","word":"${Word}"}'}},
        }
    },
}
WHERE = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Echo.Arn}/invocations"}
PROXY = {"type": "aws_proxy", "httpMethod": "POST", "uri": WHERE}
TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {"Word": {"Type": "String", "Default": "first"}, "Burst": {"Type": "Number", "Default": 2}},
    "Resources": {
        "Api": {
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "StageName": STAGE,
                "OpenApiVersion": "3.0.1",
                "AlwaysDeploy": True,
                "MergeDefinitions": True,
                "BinaryMediaTypes": ["application/octet-stream"],
                "Variables": {"colour": "red"},
                "AccessLogSetting": {
                    "DestinationArn": {"Fn::GetAtt": ["Lines", "Arn"]}, "Format": "$context.requestId",
                },
                "DefinitionBody": {
                    "openapi": "3.0.1",
                    "info": {"title": "twins", "version": "1"},
                    "paths": {
                        "/mock": {"get": {"security": [{"NONE": []}], "x-amazon-apigateway-integration": MOCK}},
                        "/any": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": PROXY}},
                    },
                },
                "Cors": {
                    "AllowOrigin": f"'{ORIGIN}'", "AllowHeaders": "'Authorization'", "AllowMethods": "'GET'",
                    "MaxAge": "'600'",
                },
                "GatewayResponses": {
                    "UNAUTHORIZED": refusal("unauthorized", WWW_Authenticate="Bearer"),
                    "ACCESS_DENIED": refusal("forbidden"),
                    "MISSING_AUTHENTICATION_TOKEN": refusal("unknown_route"),
                    "THROTTLED": refusal("throttled", Retry_After="1"),
                    "QUOTA_EXCEEDED": refusal("quota_exceeded"),
                    "INVALID_API_KEY": refusal("invalid_api_key"),
                    "DEFAULT_4XX": refusal("request_refused"),
                    "DEFAULT_5XX": refusal("internal_error"),
                },
                "MethodSettings": [
                    {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 500, "ThrottlingBurstLimit": 500},
                    {
                        "HttpMethod": "POST", "ResourcePath": "/~1a~1few", "ThrottlingRateLimit": 1,
                        "ThrottlingBurstLimit": {"Ref": "Burst"},
                    },
                ],
                "Auth": {
                    "DefaultAuthorizer": "Gate",
                    "AddDefaultAuthorizerToCorsPreflight": False,
                    "Authorizers": {
                        "Gate": {
                            "FunctionArn": {"Fn::GetAtt": ["Gate", "Arn"]},
                            "DisableFunctionDefaultPermissions": True,
                            "Identity": {"Header": "Authorization", "ReauthorizeEvery": 300},
                        }
                    },
                },
            },
        },
        "Gate": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Runtime": "python3.12", "Handler": "index.handler", "InlineCode": GATE},
        },
        "Echo": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.12", "Handler": "index.handler", "InlineCode": ECHO, "Timeout": 20,
                "Events": {
                    "Open": route("/open", **OPEN),
                    "Post": route("/open", "post", **OPEN),
                    "One": route("/things/{id}", **OPEN),
                    "Few": route("/a/few", "post", **OPEN),
                    "NotFew": route("/a/few", **OPEN),
                    "Guarded": route("/guarded"),
                    "Keyed": route("/keyed", **OPEN),
                },
            },
        },
        "Lines": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "access-lines"}},
    },
}
REFUSED = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {
                "Body": {
                    "openapi": "3.0.1", "info": {"title": "refused", "version": "1"}, "paths": {},
                    "x-amazon-apigateway-gateway-responses": {"NO_SUCH_KIND": {"statusCode": 403}},
                }
            },
        }
    },
}


class Local:
    """A MiniStack for these tests, with the API."""

    def __init__(self, folder, processes):
        python = ROOT / ".venv" / "ministack" / "bin" / "python"
        self.port, self.log = ministack.any_free_port(), folder / "ministack.log"
        child = ministack.start(python, self.port, REGION, folder, self.log, processes)
        ministack.await_ready(child, self.port, self.log, processes)
        self.deploy("CREATE")
        [api] = [found for found in self.client("apigateway").get_rest_apis()["items"] if found["name"] == "twins"]
        self.api = api["id"]

    def client(self, service):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=ministack.endpoint(self.port), region_name=REGION, **keys)

    def deploy(self, kind, template=TEMPLATE, name="twins", **parameters):
        """Deploys as `sam deploy` does, and returns the stack's status."""
        stacks = self.client("cloudformation")
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        change = {"StackName": name, "ChangeSetName": f"change-{kind.lower()}-{len(parameters)}"}
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
        stacks.create_change_set(
            **change, ChangeSetType=kind, TemplateBody=json.dumps(template), Capabilities=capabilities, Parameters=given
        )
        stacks.get_waiter("change_set_create_complete").wait(**change, WaiterConfig={"Delay": 1})
        stacks.execute_change_set(**change)
        while True:
            status = stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                return status

    @property
    def front(self):
        return f"/restapis/{self.api}/{STAGE}/_user_request_"

    def ask(self, path, method="GET", body=None, headers=()):
        """Sends a request; returns status, headers (lower case; the last of each name) and body."""
        connection = http.client.HTTPConnection(ministack.HOST, self.port, timeout=30)
        try:
            connection.putrequest(method, self.front + path)
            for name, value in (*headers, *([("Content-Length", str(len(body)))] if body is not None else [])):
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def event(self, path, method="GET", body=None, headers=()):
        """Sends a request and returns the function's event."""
        status, _, text = self.ask(path, method, body, headers)
        assert status == 200, (status, text)
        return json.loads(text)


HELD = contextlib.ExitStack()
LOCAL = None


def setUpModule():
    global LOCAL
    if not Tools(ROOT / ".venv").is_ready("ministack"):
        assert not os.environ.get("REQUIRE_MINISTACK"), "MiniStack's tools are not in .venv"
        raise unittest.SkipTest("MiniStack's tools are not in .venv")
    try:
        folder = Path(HELD.enter_context(tempfile.TemporaryDirectory()))
        LOCAL = Local(folder, HELD.enter_context(Processes()))
    except BaseException:
        HELD.close()
        raise


def tearDownModule():
    HELD.close()


def bearing(token):
    return [("Authorization", token)]


class Told(unittest.TestCase):
    def assert_told(self, answer, status, code):
        found, headers, body = answer
        self.assertEqual(found, status, body)
        self.assertEqual(json.loads(body)["code"], code)
        self.assertEqual(headers["content-type"], "application/problem+json")
        self.assertEqual(headers["access-control-allow-origin"], ORIGIN)
        # One id for the answer, in the header and in the body.
        self.assertEqual(json.loads(body)["requestId"], headers["x-amzn-requestid"])


class Definition(Told):
    def test_a_preflight_gets_the_templates_response(self):
        asked = [("Origin", ORIGIN), ("Access-Control-Request-Method", "GET")]
        status, headers, _ = LOCAL.ask("/guarded", "OPTIONS", headers=asked)
        self.assertEqual(status, 200)
        self.assertEqual(headers["access-control-allow-origin"], ORIGIN)
        self.assertEqual(headers["access-control-allow-headers"], "Authorization")
        self.assertEqual(headers["access-control-max-age"], "600")

    def test_a_mock_returns_headers_and_replaced_variables(self):
        status, headers, body = LOCAL.ask("/mock")
        self.assertEqual((status, headers["cache-control"]), (200, "public"))
        self.assertEqual(json.loads(body)["api"], LOCAL.api)

    def test_a_mock_refuses_bodies_that_it_does_not_accept(self):
        self.assert_told(LOCAL.ask("/mock", headers=[("Content-Type", "text/plain")]), 415, "request_refused")

    def test_an_any_method_accepts_every_method(self):
        for method in ("GET", "PUT", "DELETE"):
            self.assertEqual(LOCAL.event("/any", method, headers=bearing("ann"))["httpMethod"], method)

    def test_a_binary_body_arrives_as_base64(self):
        event = LOCAL.event("/open", "POST", b"\xff\x00", [("Content-Type", "application/octet-stream")])
        self.assertEqual((event["body"], event["isBase64Encoded"]), ("/wA=", True))

    def test_a_changed_definition_updates_the_same_api(self):
        before = LOCAL.api
        self.assertEqual(LOCAL.deploy("UPDATE", Word="second"), "UPDATE_COMPLETE")
        self.assertEqual([api["id"] for api in LOCAL.client("apigateway").get_rest_apis()["items"]], [before])
        self.assertEqual(json.loads(LOCAL.ask("/mock")[2]), {"api": before, "word": "second"})
        self.assert_told(LOCAL.ask("/guarded"), 401, "unauthorized")
        self.assertEqual(LOCAL.ask("/guarded", headers=bearing("again"))[0], 200)

    def test_a_definition_that_aws_refuses_fails_the_stack(self):
        status = LOCAL.deploy("CREATE", REFUSED, "refused")
        self.assertIn(status, ("ROLLBACK_COMPLETE", "CREATE_FAILED"))


class Refusals(Told):
    def test_a_missing_or_refused_token_gets_a_challenge(self):
        for headers in ([], bearing("Unauthorized")):
            answer = LOCAL.ask("/guarded", headers=headers)
            self.assert_told(answer, 401, "unauthorized")
            self.assertEqual(answer[1]["www-authenticate"], "Bearer")

    def test_a_token_without_the_right_gets_403(self):
        self.assert_told(LOCAL.ask("/guarded", headers=bearing("deny")), 403, "forbidden")

    def test_a_policy_that_allows_another_action_allows_nothing(self):
        self.assert_told(LOCAL.ask("/guarded", headers=bearing("other-action")), 403, "forbidden")

    def test_a_failing_authorizer_gives_500(self):
        self.assert_told(LOCAL.ask("/guarded", headers=bearing("boom")), 500, "internal_error")

    def test_a_failing_function_gives_502_without_details(self):
        for answer in ("boom", "nonsense"):
            told = LOCAL.ask(f"/open?answer={answer}")
            self.assert_told(told, 502, "internal_error")
            self.assertNotIn("secret", told[2])

    def test_an_unknown_route_with_a_header_is_a_bad_signature(self):
        for path, method in (("/nowhere", "GET"), ("/guarded", "PUT"), ("/open", "HEAD")):
            status, headers, body = LOCAL.ask(path, method)
            self.assertEqual((status, headers["x-amzn-errortype"]), (403, "MissingAuthenticationTokenException"))
            status, headers, body = LOCAL.ask(path, method, headers=bearing("Bearer a.b.c"))
            self.assertEqual((status, headers["x-amzn-errortype"]), (403, "IncompleteSignatureException"))
            self.assertNotIn("a.b.c", body)
        self.assert_told(LOCAL.ask("/nowhere"), 403, "unknown_route")
        self.assert_told(LOCAL.ask("/nowhere", headers=bearing("Bearer a.b.c")), 403, "request_refused")

    def test_a_body_above_ten_megabytes_gets_the_gateways_413(self):
        status, headers, body = LOCAL.ask("/open", "POST", b"a" * (emulated_gateway.LARGEST_BODY + 1))
        self.assertEqual((status, json.loads(body)), (413, {"message": "Request Too Long"}))
        self.assertNotIn("access-control-allow-origin", headers)


class Throttles(Told):
    def test_a_methods_throttle_applies_only_to_that_method(self):
        answers = [LOCAL.ask("/a/few", "POST") for _ in range(6)]
        statuses = [status for status, _, _ in answers]
        self.assertEqual(statuses[:2], [200, 200])
        self.assertIn(429, statuses)
        throttled = answers[statuses.index(429)]
        self.assert_told(throttled, 429, "throttled")
        self.assertEqual(throttled[1]["retry-after"], "1")
        self.assertEqual({LOCAL.ask("/a/few")[0] for _ in range(6)}, {200})

    def test_the_stage_shows_throttles_in_the_form_of_updatestage(self):
        gateway = LOCAL.client("apigateway")
        limit = {"op": "replace", "path": "/~1a~1few/POST/throttling/burstLimit", "value": "7"}
        gateway.update_stage(restApiId=LOCAL.api, stageName=STAGE, patchOperations=[limit])
        settings = gateway.get_stage(restApiId=LOCAL.api, stageName=STAGE)["methodSettings"]
        of_it = {name: found["throttlingBurstLimit"] for name, found in settings.items() if "few" in name}
        self.assertEqual(of_it, {"/a/few/POST": 7})

    def test_a_required_key_has_its_plans_limit_and_quota(self):
        gateway = LOCAL.client("apigateway")
        stages = [{"apiId": LOCAL.api, "stage": STAGE}]
        resources = gateway.get_resources(restApiId=LOCAL.api)["items"]
        [resource] = [found["id"] for found in resources if found["path"] == "/keyed"]
        asks = {"op": "replace", "path": "/apiKeyRequired", "value": "true"}
        gateway.update_method(restApiId=LOCAL.api, resourceId=resource, httpMethod="GET", patchOperations=[asks])
        for limits, code in (
            ({"throttle": {"rateLimit": 0.01, "burstLimit": 2}}, "throttled"),
            ({"quota": {"limit": 2, "period": "DAY"}}, "quota_exceeded"),
        ):
            key = gateway.create_api_key(name=code, enabled=True)
            plan = gateway.create_usage_plan(name=code, apiStages=stages, **limits)
            headers = [("X-Api-Key", key["value"])]
            self.assert_told(LOCAL.ask("/keyed", headers=headers), 403, "invalid_api_key")
            gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
            self.assertEqual([LOCAL.ask("/keyed", headers=headers)[0] for _ in range(2)], [200, 200])
            self.assert_told(LOCAL.ask("/keyed", headers=headers), 429, code)
        self.assert_told(LOCAL.ask("/keyed"), 403, "invalid_api_key")


class Events(unittest.TestCase):
    def test_event_and_response_have_the_same_request_id(self):
        _, headers, body = LOCAL.ask("/open")
        self.assertEqual(json.loads(body)["requestContext"]["requestId"], headers["x-amzn-requestid"])

    def test_the_gateway_sets_the_source_address(self):
        forged = [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "ftp"), ("X-Forwarded-Port", "21")]
        event = LOCAL.event("/open", headers=forged)
        headers = {name.lower(): value for name, value in event["headers"].items()}
        self.assertEqual(event["requestContext"]["identity"]["sourceIp"], "127.0.0.1")
        self.assertEqual(headers["x-forwarded-for"], "192.0.2.1, 127.0.0.1")
        self.assertEqual((headers["x-forwarded-proto"], headers["x-forwarded-port"]), ("https", "443"))
        self.assertEqual(event["requestContext"]["domainName"], headers["host"])
        self.assertEqual({name: [value] for name, value in event["headers"].items()}, event["multiValueHeaders"])

    def test_headers_that_aws_drops_do_not_reach_functions(self):
        event = LOCAL.event("/open", headers=[("TE", "trailers"), ("WWW-Authenticate", "a"), ("X-Mine", "b")])
        names = {name.lower() for name in event["headers"]}
        self.assertFalse(names & emulated_gateway.DROPPED_FROM_REQUESTS)
        self.assertIn("x-mine", names)

    def test_a_repeated_parameter_has_its_last_and_all_values(self):
        event = LOCAL.event("/open?a=1&a=2&b=%20x+y%2B&c")
        self.assertEqual(event["queryStringParameters"], {"a": "2", "b": " x y+", "c": ""})
        self.assertEqual(event["multiValueQueryStringParameters"], {"a": ["1", "2"], "b": [" x y+"], "c": [""]})
        self.assertIsNone(LOCAL.event("/open")["queryStringParameters"])

    def test_a_path_parameter_is_decoded_and_keeps_its_last_slash(self):
        self.assertEqual(LOCAL.event("/things/a%20b%C3%A9")["pathParameters"], {"id": "a bé"})
        event = LOCAL.event("/open/")
        self.assertEqual((event["resource"], event["path"]), ("/open", "/open/"))

    def test_the_authorizers_context_arrives_as_texts(self):
        said = LOCAL.event("/guarded", headers=bearing("ann"))["requestContext"]["authorizer"]
        self.assertEqual(said, {"principalId": "ann", "text": "a", "number": "1", "truth": "true"})

    def test_stage_variables_arrive(self):
        self.assertEqual(LOCAL.event("/open")["stageVariables"], {"colour": "red"})


class Answers(unittest.TestCase):
    def test_response_headers_are_renamed_and_dropped_as_on_aws(self):
        _, headers, _ = LOCAL.ask("/open")
        self.assertEqual(headers["x-amzn-remapped-www-authenticate"], "Bearer")
        self.assertEqual(headers["x-amzn-remapped-server"], "mine")
        self.assertFalse({"www-authenticate", "expect"} & set(headers))

    def test_a_browser_sends_a_cookie_back_to_its_path(self):
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
        with opener.open(f"{ministack.endpoint(LOCAL.port)}{LOCAL.front}/open"):
            self.assertEqual({cookie.name: cookie.path for cookie in jar}["__Secure-a"], f"{LOCAL.front}/auth")


class StillOtherwise(unittest.TestCase):
    """Remaining differences between AWS and MiniStack. docs/local.md has a row for each. If a test fails because
    MiniStack was fixed, delete its row too."""

    def test_a_repeated_header_is_joined_with_a_comma(self):
        event = LOCAL.event("/open", headers=[("X-A", "1"), ("X-A", "2")])
        self.assertEqual(event["multiValueHeaders"]["x-a"], ["1, 2"])

    def test_header_names_arrive_in_lower_case(self):
        self.assertIn("x-mine", LOCAL.event("/open", headers=[("X-Mine", "1")])["headers"])

    def test_an_encoded_slash_counts_as_a_slash(self):
        self.assertEqual(LOCAL.ask("/things/a%2Fb")[0], 403)

    def test_two_slashes_count_as_one(self):
        self.assertEqual(LOCAL.event("//open")["resource"], "/open")

    def test_no_header_changes_the_method(self):
        override = [("X-HTTP-Method-Override", "GET"), ("Content-Length", "0")]
        self.assertEqual(LOCAL.event("/open", "POST", headers=override)["httpMethod"], "POST")

    def test_unauthorized_is_also_accepted_in_lower_case(self):
        self.assertEqual(LOCAL.ask("/guarded", headers=bearing("unauthorized"))[0], 401)

    def test_a_function_without_permissions_is_called_anyway(self):
        # The authorizer has no permission for API Gateway in the template above.
        self.assertEqual(LOCAL.ask("/guarded", headers=bearing("anybody"))[0], 200)

    def test_no_access_log_is_written(self):
        LOCAL.ask("/open")
        self.assertEqual(LOCAL.client("logs").describe_log_streams(logGroupName="access-lines")["logStreams"], [])

    def test_a_changed_method_applies_before_its_deployment(self):
        gateway = LOCAL.client("apigateway")
        resources = gateway.get_resources(restApiId=LOCAL.api)["items"]
        [resource] = [found["id"] for found in resources if found["path"] == "/open"]
        method = {"restApiId": LOCAL.api, "resourceId": resource, "httpMethod": "PATCH"}
        gateway.put_method(**method, authorizationType="NONE")
        gateway.put_integration(**method, type="MOCK")
        self.addCleanup(gateway.delete_method, **method)
        self.assertEqual(LOCAL.ask("/open", "PATCH")[0], 200)


class Wrapping(unittest.TestCase):
    def test_a_function_with_changed_parameters_is_refused(self):
        def module(**members):
            return types.SimpleNamespace(__name__="module", **members)

        def swap(original):
            return lambda a, b: original(b, a)

        as_it_was = module(known=lambda a, b: a)
        emulated_gateway.wrap(as_it_was, "known", "a b", swap)
        self.assertEqual(as_it_was.known(1, 2), 2)
        with self.assertRaises(AssertionError):
            emulated_gateway.wrap(module(known=lambda a: a), "known", "a b", swap)
        with self.assertRaises(AttributeError):
            emulated_gateway.wrap(module(), "known", "a b", swap)


if __name__ == "__main__":
    unittest.main()

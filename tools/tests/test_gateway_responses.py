"""Tests that every gateway response type of AWS has our response, without text of the gateway or the caller.

The tests check the CloudFormation that template.yaml becomes, because not every type can be triggered.
e2e/tests/it/browsers.rs tests the others on a running API. The list of types is botocore's, so a new type fails here.
"""

import json
import re
import unittest

import botocore.session

from stack.checks.transform import deployed
from test_template import api

# The status of each kind where none is set.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
STATUS = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}
DEFAULTS = {"DEFAULT_4XX", "DEFAULT_5XX"}
# What the gateway says of a path or a method that it does not know: without an Authorization header the first; with one
# it takes the header for a signature of AWS's.
WRONG_ROUTE = ("MISSING_AUTHENTICATION_TOKEN", "INVALID_SIGNATURE", "EXPIRED_TOKEN", "RESOURCE_NOT_FOUND")
# Clients go by these.
CODES = {
    "UNAUTHORIZED": (401, "unauthorized"),
    "ACCESS_DENIED": (403, "forbidden"),
    "INVALID_API_KEY": (403, "invalid_api_key"),
    "WAF_FILTERED": (403, "filtered"),
    "BAD_REQUEST_BODY": (400, "bad_request"),
    "BAD_REQUEST_PARAMETERS": (400, "bad_request"),
    "REQUEST_TOO_LARGE": (413, "payload_too_large"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media_type"),
    "THROTTLED": (429, "throttled"),
    "QUOTA_EXCEEDED": (429, "quota_exceeded"),
    **dict.fromkeys(WRONG_ROUTE, (403, "unknown_route")),
    **dict.fromkeys((kind for kind, status in STATUS.items() if status == 500), (500, "internal_error")),
    **dict.fromkeys((kind for kind, status in STATUS.items() if status == 504), (504, "internal_error")),
}
ID = "0b1c2d3e"


def defined(**parameters):
    return api(deployed(**parameters))["x-amazon-apigateway-gateway-responses"]


def told(kind, **parameters):
    """Status, headers and body of the response of this type, before the gateway replaces variables."""
    errors = defined(**parameters)
    answer = errors.get(kind) or errors[f"DEFAULT_{STATUS[kind] // 100}XX"]
    headers = {
        name.removeprefix("gatewayresponse.header."): value for name, value in answer["responseParameters"].items()
    }
    # The gateway takes the template for application/json where the client's Accept fits none.
    return int(answer.get("statusCode") or STATUS[kind]), headers, answer["responseTemplates"]["application/json"]


def texts():
    return {name: answer["responseTemplates"]["application/json"] for name, answer in defined().items()}


class GatewayResponses(unittest.TestCase):
    def test_the_response_types_are_those_of_aws(self):
        kinds = botocore.session.get_session().get_service_model("apigateway").shape_for("GatewayResponseType").enum
        self.assertEqual(set(kinds), set(STATUS) | DEFAULTS)
        self.assertLessEqual(set(defined()), set(kinds))

    def test_each_response_is_a_problem_with_a_known_code(self):
        for kind in STATUS:
            with self.subTest(kind):
                status, headers, text = told(kind)
                self.assertEqual(headers["Content-Type"], "'application/problem+json'")
                body = json.loads(text.replace("$context.requestId", ID))
                self.assertLessEqual({"type", "title", "detail", "code", "requestId"}, set(body))
                self.assertEqual((status, body["code"]), CODES[kind])
                self.assertIn(body.get("status"), (None, status))
                self.assertEqual(body["requestId"], ID)

    def test_no_text_of_gateway_or_caller_gets_into_a_body(self):
        for name, text in texts().items():
            with self.subTest(name):
                self.assertEqual(re.findall(r"\$[\w.{(!]*", text), ["$context.requestId"])
                # Neither a directive of Velocity nor one that CloudFormation would still fill in.
                self.assertNotRegex(text, r"[#{]\w")

    def test_response_headers_are_fixed_texts(self):
        for name, answer in defined().items():
            for header, value in answer["responseParameters"].items():
                with self.subTest(name, header=header):
                    self.assertTrue(header.startswith("gatewayresponse.header."))
                    self.assertRegex(value, r"^'[^'$\n]*'$")

    def test_a_wrong_route_has_one_response_with_or_without_a_token(self):
        answers = [told(kind) for kind in WRONG_ROUTE]
        self.assertEqual(answers, [answers[0]] * len(WRONG_ROUTE))
        self.assertEqual(json.loads(answers[0][2])["detail"], "The API has no such route.")

    def test_an_unknown_kind_of_refusal_gives_no_details(self):
        # AWS does not write which kind an incomplete signature is, so the answer for everything else has to do as well.
        self.assertEqual(json.loads(texts()["DEFAULT_4XX"])["code"], "request_refused")
        # A status of their own would be that of every kind they stand for.
        for name in DEFAULTS:
            self.assertNotIn("statusCode", defined()[name])
            self.assertNotIn("status", json.loads(texts()[name]))

    def test_throttled_callers_get_retry_after_if_it_is_known(self):
        _, headers, _ = told("THROTTLED")
        self.assertEqual(headers["Retry-After"], "'1'")
        self.assertEqual(headers["Access-Control-Expose-Headers"], "'Retry-After'")
        # A quota lasts a day, and nobody knows how much of it is left.
        self.assertNotIn("Retry-After", told("QUOTA_EXCEEDED")[1])

    def test_pages_of_the_configured_origin_can_read_each_response(self):
        for name, answer in defined(CorsAllowOrigin="https://app.example.com", RefreshCookie="true").items():
            with self.subTest(name):
                headers = answer["responseParameters"]
                origin = headers["gatewayresponse.header.Access-Control-Allow-Origin"]
                self.assertEqual(origin, "'https://app.example.com'")
                self.assertEqual(headers["gatewayresponse.header.Access-Control-Allow-Credentials"], "'true'")


if __name__ == "__main__":
    unittest.main()

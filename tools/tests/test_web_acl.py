"""Tests the web ACL of the stack (operations.webAcl): which requests each rule counts, the response to blocked clients,
and that WAF's own model accepts it.

This file implements the few kinds of statements that the template uses. It does not call WAF;
docs/decisions/0027-managed-web-acl.md says what therefore stays untested.
"""

import json
import posixpath
import re
import unittest
from urllib.parse import unquote

import botocore.session
from botocore.validate import ParamValidator

from api_description import OPERATIONS, PROTECTED, PUBLIC
from stack.checks.transform import deployed, source
from test_template import of_type, properties

ON = {"ManagedWebAcl": "true"}
PLACES = ("/v1", "/prod", "", "/shop", "/shop/v2")
# What a client can write for the same path.
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html
TRANSFORMATIONS = {
    "NONE": lambda text: text,
    "LOWERCASE": str.lower,
    "URL_DECODE": unquote,
    # "..", "." and doubled slashes; the slash at the end stays.
    "NORMALIZE_PATH": lambda text: re.sub("/+", "/", posixpath.normpath(text) + ("/" if text.endswith("/") else "")),
}
POSITIONS = {"CONTAINS": lambda wanted, text: wanted in text, "EXACTLY": lambda wanted, text: wanted == text}


def acl(**parameters):
    return properties(deployed(**ON, **parameters), "AddressLimits")


def rate(name, **parameters):
    """A rule's rate-based statement."""
    [rule] = [rule for rule in acl(**parameters)["Rules"] if rule["Name"] == name]
    return rule["Statement"]["RateBasedStatement"]


def holds(statement, method, path):
    """Whether a request matches a statement."""
    [(kind, inner)] = statement.items()
    if kind == "AndStatement":
        return all(holds(part, method, path) for part in inner["Statements"])
    if kind == "NotStatement":
        return not holds(inner["Statement"], method, path)
    assert kind == "ByteMatchStatement", kind
    [field] = inner["FieldToMatch"]
    text = {"Method": method, "UriPath": path}[field]
    for step in sorted(inner["TextTransformations"], key=lambda step: step["Priority"]):
        text = TRANSFORMATIONS[step["Type"]](text)
    return POSITIONS[inner["PositionalConstraint"]](inner["SearchString"], text)


def counted(method, path):
    return holds(rate("auth")["ScopeDownStatement"], method, path)


class Scope(unittest.TestCase):
    def test_the_strict_rule_counts_every_public_post_route(self):
        posts = {path for method, path in PUBLIC if method == "post"}
        self.assertIn("/auth/signin", posts)
        for path in posts:
            for place in PLACES:
                self.assertTrue(counted("POST", place + path), place + path)

    def test_other_spellings_of_a_path_do_not_evade_the_rule(self):
        for path in (
            "/v1/AUTH/signin",
            "/v1/Auth/SignIn",
            "/v1/%61uth/signin",
            "/v1/auth%2Fsignin",
            "/v1/auth%2fsignin",
            "/v1%2Fauth%2Fsignin",
            "/v1//auth//signin",
            "/v1/./auth/./signin",
            "/v1/x/../auth/signin",
            "/v1/auth/signin/",
            "/v1/%41UTH/signin",
            "//auth/signin",
            "/v1/%2e%2e/v1/auth/signin",
        ):
            self.assertTrue(counted("POST", path), path)

    def test_the_strict_rule_counts_no_other_route(self):
        others = PROTECTED | {(method, path) for method, path in PUBLIC if method == "get"}
        for method, path in others:
            for place in PLACES:
                self.assertFalse(counted(method.upper(), place + path), path)
        for path in (
            "/v1/authx/signin",
            "/v1/auth",
            "/v1/xauth/signin",
            "/v1/orders/auth",
            "/v1/auth.html",
            "/v1/auth/../orders",
        ):
            self.assertFalse(counted("GET", path), path)

    def test_the_strict_rule_counts_every_method_but_preflights(self):
        self.assertFalse(counted("OPTIONS", "/v1/auth/signin"))
        for method in ("POST", "GET", "HEAD", "PUT", "options"):
            self.assertTrue(counted(method, "/v1/auth/signin"), method)

    def test_the_general_rule_counts_everything(self):
        self.assertNotIn("ScopeDownStatement", rate("everything"))

    def test_the_path_segment_counts_at_any_position(self):
        # No route has one further back. Who adds one gets the tight limit there: a hole would be worse.
        self.assertTrue(counted("GET", "/v1/orders/auth/1"))
        paths = {path for _, path in OPERATIONS}
        self.assertFalse([path for path in paths if "/auth/" in path[1:]])


class Limits(unittest.TestCase):
    def test_limits_are_as_configured_for_an_address_and_minute(self):
        given = {"AuthAddressLimit": "12", "AddressLimit": "34"}
        for name, limit in (("auth", "12"), ("everything", "34")):
            found = rate(name, **given)
            self.assertEqual(
                (found["Limit"], found["AggregateKeyType"], found["EvaluationWindowSec"]), (limit, "IP", 60)
            )

    def test_by_default_an_address_gets_a_tenth_of_the_stages_limit(self):
        declared = source()["Parameters"]
        for limit, throttle in (
            ("AuthAddressLimit", "AuthThrottleRatePerSecond"),
            ("AddressLimit", "ThrottleRatePerSecond"),
        ):
            self.assertEqual(declared[limit]["Default"] * 10, declared[throttle]["Default"] * 60)

    def test_the_strict_rule_comes_before_the_general_one(self):
        priorities = {rule["Name"]: rule["Priority"] for rule in acl()["Rules"]}
        self.assertLess(priorities["auth"], priorities["everything"])


class Answer(unittest.TestCase):
    def answers(self, **parameters):
        """Status, headers and body of each rule's response."""
        made = acl(**parameters)
        self.assertEqual(made["DefaultAction"], {"Allow": {}})
        for rule in made["Rules"]:
            answer = rule["Action"]["Block"]["CustomResponse"]
            headers = {header["Name"]: header["Value"] for header in answer["ResponseHeaders"]}
            self.assertEqual(len(headers), len(answer["ResponseHeaders"]), "WAF takes each name once")
            yield answer["ResponseCode"], headers, made["CustomResponseBodies"][answer["CustomResponseBodyKey"]]

    def test_the_response_is_the_gateways_problem_for_throttling(self):
        gateway = source()["Resources"]["Api"]["Properties"]["GatewayResponses"]["THROTTLED"]
        wanted = json.loads(gateway["ResponseTemplates"]["application/json"])
        for status, headers, body in self.answers():
            told = json.loads(body["Content"])
            self.assertEqual((status, told["status"], told["code"]), (429, wanted["status"], wanted["code"]))
            # WAF knows no id of the request.
            self.assertEqual(set(told), set(wanted) - {"requestId"})
            self.assertEqual(headers["Retry-After"], str(rate("auth")["EvaluationWindowSec"]))

    def test_pages_of_the_configured_origin_can_read_the_response(self):
        for cookie in ("true", "false"):
            for _, headers, _ in self.answers(CorsAllowOrigin="https://app.example.com", RefreshCookie=cookie):
                self.assertEqual(headers["Access-Control-Allow-Origin"], "https://app.example.com")
                self.assertEqual(headers["Access-Control-Allow-Credentials"], cookie)
                self.assertEqual(headers["Access-Control-Expose-Headers"], "Retry-After")

    def test_waf_sets_the_content_type_itself(self):
        for _, headers, body in self.answers():
            self.assertNotIn("content-type", {name.lower() for name in headers})
            self.assertEqual(body["ContentType"], "APPLICATION_JSON")


class Secrets(unittest.TestCase):
    def test_requests_are_not_sampled_because_they_have_tokens(self):
        made = acl()
        for part in (made, *made["Rules"]):
            self.assertIs(part["VisibilityConfig"]["SampledRequestsEnabled"], False)


class Model(unittest.TestCase):
    """WAF's API, by botocore's model."""

    def setUp(self):
        self.model = botocore.session.get_session().get_service_model("wafv2")

    def request(self):
        """CloudFormation's request to WAF."""
        made = json.loads(json.dumps(acl()))
        made["Name"] = made["VisibilityConfig"]["MetricName"] = "gatehouse-addresses"
        for rule in made["Rules"]:
            statement = rule["Statement"]["RateBasedStatement"]
            statement["Limit"] = int(statement["Limit"])
        return made

    def test_the_waf_model_accepts_the_acl(self):
        shape = self.model.operation_model("CreateWebACL").input_shape
        report = ParamValidator().validate(self.request(), shape)
        self.assertFalse(report.has_errors(), report.generate_report())

    def test_the_parameters_allow_the_lowest_limit_of_waf(self):
        least = self.model.shape_for("RateLimit").metadata["min"]
        for name in ("AddressLimit", "AuthAddressLimit"):
            self.assertEqual(source()["Parameters"][name]["MinValue"], least)

    def test_the_evaluation_window_is_one_of_wafs(self):
        told = self.model.shape_for("RateBasedStatement").members["EvaluationWindowSec"].documentation
        windows = re.findall(r"\d+", re.search(r"Valid settings are ([\d, and]+)", told)[1])
        self.assertEqual(windows, ["60", "120", "300", "600"])
        for name in ("auth", "everything"):
            self.assertIn(str(rate(name)["EvaluationWindowSec"]), windows)

    def test_names_and_headers_have_wafs_form(self):
        made = self.request()
        names = [made["Name"], *made["CustomResponseBodies"], *(rule["Name"] for rule in made["Rules"])]
        for name in names:
            self.assertRegex(name, self.model.shape_for("EntityName").metadata["pattern"])
        header = self.model.shape_for("CustomHTTPHeader").members
        for rule in made["Rules"]:
            for given in rule["Action"]["Block"]["CustomResponse"]["ResponseHeaders"]:
                for part, shape in header.items():
                    self.assertRegex(given[part], shape.metadata["pattern"])
                    self.assertLessEqual(len(given[part]), shape.metadata["max"])


class Stack(unittest.TestCase):
    def test_the_web_acl_is_made_only_if_configured(self):
        theirs = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b-c"
        for parameters in ({}, {"WebAclArn": theirs}):
            self.assertEqual(of_type(deployed(**parameters), "AWS::WAFv2::WebACL"), {})
        self.assertEqual(list(of_type(deployed(**ON), "AWS::WAFv2::WebACL")), ["AddressLimits"])

    def test_the_web_acl_protects_the_stage(self):
        [(_, association)] = of_type(deployed(**ON), "AWS::WAFv2::WebACLAssociation").items()
        self.assertEqual(association["Properties"]["WebACLArn"], {"Fn::GetAtt": ["AddressLimits", "Arn"]})

    def test_the_managed_acl_and_a_named_one_exclude_each_other(self):
        theirs = {"WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b-c"}
        for parameters, kept in (({}, True), (ON, True), (theirs, True), ({**ON, **theirs}, False)):
            [check] = deployed(**parameters).rules["OneWebAclStandsBeforeTheApi"]["Assertions"]
            self.assertIs(check["Assert"], kept)

    def test_the_dashboard_shows_blocks_only_with_a_web_acl(self):
        self.assertNotIn("WAFV2", json.dumps(deployed().resources["Dashboard"]))
        told = json.dumps(deployed(**ON).resources["Dashboard"])
        for name in ("AWS/WAFV2", "BlockedRequests", "-addresses"):
            self.assertIn(name, told)


if __name__ == "__main__":
    unittest.main()

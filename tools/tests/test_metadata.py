"""Tests the API's protected resource metadata (RFC 9728): the document, who may read it, and the challenge with its
URL.

As in test_template.py, the tests check the CloudFormation that template.yaml becomes. e2e/tests/it/browsers.rs tests a
running API.
"""

import copy
import json
import re
import unittest

from stack.checks.transform import EXISTING, deployed, source
from test_template import api, of_type

PATH = "/.well-known/oauth-protected-resource"
DOMAIN = {
    "DomainName": "api.example.com",
    "DomainCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a-b",
}
ON = {"ResourceMetadata": "true"}
# Everything that only matters when it is on.
DETAILS = {"ApiId": "abc123", "MetadataIssuers": '"https://a.example/"', "MetadataScopes": '"orders/read"'}
HERE = ".execute-api.${AWS::Region}.${AWS::URLSuffix}/v1"


def template(**parameters):
    integration = api(deployed(**ON, **parameters))["paths"][PATH]["get"]["x-amazon-apigateway-integration"]
    [answer] = integration["responses"].values()
    [text] = answer["responseTemplates"].values()
    return text


def document(**parameters):
    return json.loads(template(**parameters))


def challenge(error="UNAUTHORIZED", **parameters):
    responses = api(deployed(**parameters))["x-amazon-apigateway-gateway-responses"]
    return responses[error]["responseParameters"]["gatewayresponse.header.WWW-Authenticate"]


class Document(unittest.TestCase):
    def test_the_document_names_the_api_and_its_issuers(self):
        self.assertEqual(
            document(**DETAILS, ServiceName="harbour"),
            {
                "resource": "https://${!context.apiId}" + HERE,
                "authorization_servers": [
                    "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${UserPool}",
                    "https://a.example/",
                ],
                "scopes_supported": ["orders/read"],
                "bearer_methods_supported": ["header"],
                "resource_name": "harbour",
            },
        )

    def test_the_apis_address_is_its_domain(self):
        self.assertEqual(document(**DOMAIN)["resource"], "https://api.example.com")
        self.assertEqual(document(**DOMAIN, BasePath="shop")["resource"], "https://api.example.com/shop")

    def test_a_pool_in_another_region_has_its_own_region(self):
        [issuer] = document(**EXISTING)["authorization_servers"]
        self.assertEqual(issuer, "https://cognito-idp.eu-west-1.${AWS::URLSuffix}/eu-west-1_Abc123")

    def test_an_empty_list_is_left_out(self):
        self.assertNotIn("scopes_supported", document())
        self.assertEqual(len(document()["authorization_servers"]), 1)

    def test_issuers_and_scopes_are_independent(self):
        with_issuers, with_scopes = document(MetadataIssuers='"https://a.example"'), document(MetadataScopes='"a"')
        self.assertEqual(with_issuers["authorization_servers"][1:], ["https://a.example"])
        self.assertNotIn("scopes_supported", with_issuers)
        self.assertEqual(with_scopes["scopes_supported"], ["a"])
        self.assertEqual(len(with_scopes["authorization_servers"]), 1)

    def test_several_issuers_and_scopes_are_all_named(self):
        found = document(MetadataIssuers='"https://a.example","https://b.example"', MetadataScopes='"a","b\\u0022"')
        self.assertEqual(found["authorization_servers"][1:], ["https://a.example", "https://b.example"])
        self.assertEqual(found["scopes_supported"], ["a", 'b"'])

    def test_it_has_only_the_api_id_as_a_variable(self):
        text = template(**DETAILS)
        of_cloudformation = re.sub(r"\$\{(AWS::\w+|UserPool)\}", "", text)
        self.assertEqual(re.findall(r"\$[^\s\"]*?\}|#", of_cloudformation), ["${!context.apiId}"])
        self.assertEqual(of_cloudformation.count("$"), 1)


class Route(unittest.TestCase):
    def operations(self, **parameters):
        return api(deployed(**ON, **parameters))["paths"][PATH]

    def test_no_function_serves_it(self):
        for method, operation in self.operations().items():
            self.assertEqual(operation["x-amazon-apigateway-integration"]["type"], "mock", method)
        self.assertEqual(set(self.operations()), {"get", "options"})

    def test_it_needs_neither_a_token_nor_an_api_key(self):
        for key in ("", "true"):
            for method, operation in self.operations(ApiKeyRequired=key).items():
                with self.subTest(method, key=key):
                    asked = {name for entry in operation.get("security", []) for name in entry}
                    # A name that the definition does not explain asks for nothing.
                    self.assertFalse(asked & {"Gate", "api_key"})

    def test_every_page_may_read_it_with_any_headers(self):
        for method, operation in self.operations(CorsAllowOrigin="none").items():
            [answer] = operation["x-amazon-apigateway-integration"]["responses"].values()
            for header, value in (("Allow-Origin", "'*'"), ("Allow-Headers", "'*'")):
                name = f"Access-Control-{header}"
                self.assertEqual(answer["responseParameters"][f"method.response.header.{name}"], value, method)
            declared = operation["responses"]["200"]["headers"]
            mapped = {name.removeprefix("method.response.header.") for name in answer["responseParameters"]}
            self.assertEqual(set(declared), mapped, "the gateway sends no header that is not declared")

    def test_a_request_body_does_not_cause_an_error(self):
        integration = self.operations()["get"]["x-amazon-apigateway-integration"]
        self.assertEqual(integration["passthroughBehavior"], "never")


class Challenge(unittest.TestCase):
    def test_the_challenge_also_names_the_document(self):
        named = f'resource_metadata="https://abc123{HERE}{PATH}"'
        self.assertEqual(challenge(**ON, **DETAILS), f"'Bearer realm=\"gatehouse\", {named}'")
        wanted = f"'Bearer realm=\"gatehouse\", error=\"insufficient_scope\", {named}'"
        self.assertEqual(challenge("ACCESS_DENIED", **ON, **DETAILS), wanted)

    def test_challenge_and_document_have_the_same_address(self):
        for parameters in (DETAILS, {**DETAILS, **DOMAIN}, DOMAIN, {**DOMAIN, "BasePath": "shop"}):
            with self.subTest(parameters):
                resource = document(**parameters)["resource"].replace("${!context.apiId}", "abc123")
                self.assertIn(f'resource_metadata="{resource}{PATH}"', challenge(**ON, **parameters))

    def test_before_the_api_has_an_address_it_is_left_out(self):
        self.assertEqual(challenge(**ON), "'Bearer realm=\"gatehouse\"'")

    def test_the_challenge_is_one_quoted_text(self):
        for error in ("UNAUTHORIZED", "ACCESS_DENIED"):
            for parameters in ({}, {**ON, **DETAILS}, {**ON, **DOMAIN}):
                self.assertRegex(challenge(error, **parameters), r"^'Bearer [^'\n]+'$")


class Deployed(unittest.TestCase):
    def test_turned_off_it_leaves_the_api_unchanged(self):
        self.assertEqual(api(deployed(**DETAILS)), api(deployed()))
        self.assertNotIn(PATH, api(deployed())["paths"])
        self.assertNotIn("resource_metadata", json.dumps(api(deployed())))
        self.assertEqual(
            set(of_type(deployed(**ON), "AWS::Lambda::Function")), set(of_type(deployed(), "AWS::Lambda::Function"))
        )

    def test_the_api_has_no_circular_reference(self):
        # CloudFormation refuses a circle; the transform alone does not see it.
        resources = copy.deepcopy(deployed(**ON, **DETAILS).resources)
        names = set(resources)

        def referred(name):
            text = json.dumps(resources[name])
            found = re.findall(r'\$\{(\w+)[.}]|"Ref": "(\w+)"|"Fn::GetAtt": \["(\w+)"', text)
            after = resources[name].get("DependsOn", [])
            return (
                {part for parts in found for part in parts} | set([after] if isinstance(after, str) else after)
            ) & names

        reached, todo = set(), referred("Api")
        self.assertIn("UserPool", todo)
        while todo:
            name = todo.pop()
            reached.add(name)
            todo |= referred(name) - reached
        self.assertNotIn("Api", reached)


class Values(unittest.TestCase):
    """The allowed values of config.json. `gatehouse config parameters` escapes all others."""

    def accepts(self, value):
        declared = source()["Parameters"]
        patterns = {declared[name]["AllowedPattern"] for name in ("MetadataIssuers", "MetadataScopes")}
        self.assertEqual(len(patterns), 1)
        return re.fullmatch(patterns.pop(), value) is not None

    def test_json_texts_are_accepted(self):
        for good in (
            "",
            '"a"',
            '"https://a.example:8443/x_y~z/","orders/read"',
            r'"\u0024\u00fc\ud83d\ude00"',
            '"a@b=c+d-e"',
        ):
            self.assertTrue(self.accepts(good), good)

    def test_no_value_can_end_a_quote_or_begin_a_variable(self):
        for bad in (
            "a",
            '"a',
            '""',
            '"a",',
            ',"a"',
            '"a""b"',
            '"a" ,"b"',
            '"a"]',
            r'"a\"',
            r'"\n"',
            r'"\u00"',
            '"$x"',
            '"#set"',
            '"a b"',
            '"{{resolve:ssm:x}}"',
            '"\'"',
            '"a"\n',
        ):
            self.assertFalse(self.accepts(bad), bad)

    def test_the_api_id_is_part_of_a_host_name(self):
        pattern = source()["Parameters"]["ApiId"]["AllowedPattern"]
        self.assertIsNotNone(re.fullmatch(pattern, "ab12cd34ef"))
        for bad in ("a.b", "a/b", "a'", 'a"', "A"):
            self.assertIsNone(re.fullmatch(pattern, bad), bad)


if __name__ == "__main__":
    unittest.main()

"""Tests what `sam local start-api` makes of template.yaml, as far as that shows without a container engine.

sam reads the template itself, not through the transform, and drops what it does not support. The tests use internals of
sam, so its version is pinned.
"""

import json
import logging
import re
import unittest
from pathlib import Path

import samcli
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.local.apigw.authorizers.lambda_authorizer import LambdaAuthorizer
from samcli.local.lambdafn.env_vars import EnvironmentVariables

from api_description import PUBLIC
from stack.checks.transform import deployed
from stack.root import ROOT
from test_template import WITH_COOKIE, operations

logging.getLogger("samcli").setLevel(logging.CRITICAL)

# With every function that there can be: sam reads a function whatever its condition says.
SENTRY = {"Sentry": "true", "SentryDsn": "https://0123456789abcdef@o1.ingest.sentry.io/42"}
# It calls nothing of AWS, so it is led nowhere.
CALLS_NO_AWS = {"ReporterFunction"}
# Names of Cognito's, which look like those of variables.
COGNITOS = {"DEVICE_KEY", "MFA_SETUP", "MFAS_CAN_SETUP", "SRP_A"}
ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami"


class StartApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        overrides = {"Architecture": "x86_64", "AWS::Region": "us-east-1"}
        stacks, _ = SamLocalStackProvider.get_stacks(str(ROOT / "template.yaml"), parameter_overrides=overrides)
        cls.functions = list(SamFunctionProvider(stacks).get_all())
        cls.routes = {
            (method.lower(), route.path): route
            for route in ApiProvider(stacks, cwd=str(ROOT)).routes
            for method in route.methods
        }

    def test_only_protected_routes_use_the_authorizer(self):
        wanted = {(method, path) for method, path, _ in operations(deployed()) if method != "options"}
        self.assertEqual({route for route in self.routes if route[0] != "options"}, wanted)
        for route in wanted:
            with self.subTest(route):
                authorizer = self.routes[route].authorizer_object
                found = authorizer and authorizer.lambda_name
                self.assertEqual(found, None if route in PUBLIC else "AuthorizerFunction")

    def test_each_route_has_the_same_function_as_on_aws(self):
        for method, path, operation in operations(deployed()):
            if method == "options" and path not in WITH_COOKIE:
                continue
            with self.subTest(f"{method} {path}"):
                uri = str(operation["x-amazon-apigateway-integration"]["uri"])
                self.assertIn(f"{{{self.routes[method, path].function_name}Aliaslive}}", uri)

    def test_sam_passes_each_variable_of_a_function(self):
        deployed_with = {
            name: set(resource["Properties"]["Environment"]["Variables"])
            for name, resource in deployed(**SENTRY).resources.items()
            if resource["Type"] == "AWS::Lambda::Function"
        }
        self.assertEqual({function.name for function in self.functions}, set(deployed_with))
        for function in self.functions:
            endpoint = set() if function.name in CALLS_NO_AWS else {"AWS_ENDPOINT_URL"}
            wanted = dict.fromkeys(deployed_with[function.name] | endpoint, "here")
            self.assertEqual(wanted.items() - self.resolved(function, wanted).items(), set(), function.name)

    def test_each_variable_that_programs_read_is_in_the_template(self):
        declared = {name for function in self.functions for name in function.environment["Variables"]}
        self.assertIn("TABLE_NAME", read_by_programs())
        # The one is for tests and other deployments, the others come from Lambda.
        own = {name for name in read_by_programs() - {"CONFIG_FILE"} - COGNITOS if not name.startswith("AWS_")}
        self.assertEqual(own - declared, set())

    def resolved(self, function, given):
        """The variables that sam passes to a function, with these in the file of `--env-vars`."""
        declared = function.environment["Variables"]
        return EnvironmentVariables(
            function.name, 256, 10, "bootstrap", {}, variables=declared, override_values=given
        ).resolve()

    def test_an_unset_endpoint_is_empty_locally_and_absent_on_aws(self):
        for function in self.functions:
            endpoint = None if function.name in CALLS_NO_AWS else ""
            self.assertEqual(self.resolved(function, {}).get("AWS_ENDPOINT_URL"), endpoint)
        for function in deployed().resources.values():
            if function["Type"] == "AWS::Lambda::Function":
                self.assertNotIn("AWS_ENDPOINT_URL", function["Properties"]["Environment"]["Variables"])


class Differences(unittest.TestCase):
    """The differences of sam in docs/local.md that show without an engine. If sam is fixed, delete the row too."""

    def gate(self):
        return LambdaAuthorizer("Gate", "token", "AuthorizerFunction", ["method.request.header.Authorization"], "1.0")

    def answer(self, *effects, **context):
        statements = [{"Effect": effect, "Action": "execute-api:Invoke", "Resource": ARN} for effect in effects]
        policy = {"Version": "2012-10-17", "Statement": statements}
        return json.dumps({"principalId": "somebody", "policyDocument": policy, "context": context})

    def test_a_deny_beside_an_allow_is_ignored(self):
        self.assertFalse(self.gate().is_valid_response(self.answer("Deny"), ARN))
        self.assertTrue(self.gate().is_valid_response(self.answer("Deny", "Allow"), ARN))

    def test_the_context_keeps_its_types(self):
        context = self.gate().get_context(self.answer("Allow", number=1, truth=True))
        self.assertEqual((context["number"], context["truth"]), (1, True))

    def test_sam_ignores_limits_keys_logs_traces_and_roles(self):
        package = Path(samcli.__file__).parent
        source = "".join(
            file.read_text(encoding="utf-8")
            for folder in ("local", "commands/local", "lib/providers")
            for file in sorted((package / folder).rglob("*.py"))
        )
        self.assertIn("Environment", source)
        for name in ("ThrottlingRateLimit", "MethodSettings", "ApiKeyRequired", "AccessLogSetting", "TracingEnabled",
                     "GatewayResponses", "AssumeRole"):
            self.assertNotIn(name, source)


def read_by_programs():
    """The environment variables that the programs read, each from a constant."""
    named = re.compile(r'const \w+: &str = "([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)";')
    folders = (ROOT / "authorizer", *(ROOT / "crates").iterdir(), *(ROOT / "services").iterdir())
    files = [file for folder in folders for file in (folder / "src").rglob("*.rs")]
    return {name for file in files for name in named.findall(file.read_text(encoding="utf-8"))}


if __name__ == "__main__":
    unittest.main()

"""What `sam local start-api` makes of template.yaml, as far as it shows without a container engine.

sam reads the template by itself there and not through the transform, and drops what it does not follow. It names inner
parts of sam, whose version is pinned.
"""

import logging
import re
import unittest

from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.local.lambdafn.env_vars import EnvironmentVariables
from test_template import PUBLIC, ROOT, WITH_COOKIE, deployed, operations

logging.getLogger("samcli").setLevel(logging.CRITICAL)


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

    def test_every_guarded_route_is_behind_the_authorizers_function_and_no_public_one_is(self):
        wanted = {(method, path) for method, path, _ in operations(deployed()) if method != "options"}
        self.assertEqual({route for route in self.routes if route[0] != "options"}, wanted)
        for route in wanted:
            with self.subTest(route):
                authorizer = self.routes[route].authorizer_object
                found = authorizer and authorizer.lambda_name
                self.assertEqual(found, None if route in PUBLIC else "AuthorizerFunction")

    def test_each_route_is_served_by_the_function_that_serves_it_on_aws(self):
        for method, path, operation in operations(deployed()):
            if method == "options" and path not in WITH_COOKIE:
                continue
            with self.subTest(f"{method} {path}"):
                uri = str(operation["x-amazon-apigateway-integration"]["uri"])
                self.assertIn(f"{{{self.routes[method, path].function_name}Aliaslive}}", uri)

    def test_each_variable_of_the_env_file_is_handed_over(self):
        text = (ROOT / "docs" / "local.md").read_text(encoding="utf-8")
        file = re.search(r"start-api\.json <<END\n(.*?)\nEND\n", text, re.DOTALL)[1]
        names = re.findall(r'^    "(\w+)":', file, re.MULTILINE)
        self.assertIn("AWS_ENDPOINT_URL", names)
        handed_over = set()
        for function in self.functions:
            declared = function.environment["Variables"]
            values = EnvironmentVariables(
                function.name, 256, 10, "bootstrap", {}, variables=declared, override_values=dict.fromkeys(names, "here")
            ).resolve()
            handed_over |= {name for name in names if values.get(name) == "here"}
            self.assertEqual(values["AWS_ENDPOINT_URL"], "here", function.name)
        self.assertEqual(handed_over, set(names))

    def test_an_endpoint_that_nobody_names_is_empty_here_and_absent_on_aws(self):
        for function in self.functions:
            declared = function.environment["Variables"]
            plain = EnvironmentVariables(function.name, 256, 10, "bootstrap", {}, variables=declared).resolve()
            self.assertEqual(plain["AWS_ENDPOINT_URL"], "")
        for function in deployed().resources.values():
            if function["Type"] == "AWS::Lambda::Function":
                self.assertNotIn("AWS_ENDPOINT_URL", function["Properties"]["Environment"]["Variables"])


if __name__ == "__main__":
    unittest.main()

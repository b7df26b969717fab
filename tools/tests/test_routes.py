"""Tests that openapi.json, the events of template.yaml and the tables of the guide have the same routes."""

import re
import unittest

from api_description import OPERATIONS, PROTECTED, PUBLIC, parameters, tagged
from stack.checks.transform import deployed, source
from stack.root import ROOT
from test_template import WITH_COOKIE, operations, served_by

# The functions behind the API, by what the gateway may ask of them.
FUNCTIONS = {
    name: resource["Properties"]["CodeUri"]
    for name, resource in source()["Resources"].items()
    if any(event["Type"] == "Api" for event in resource.get("Properties", {}).get("Events", {}).values())
}
# The attribute of a handler, which is where a service names its route.
HANDLER = re.compile(r'#\[utoipa::path\(\s*(\w+),\s*path = "([^"]+)"')
# `POST /orders` or `GET /orders?limit&cursor`, in the first column of a table with the heading "route".
ROUTE = re.compile(r"`([A-Z]+) (/[^`?]*)(?:\?([^`]*))?`")


def handled(folder):
    """The routes that have a handler in the sources of a service."""
    files = sorted((ROOT / folder / "src").rglob("*.rs"))
    return {route for file in files for route in HANDLER.findall(file.read_text(encoding="utf-8"))}


def event(route):
    """The event that a route needs below its function in template.yaml, to paste."""
    name = OPERATIONS[route]["operationId"].title().replace("_", "")
    (method, path), public = route, ", Auth: { Authorizer: NONE }" if route in PUBLIC else ""
    properties = f'{{ RestApiId: !Ref Api, Method: {method}, Path: "{path}"{public} }}'
    return f"        {name}:\n          Type: Api\n          Properties: {properties}\n"


def rows():
    """Every route in such a table, with its query and its page."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        heading = ""
        for line in page.read_text(encoding="utf-8").splitlines():
            if not line.startswith("|"):
                heading = ""
                continue
            heading = heading or line
            if heading.startswith("| route |"):
                for method, path, query in ROUTE.findall(line.split(" | ")[0]):
                    yield (method.lower(), path), set(filter(None, query.split("&"))), page.name


class Gateway(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = deployed()

    def test_the_gateway_has_exactly_the_routes_of_openapi_json(self):
        served = {(method, path) for method, path, _ in operations(self.stack) if method != "options"}
        missing = "".join(map(event, sorted(OPERATIONS.keys() - served)))
        if missing:
            self.fail(f"template.yaml has no events for these:\n{missing}")
        self.assertEqual(served - OPERATIONS.keys(), set(), "openapi.json does not describe what template.yaml has")

    def test_each_function_serves_exactly_its_sources_routes(self):
        for function, folder in FUNCTIONS.items():
            with self.subTest(function):
                preflights = {("options", path) for path in WITH_COOKIE} if function == "AuthFunction" else set()
                self.assertEqual(served_by(self.stack, function), handled(folder) | preflights)

    def test_all_sources_together_have_openapi_jsons_routes(self):
        found = [route for folder in FUNCTIONS.values() for route in handled(folder)]
        self.assertCountEqual(found, OPERATIONS)

    def test_the_gateway_requires_tokens_as_openapi_json_says(self):
        for method, path, operation in operations(self.stack):
            if method != "options":
                with self.subTest(f"{method} {path}"):
                    wanted = [{"NONE": []}] if (method, path) in PUBLIC else [{"Gate": []}]
                    self.assertEqual(operation.get("security"), wanted)

    def test_public_routes_are_below_auth_or_about_the_api(self):
        others = {(method, path) for method, path in PUBLIC if not path.startswith("/auth/")}
        self.assertEqual(others, {("get", "/health"), ("get", "/openapi.json")})
        self.assertEqual({method for method, path in PUBLIC if path.startswith("/auth/")}, {"post"})
        self.assertFalse([path for _, path in PROTECTED if path.startswith("/auth/")])


class Guide(unittest.TestCase):
    def test_the_guides_tables_have_every_route_once(self):
        self.assertEqual(sorted(route for route, _, _ in rows()), sorted(OPERATIONS))

    def test_a_query_in_a_table_has_all_parameters(self):
        for route, query, page in rows():
            if query:
                with self.subTest(route, page=page):
                    self.assertEqual(query, parameters(OPERATIONS[route], "query"))

    def test_a_required_header_is_in_its_table(self):
        lines = (ROOT / "docs/guide/orders.md").read_text(encoding="utf-8").splitlines()
        for method, path in tagged("orders", "admin"):
            with self.subTest(f"{method} {path}"):
                [line] = [line for line in lines if re.match(rf"\| `{method.upper()} {re.escape(path)}[?`]", line)]
                needs = "If-Match" in parameters(OPERATIONS[method, path], "header")
                self.assertEqual("needs `If-Match`" in line, needs)


if __name__ == "__main__":
    unittest.main()

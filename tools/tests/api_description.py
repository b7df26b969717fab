"""The routes of openapi.json, for tests that compare other files with them.

A route is (method, path), as in the gateway. openapi.json is generated from the services' own lists, so neither this
file nor the tests must list the routes again."""

import json

from stack.root import ROOT

DOCUMENT = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {
    (method, path): operation for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
}
# Those that need no token, and those that do.
PUBLIC = {route for route, operation in OPERATIONS.items() if not operation["security"]}
PROTECTED = OPERATIONS.keys() - PUBLIC


def tagged(*tags: str) -> set[tuple[str, str]]:
    """The routes that have one of these tags."""
    return {route for route, operation in OPERATIONS.items() if set(tags) & set(operation["tags"])}


def parameters(operation: dict, place: str) -> set[str]:
    """The names of an operation's parameters in `query`, `header` or `path`."""
    return {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == place}

"""Tests which routes scripts/smoke requests and as which callers, for several configurations. A few lines stand in for
the gate. The last class builds gatehouse and tests that `gatehouse policy` accepts the same options."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from stack.aws import probe
from stack.aws.probe import Caller, Question, Route
from stack.root import ROOT

TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
SAMPLE = json.loads((ROOT / "config.json").read_text(encoding="utf-8"))

WHOAMI, PING, ORDERS = Route("GET", "/whoami"), Route("GET", "/admin/ping"), Route("GET", "/orders")
REPORTS = Route("GET", "/reports/orders")


def meets(rule, caller):
    """The part of the gate that these rules need."""
    groups, scopes = rule.get("groups", {}), rule.get("scopes", {})
    held = {caller.scope} if caller.is_program else {probe.SIGNED_IN} if caller.kind == "access" else set()
    return (
        "issuers" not in rule
        and caller.kind in rule.get("tokenUse", ["access", "id"])
        and all(
            set(condition.get("allOf", [])) <= own for condition, own in ((groups, set(caller.groups)), (scopes, held))
        )
        and all(
            "anyOf" not in condition or set(condition["anyOf"]) & own
            for condition, own in ((groups, set(caller.groups)), (scopes, held))
        )
    )


def config(*rules, token_use=("access",), **pool):
    pool = {"id": None, "groups": ["admins", "staff"], "resourceServer": SAMPLE["userPool"]["resourceServer"], **pool}
    return {"userPool": pool, "authorizer": {"tokenUse": list(token_use), "rules": list(rules)}}


def rule(*routes, **conditions):
    return {"routes": list(routes), **conditions}


def plan(given, template=TEMPLATE, **named):
    def granted(caller):
        return [route for rule in given["authorizer"]["rules"] if meets(rule, caller) for route in rule["routes"]]

    people = probe.callers(given, has_program=probe.makes_program(given))
    return probe.choose(given, probe.protected_routes(template), people, granted, **named)


class Routes(unittest.TestCase):
    def test_the_routes_are_those_that_sam_puts_behind_the_gate(self):
        from stack.checks.transform import deployed
        from test_template import api

        guarded = {
            path
            for path, methods in api(deployed())["paths"].items()
            if methods.get("get", {}).get("security") == [{"Gate": []}]
        }
        concrete = {path.replace("{id}", "smoke") for path in guarded}
        self.assertEqual({route.path for route in probe.protected_routes(TEMPLATE)}, concrete)
        self.assertIn("/orders/smoke", concrete)

    def test_every_notation_of_an_event_is_read(self):
        template = """
      Events:
        Read:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Method: GET
            Path: /parcels/{id}
        All:
          Type: Api   # of the sample
          Properties: { RestApiId: !Ref Api, Method: any, Path: '/things/{proxy+}' }
        Open:
          Type: Api
          Properties:
            Path: /open
            Method: get
            Auth:
              Authorizer: NONE
        Write:
          Type: Api
          Properties: { RestApiId: !Ref Api, Method: post, Path: /parcels }
        Queue:
          Type: SQS
          Properties: { Path: /no, Method: get }
"""
        found = [route.path for route in probe.protected_routes(template)]
        self.assertEqual(found, ["/parcels/smoke", "/things/smoke"])

    def test_a_rules_route_covers_what_the_gate_says(self):
        for written, path, yes in (
            ("GET /orders", "/orders", True),
            ("GET /orders", "/orders/1", False),
            ("* /orders/*", "/orders/1/2", True),
            ("* /orders/*", "/orders", False),
            ("GET /*", "/orders", True),
            ("POST /orders", "/orders", False),
            ("$connect", "/orders", False),
        ):
            self.assertEqual(probe.covers(written, Route("GET", path)), yes, written)


class Plans(unittest.TestCase):
    def asked(self, found, *, as_caller=None):
        for question in (found.open, found.closed):
            if question and as_caller:
                self.assertEqual(question.caller, as_caller)
        return [str(question.route) if question else None for question in (found.open, found.closed)]

    def test_the_samples_rules_give_the_known_plan(self):
        found = plan(SAMPLE)
        self.assertEqual(self.asked(found, as_caller=Caller()), ["GET /whoami", "GET /admin/ping"])
        self.assertEqual((found.unauthenticated, found.notes), (WHOAMI, ()))

    def test_the_token_has_the_kind_that_the_gate_accepts(self):
        rules = (rule("GET /whoami"), rule("GET /admin/*", groups={"anyOf": ["admins"]}))
        found = plan(config(*rules, token_use=["id"]))
        self.assertEqual(self.asked(found, as_caller=Caller("id")), ["GET /whoami", "GET /admin/ping"])
        self.assertEqual(plan(config(*rules, token_use=["id", "access"])).open.caller, Caller("access"))

    def test_a_rules_own_kind_of_token_counts_too(self):
        found = plan(config(rule("GET /whoami", tokenUse=["id"]), token_use=["access", "id"]))
        self.assertEqual(found.open, Question(Caller("id"), WHOAMI))
        self.assertEqual(found.closed.caller, Caller("id"))

    def test_the_account_route_is_used_only_with_access_tokens(self):
        found = plan(config(rule("* /*"), token_use=["id"]))
        self.assertEqual(found.open.route, WHOAMI)
        found = plan(config(rule("* /user"), token_use=["id"]))
        self.assertIsNone(found.open)
        self.assertEqual(plan(config(rule("* /user"))).open.route.path, "/user")

    def test_the_user_is_in_the_smallest_sufficient_group_set(self):
        found = plan(
            config(
                rule("GET /orders", groups={"allOf": ["admins", "staff"]}),
                rule("GET /admin/*", groups={"anyOf": ["staff", "admins"]}),
            )
        )
        self.assertEqual(self.asked(found, as_caller=Caller(groups=("staff",))), ["GET /admin/ping", "GET /orders"])

    def test_an_all_powerful_group_leaves_the_closed_route_to_others(self):
        found = plan(config(rule("GET /*", groups={"anyOf": ["admins"]})))
        self.assertEqual(found.open, Question(Caller(groups=("admins",)), WHOAMI))
        self.assertEqual(found.closed, Question(Caller(), WHOAMI))
        self.assertEqual(len(found.callers()), 2)

    def test_only_groups_of_the_own_pool_are_used(self):
        found = plan(config(rule("GET /*", groups={"anyOf": ["unknown"]})))
        self.assertIsNone(found.open)
        self.assertIn("a user in no group", found.notes[0])
        theirs = plan(config(rule("GET /*", groups={"anyOf": ["unknown"]}), id="us-east-1_theirs"))
        self.assertEqual(theirs.open.caller.groups, ("unknown",))

    def test_rules_with_only_scopes_are_tested_as_a_program(self):
        scopes = rule("GET /reports/*", scopes={"allOf": ["orders/read"]})
        found = plan(config(scopes))
        self.assertEqual(found.open, Question(Caller(scope="orders/read"), REPORTS))
        self.assertEqual(found.closed.caller, Caller(scope="orders/read"))
        # Without the client for programs there is nobody.
        none = plan(config(scopes, resourceServer={"identifier": "orders", "scopes": ["write"]}))
        self.assertEqual(self.asked(none), [None, "GET /reports/orders"])
        self.assertTrue(none.notes[0].startswith("Not tested: that a route lets a valid token in."))
        self.assertEqual(none.unauthenticated, REPORTS)
        theirs = plan(config(scopes, id="us-east-1_theirs"))
        self.assertIsNone(theirs.open)

    def test_without_access_tokens_there_is_no_program(self):
        found = plan(config(rule("GET /reports/*", scopes={"allOf": ["orders/read"]}), token_use=["id"]))
        self.assertIsNone(found.open)

    def test_a_route_without_a_function_is_not_requested(self):
        found = plan(config(rule("GET /nothing", "GET /nowhere/*"), rule("GET /gone", groups={"anyOf": ["admins"]})))
        self.assertIsNone(found.open)
        self.assertIn(found.closed.route, probe.protected_routes(TEMPLATE))

    def test_a_route_with_a_parameter_comes_last(self):
        found = plan(config(rule("GET /orders/*"), rule("GET /admin/orders", groups={"anyOf": ["admins"]})))
        self.assertEqual(self.asked(found), ["GET /orders/smoke", "GET /admin/orders"])
        found = plan(config(rule("GET /orders/*", "GET /orders")))
        self.assertEqual(found.open.route, ORDERS)

    def test_an_unopened_route_serves_as_the_closed_one(self):
        found = plan(config(rule("GET /whoami")))
        self.assertEqual((found.open.route, found.notes), (WHOAMI, ()))
        self.assertNotEqual(found.closed.route, WHOAMI)

    def test_if_all_routes_are_open_a_note_says_what_is_untested(self):
        found = plan(config(rule("* /*"), resourceServer=None))
        self.assertIsNone(found.closed)
        self.assertEqual(len(found.notes), 1)
        self.assertTrue(found.notes[0].startswith("Not tested: that a route refuses a valid token."))

    def test_rules_for_another_issuer_open_nothing_to_our_users(self):
        found = plan(config(rule("GET /*", issuers=["https://partner.example"])))
        self.assertIsNone(found.open)
        self.assertEqual(found.unauthenticated, WHOAMI)

    def test_a_named_route_is_requested_whatever_the_rules_say(self):
        mine = Route("GET", "/mine")
        found = plan(SAMPLE, named_open=mine, named_closed=PING)
        self.assertEqual((found.open, found.closed), (Question(Caller(), mine), Question(Caller(), PING)))
        # As somebody to whom the rules open it, where there is one.
        found = plan(SAMPLE, named_open=PING)
        self.assertEqual(found.open, Question(Caller(groups=("admins",)), PING))
        found = plan(SAMPLE, named_open=REPORTS)
        self.assertTrue(found.open.caller.is_program)

    def test_an_api_without_a_protected_route_gives_a_note(self):
        found = plan(SAMPLE, template="")
        self.assertEqual((found.open, found.closed, found.unauthenticated), (None, None, None))
        self.assertIn("no GET route behind the gate", found.notes[0])

    def test_an_empty_file_is_read_with_the_defaults(self):
        found = probe.callers({}, has_program=False)
        self.assertEqual(found, [Caller()])


class Gatehouse(unittest.TestCase):
    """The options, as gatehouse itself reads them."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "config.json"

    def granted(self, given, caller):
        self.file.write_text(json.dumps(given), encoding="utf-8")
        # Through cargo, which builds it if need be: an earlier one would know other flags.
        argv = ["cargo", "run", "--quiet", "--package", "gatehouse", "--", "policy", "--json", "--config", self.file]
        argv += caller.flags("client-1")
        answer = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True, timeout=1200).stdout
        return [granted["route"] for granted in json.loads(answer)["routes"]]

    def test_conditions_that_a_new_sign_in_meets_count(self):
        given = config(
            rule("GET /a", maxAuthAgeSeconds=60, clients=["client-1"]),
            rule("GET /b", tokenUse=["id"], audiences=["client-1"], claims={"email_verified": {"anyOf": [True]}}),
            rule("GET /c", groups={"allOf": ["admins", "staff"]}, scopes={"allOf": [probe.SIGNED_IN]}),
            rule("GET /d", scopes={"allOf": ["orders/read"]}),
            token_use=["access", "id"],
        )
        given["authorizer"]["resultTtlSeconds"] = 0
        for caller, routes in (
            (Caller(), ["GET /a"]),
            (Caller("id"), ["GET /a", "GET /b"]),
            (Caller(groups=("admins", "staff")), ["GET /a", "GET /c"]),
            (Caller(scope="orders/read"), ["GET /d"]),
        ):
            self.assertEqual(self.granted(given, caller), routes, str(caller))

    def test_gatehouse_grants_the_samples_routes(self):
        people = probe.callers(SAMPLE, has_program=True)
        routes = probe.protected_routes(TEMPLATE)
        found = probe.choose(SAMPLE, routes, people, lambda caller: self.granted(SAMPLE, caller))
        self.assertEqual((found.open, found.closed), (Question(Caller(), WHOAMI), Question(Caller(), PING)))


if __name__ == "__main__":
    unittest.main()

"""Tests the printed consequences of a deploy, and that every replacement by a parameter is covered."""

import json
import unittest
from pathlib import Path

import cfnlint

from stack.aws.consequences import consequences, require_consent
from stack.checks.transform import EXISTING, deployed, source
from stack.run.failure import Failure
from test_template import NONE

OUTPUTS = {"ApiUrl": "https://abc123.execute-api.us-east-1.amazonaws.com/v1"}
BEFORE = {name: str(declared["Default"]) for name, declared in source()["Parameters"].items()}
DOMAIN = {"DomainName": "api.example.com", "DomainCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a"}


def said(before=None, **wanted):
    """The text and `ends` of each consequence."""
    found = consequences({**BEFORE, **(before or {})}, {**BEFORE, **(before or {}), **wanted}, OUTPUTS)
    return [(consequence.text, consequence.ends) for consequence in found]


class Sentences(unittest.TestCase):
    def one(self, *words, ends, before=None, **wanted):
        [(text, ending)] = said(before, **wanted)
        for word in words:
            self.assertIn(word, text)
        self.assertIs(ending, ends, text)

    def test_without_a_change_there_is_no_consequence(self):
        self.assertEqual(said(), [])
        self.assertEqual(said(EXISTING), [])

    def test_adding_or_removing_a_secret_replaces_the_client(self):
        self.one("with a secret", "every app needs the new id", "all sessions end", ends=True, ClientSecret="true")
        self.one("without a secret", ends=True, before={"ClientSecret": "true"}, ClientSecret="false")

    def test_the_secret_of_an_existing_pool_replaces_nothing(self):
        self.assertEqual(said(EXISTING, ClientSecret="true"), [])

    def test_another_pool_ends_all_sessions(self):
        self.one("leaves the stack", "only tokens of eu-west-1_Abc123", ends=True, **EXISTING)
        none = {name: "" for name in EXISTING}
        self.one("no users yet", ends=True, before=EXISTING, **none)
        self.one(
            "eu-west-1_Abc123", "eu-west-1_Other", ends=True, before=EXISTING, ExistingUserPoolId="eu-west-1_Other"
        )

    def test_a_removed_client_of_an_existing_pool_is_refused(self):
        self.one("8machine", ends=True, before=EXISTING, ExistingUserPoolClientId="7client")
        self.assertEqual(said(EXISTING, ExistingUserPoolClientId="7client,8machine,9new"), [])

    def test_an_address_that_stops_answering_is_named(self):
        self.one("https://abc123.execute-api.us-east-1.amazonaws.com/v1 no longer answers", ends=True, StageName="v2")
        self.one("https://api.example.com/shop no", ends=True, before={**DOMAIN, "BasePath": "shop"}, BasePath="")
        self.one("https://api.example.com no", ends=True, before=DOMAIN, DomainName="www.example.com")
        self.one("https://api.example.com no", ends=True, before=DOMAIN, DomainName="", DomainCertificateArn="")
        self.one("amazonaws.com/v1 no", ends=True, before=DOMAIN, DisableExecuteApiEndpoint="true")

    def test_a_new_address_is_not_named(self):
        self.assertEqual(said(**DOMAIN), [])

    def test_a_new_resource_server_and_a_removed_scope_are_named(self):
        self.one("orders is replaced by shop", ends=False, ResourceServerIdentifier="shop")
        self.one("client for programs", ends=True, ResourceServerScopes=NONE)
        self.one("client for programs", ends=True, ResourceServerIdentifier="-")
        self.assertEqual(said({"ResourceServerIdentifier": "-"}, ResourceServerIdentifier="orders"), [])

    def test_a_lower_plan_with_paid_client_features_needs_two_deploys(self):
        plan = {"UserPoolPlan": "ESSENTIALS"}
        for name, on, off in (
            ("RefreshTokenRotation", "true", "false"),
            ("AuthFlow", "USER_AUTH", "USER_PASSWORD_AUTH"),
        ):
            before = {**plan, name: on}
            together = {"UserPoolPlan": "LITE", name: off}
            self.one(f"({name})", "deploy twice", '"ESSENTIALS"', ends=False, before=before, **together)
            self.assertEqual(said(before, **{name: off}), [])
            self.assertEqual(said({**before, **EXISTING}, **together), [])
        self.assertEqual(said(plan, UserPoolPlan="LITE"), [])
        self.assertEqual(said(plan, UserPoolPlan="PLUS", RefreshTokenRotation="true"), [])

    def test_remembering_devices_requires_changes_in_every_app(self):
        for remember in ("ALWAYS", "IF_USER_AGREES"):
            self.one("POST /user/devices/confirm", "`deviceKey`", "sign in again", ends=False, DeviceTracking=remember)
            on = {"DeviceTracking": remember}
            self.one("no longer remembers devices.", ends=False, before=on, DeviceTracking="OFF")
            skipping = {**on, "DeviceSkipsSecondFactor": "true"}
            self.one("asked for it at each sign-in again", ends=False, before=skipping, DeviceTracking="OFF")
            self.assertEqual(said({**on, **EXISTING}, DeviceTracking="OFF"), [])
        self.assertEqual(said({"DeviceTracking": "ALWAYS"}, DeviceTracking="IF_USER_AGREES"), [])

    def test_an_older_template_without_these_parameters_counts_too(self):
        before = {name: value for name, value in BEFORE.items() if name not in ("DeviceTracking", "UserPoolPlan")}
        [found] = consequences(before, {**BEFORE, "DeviceTracking": "ALWAYS", "UserPoolPlan": "ESSENTIALS"}, OUTPUTS)
        self.assertIn("`deviceKey`", found.text)
        rotating = {**before, "RefreshTokenRotation": "true"}
        [found] = consequences(rotating, {**BEFORE, "RefreshTokenRotation": "false", "UserPoolPlan": "LITE"}, OUTPUTS)
        self.assertIn("(RefreshTokenRotation)", found.text)

    def test_turning_api_keys_on_or_off_is_named(self):
        self.one("without an API key are refused", ends=False, ApiKeyRequired="true")
        self.one("makes another key", ends=False, before={"ApiKeyRequired": "true"}, ApiKeyRequired="")

    def test_another_table_hides_the_present_orders(self):
        self.one("Orders go to other", ends=True, before={"ExistingOrdersTable": ""}, ExistingOrdersTable="other")
        self.one("a new and empty table", ends=True, before={"ExistingOrdersTable": "x"}, ExistingOrdersTable="")

    def test_a_parameter_that_is_new_in_the_template_is_no_change(self):
        self.assertEqual(consequences({"StageName": "v1"}, BEFORE, OUTPUTS), [])

    def test_only_consequences_that_end_something_need_consent(self):
        for ends, given, refused in ((True, False, True), (True, True, False), (False, False, False)):
            found = consequences(BEFORE, {"ClientSecret": "true"} if ends else {"ApiKeyRequired": "true"}, OUTPUTS)
            try:
                require_consent(found, given)
                self.assertFalse(refused)
            except Failure as failure:
                self.assertTrue(refused)
                self.assertIn("--accept-replacement", failure.advice)


# A property that can be set at creation alone and in which a parameter ends up, and what is to be said of it.
LOOKED_AT = {
    ("AWS::ApiGateway::Stage", "StageName"): "the address",
    ("AWS::ApiGateway::DomainName", "DomainName"): "the address",
    ("AWS::ApiGateway::BasePathMapping", "BasePath"): "the address",
    ("AWS::Cognito::UserPoolGroup", "GroupName"): "slots.py",
    ("AWS::Cognito::UserPoolResourceServer", "Identifier"): "the resource server",
    ("AWS::Cognito::UserPoolClient", "GenerateSecret"): "the client",
    # The same records in another zone; each is made before the other goes.
    ("AWS::Route53::RecordSetGroup", "HostedZoneId"): "nothing",
    # Another firewall in the place of one.
    ("AWS::WAFv2::WebACLAssociation", "WebACLArn"): "nothing",
    # Follows the stage, whose address is told.
    ("AWS::WAFv2::WebACLAssociation", "ResourceArn"): "the address",
}


class Schemas(unittest.TestCase):
    """AWS's own schemas, which cfn-lint contains, name the create-only properties."""

    def test_every_create_only_property_with_a_parameter_is_covered(self):
        template = deployed().raw
        names = set(source()["Parameters"])
        found = set()
        for resource in template["Resources"].values():
            for path in create_only(resource["Type"]):
                value = resource.get("Properties", {}).get(path)
                if names & references(value):
                    found.add((resource["Type"], path))
        self.assertGreater(len(found), 5)
        self.assertLessEqual(found, set(LOOKED_AT))


def create_only(kind):
    folder = Path(cfnlint.__file__).parent / "data/schemas"
    file = json.loads((folder / "providers/us-east-1.json").read_text())[kind]
    schema = json.loads((folder / "resources" / f"{file}.json").read_text())
    return [path.removeprefix("/properties/").split("/")[0] for path in schema.get("createOnlyProperties", [])]


def references(value):
    """The names in Ref and Fn::Sub."""
    if isinstance(value, dict):
        own = {value["Ref"]} if isinstance(value.get("Ref"), str) else set()
        return own.union(*map(references, value.values()))
    if isinstance(value, list):
        return set().union(*map(references, value))
    return {part.split("}")[0] for part in value.split("${")[1:]} if isinstance(value, str) else set()


if __name__ == "__main__":
    unittest.main()

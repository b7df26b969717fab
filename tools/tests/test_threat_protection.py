"""Tests threat protection in the stack: what it changes, what it needs, and that turned off it changes nothing.

As in test_template.py, the tests check the CloudFormation that template.yaml becomes. MiniStack has no threat
protection. The tests of services/auth show that the auth service passes the callers' addresses on."""

import json
import unittest

from stack.build import local_overrides
from stack.checks.findings import TEXTS
from stack.checks.transform import EXISTING, deployed
from test_settings import kept
from test_template import of_type, properties

NEEDED = {"ClientSecret": "true", "UserPoolPlan": "PLUS"}
MODES = ("AUDIT", "ENFORCED")


def changed(before, after):
    """The changed, new and removed resources, without the API's deployment, which every deploy makes."""
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return {name for name in names if not name.startswith("ApiDeployment") and name != "ApiStage"}


class ThreatProtection(unittest.TestCase):
    def test_turned_off_it_changes_neither_pool_nor_client(self):
        for given in ({}, NEEDED, {**NEEDED, **TEXTS}):
            stack = deployed(**given)
            self.assertNotIn("UserPoolAddOns", properties(stack, "UserPool"))
            self.assertNotIn("EnablePropagateAdditionalUserContextData", properties(stack, "UserPoolClient"))
            self.assertEqual(of_type(stack, "AWS::Cognito::UserPoolRiskConfigurationAttachment"), {})

    def test_the_pool_has_the_mode_and_its_client_sends_addresses(self):
        for mode in MODES:
            stack = deployed(**NEEDED, ThreatProtection=mode)
            self.assertEqual(properties(stack, "UserPool")["UserPoolAddOns"], {"AdvancedSecurityMode": mode})
            self.assertIs(properties(stack, "UserPoolClient")["EnablePropagateAdditionalUserContextData"], True)

    def test_it_changes_no_other_resource(self):
        before = deployed(**NEEDED).resources
        audit = deployed(**NEEDED, ThreatProtection="AUDIT").resources
        enforced = deployed(**NEEDED, ThreatProtection="ENFORCED").resources
        self.assertEqual(changed(before, audit), {"UserPool", "UserPoolClient"})
        self.assertEqual(changed(before, enforced), {"UserPool", "UserPoolClient", "UserPoolRiskActions"})

    def test_it_works_together_with_message_texts(self):
        pool = properties(deployed(**NEEDED, **TEXTS, ThreatProtection="ENFORCED"), "UserPool")
        self.assertIn("VerificationMessageTemplate", pool)
        self.assertEqual(pool["UserPoolAddOns"], {"AdvancedSecurityMode": "ENFORCED"})

    def test_the_client_for_programs_sends_no_address(self):
        machine = properties(deployed(**NEEDED, ThreatProtection="ENFORCED"), "MachineClient")
        self.assertNotIn("EnablePropagateAdditionalUserContextData", machine)

    def test_an_existing_pool_is_not_changed(self):
        for mode in MODES:
            stack = deployed(**EXISTING, ClientSecret="true", ThreatProtection=mode)
            self.assertEqual(changed(deployed(**EXISTING, ClientSecret="true").resources, stack.resources), set())

    def test_it_needs_a_secret_and_the_highest_plan(self):
        rule = "ThreatProtectionHasWhatItNeeds"
        self.assertEqual(kept(rule), [True, True])
        for mode in MODES:
            needed = {**NEEDED, "ThreatProtection": mode}
            self.assertEqual(kept(rule, **needed), [True, True])
            self.assertEqual(kept(rule, **{**needed, "ClientSecret": "false"}), [False, True])
            for plan in ("LITE", "ESSENTIALS"):
                self.assertEqual(kept(rule, **{**needed, "UserPoolPlan": plan}), [True, False])
                # The plan of an existing pool is not known.
                self.assertEqual(kept(rule, **EXISTING, **{**needed, "UserPoolPlan": plan}), [True, True])
            self.assertEqual(kept(rule, **EXISTING, ThreatProtection=mode), [False, True])

    def test_the_local_stack_has_it_off(self):
        self.assertEqual(local_overrides.parameters()["ThreatProtection"], "OFF")


class Actions(unittest.TestCase):
    def actions(self, **given):
        return properties(deployed(**NEEDED, ThreatProtection="ENFORCED", **given), "UserPoolRiskActions")

    def test_risk_levels_have_their_actions(self):
        found = self.actions()
        self.assertEqual((found["UserPoolId"], found["ClientId"]), ({"Ref": "UserPool"}, "ALL"))
        self.assertEqual(found["CompromisedCredentialsRiskConfiguration"], {"Actions": {"EventAction": "BLOCK"}})
        takeover = found["AccountTakeoverRiskConfiguration"]["Actions"]
        done = {level: action["EventAction"] for level, action in takeover.items()}
        self.assertEqual(done, {"LowAction": "NO_ACTION", "MediumAction": "MFA_IF_CONFIGURED", "HighAction": "BLOCK"})

    def test_without_second_factors_a_medium_risk_needs_none(self):
        takeover = self.actions(MfaConfiguration="OFF")["AccountTakeoverRiskConfiguration"]["Actions"]
        self.assertEqual(takeover["MediumAction"]["EventAction"], "NO_ACTION")

    def test_users_get_no_mail_about_risks(self):
        found = json.dumps(self.actions())
        self.assertNotIn('"Notify": true', found)
        self.assertNotIn("NotifyConfiguration", found)

    def test_the_actions_stay_with_the_pool_without_the_mode(self):
        resource = deployed(**NEEDED, ThreatProtection="ENFORCED").resources["UserPoolRiskActions"]
        self.assertEqual(resource["DeletionPolicy"], "RetainExceptOnCreate")


if __name__ == "__main__":
    unittest.main()

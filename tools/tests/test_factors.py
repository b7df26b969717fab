"""Tests the texts about how a change of second factors affects users with an account."""

import unittest

from stack.aws.consequences import consequences
from stack.pool import factors

TOTP = {
    "ExistingUserPoolId": "", "MfaConfiguration": "OPTIONAL", "TotpFactor": "true", "EmailFactor": "false",
    "SmsFactor": "false",
}
ALL = {**TOTP, "EmailFactor": "true", "SmsFactor": "true"}


def said(before, **wanted):
    return factors.changes(before, {**before, **wanted})


class Factors(unittest.TestCase):
    def test_a_template_without_the_parameters_offers_authenticator_apps(self):
        self.assertEqual(factors.of({"MfaConfiguration": "OPTIONAL"}), ["TOTP"])
        self.assertEqual(factors.of({"MfaConfiguration": "OFF"}), [])
        self.assertEqual(factors.of({}), [])
        self.assertEqual(factors.of(ALL), ["TOTP", "EMAIL", "SMS"])

    def test_only_one_required_factor_is_the_only_way_in(self):
        sms = {**ALL, "MfaConfiguration": "ON", "TotpFactor": "false", "EmailFactor": "false"}
        self.assertTrue(factors.only(sms, "SMS"))
        self.assertFalse(factors.only(sms, "EMAIL"))
        self.assertFalse(factors.only({**sms, "MfaConfiguration": "OPTIONAL"}, "SMS"))
        self.assertFalse(factors.only({**sms, "TotpFactor": "true"}, "SMS"))


class Changes(unittest.TestCase):
    def one(self, found, *words):
        [text] = found
        for word in words:
            self.assertIn(word, text)

    def test_no_change_and_an_added_factor_give_no_text(self):
        self.assertEqual(said(TOTP), [])
        self.assertEqual(said(TOTP, EmailFactor="true", SmsFactor="true"), [])
        self.assertEqual(said({**TOTP, "MfaConfiguration": "OFF"}, MfaConfiguration="OPTIONAL"), [])
        self.assertEqual(said({**TOTP, "MfaConfiguration": "ON"}, MfaConfiguration="OPTIONAL"), [])

    def test_parameters_that_are_new_in_the_template_change_nothing(self):
        self.assertEqual(factors.changes({"MfaConfiguration": "OPTIONAL"}, TOTP), [])
        self.assertEqual(factors.changes({}, {**TOTP, "MfaConfiguration": "ON"}), [])

    def test_a_factor_becomes_required(self):
        for before in ("OFF", "OPTIONAL"):
            self.one(said({**TOTP, "MfaConfiguration": before}, MfaConfiguration="ON"), "everybody", "MFA_SETUP")
        self.one(said(ALL, MfaConfiguration="ON"), "MFA_SETUP")
        self.one(said({**ALL, "TotpFactor": "false"}, MfaConfiguration="ON"), "a code by mail or a code by SMS")

    def test_sms_alone_locks_out_users_without_a_phone_number(self):
        before = {**ALL, "TotpFactor": "false", "EmailFactor": "false"}
        found = said(before, MfaConfiguration="ON")
        self.one(found, "without a phone number can no longer sign in", "admin-update-user-attributes")

    def test_turning_mfa_off_gives_one_text(self):
        found = said(ALL, MfaConfiguration="OFF", SmsFactor="false", EmailFactor="false")
        self.one(found, "Nobody is asked for a second factor")

    def test_turning_mfa_off_with_sms_may_be_refused(self):
        self.one(said({**ALL, "SmsExternalId": "ours"}, MfaConfiguration="OFF"), "has refused that", "userPool.sms")
        self.assertNotIn("refused", said({**ALL, "SmsExternalId": "ours"}, MfaConfiguration="OFF", SmsExternalId="")[0])

    def test_a_factor_is_removed(self):
        self.one(said(ALL, TotpFactor="false"), "continue to sign in with it")
        self.one(said(ALL, SmsFactor="false"), "A code by SMS is no longer a second factor", "with only their password")
        found = said({**ALL, "MfaConfiguration": "ON"}, EmailFactor="false")
        self.one(found, "need an authenticator app or a code by SMS")
        self.assertEqual(len(said(ALL, EmailFactor="false", SmsFactor="false")), 2)


class Consequences(unittest.TestCase):
    def test_changes_of_factors_are_notes_of_a_deploy(self):
        [found] = consequences(TOTP, {"MfaConfiguration": "ON"}, {})
        self.assertIn("everybody needs a second factor", found.text)
        self.assertFalse(found.ends)

    def test_an_existing_pool_gives_no_text(self):
        theirs = {**TOTP, "ExistingUserPoolId": "eu-west-1_theirs"}
        self.assertEqual(consequences(theirs, {"MfaConfiguration": "ON"}, {}), [])
        [found] = consequences(theirs, {"MfaConfiguration": "ON", "ExistingUserPoolId": ""}, {})
        self.assertNotIn("second factor", found.text)


if __name__ == "__main__":
    unittest.main()

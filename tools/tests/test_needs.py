"""Tests what the account's state means for a deploy, with tables of cases and without calls."""

import re
import unittest
from unittest import mock

import botocore.session
from botocore import xform_name

from fake_repository import ANSWERS
from stack.aws import prices
from stack.aws.deployed import parse
from stack.pool import mail, needs, sms, tier
from stack.pool.findings import Finding, not_checked, notes, require_none
from stack.pool.senders import parent_domains
from stack.run.failure import Failure

ARN = "arn:aws:ses:eu-west-1:123456789012:identity/"
MAIL = {"ExistingUserPoolId": "", "EmailSourceArn": f"{ARN}example.com", "EmailFrom": "us@example.com"}
TEXTS = {"ExistingUserPoolId": "", "SmsExternalId": "ours"}
ON_BY = {"MfaConfiguration": "ON", "TotpFactor": "false"}


def of_mail(parameters=MAIL, **answer):
    return mail.judge(mail.sender(parameters), {**ANSWERS["mail"], **answer}, parameters)


def of_sms(parameters=TEXTS, **answer):
    return sms.judge("eu-west-1", {**ANSWERS["sms"], **answer}, parameters)


def of_plan(wanted, before=None, **answer):
    return tier.judge({**ANSWERS["pool"], **answer}, {"UserPoolPlan": wanted}, before or {})


def stack(status="UPDATE_COMPLETE", resources=None, **parameters):
    resources = {"UserPool": ["AWS::Cognito::UserPool", "eu-west-1_Abc"]} if resources is None else resources
    return parse({
        "id": "arn", "status": status, "parameters": parameters, "outputs": {}, "aliases": {}, "resources": resources,
    })


class Mail(unittest.TestCase):
    def one(self, found, *words, stops):
        [finding] = found
        for word in words:
            self.assertIn(word, f"{finding.text} {finding.advice}")
        self.assertIs(finding.stops, stops, finding.text)

    def test_without_an_identity_or_own_pool_ses_is_not_checked(self):
        self.assertIsNone(mail.sender({"ExistingUserPoolId": ""}))
        self.assertIsNone(mail.sender({**MAIL, "ExistingUserPoolId": "eu-west-1_theirs"}))
        self.assertIsNone(mail.sender({}))

    def test_the_identitys_arn_names_region_and_account(self):
        sent = mail.sender({**MAIL, "EmailConfigurationSet": "codes"})
        self.assertEqual(
            (sent.region, sent.account, sent.identity, sent.configuration_set),
            ("eu-west-1", "123456789012", "example.com", "codes"),
        )

    def test_without_a_problem_there_is_no_finding(self):
        self.assertEqual(of_mail(), [])

    def test_a_missing_identity_is_refused_with_its_command(self):
        make = "aws sesv2 create-email-identity --region eu-west-1 --email-identity example.com"
        self.one(of_mail(identity="NONE"), "has no identity example.com in eu-west-1", make, "CNAME", stops=True)

    def test_an_unverified_identity_is_refused_with_advice(self):
        for status in ("PENDING", "FAILED", "TEMPORARY_FAILURE", "NOT_STARTED"):
            said = f"not verified example.com in eu-west-1 ({status})"
            self.one(of_mail(identity=status), said, "DkimAttributes", stops=True)
        address = {**MAIL, "EmailSourceArn": f"{ARN}us@example.com"}
        self.one(of_mail(address, identity="PENDING"), "Open the link in the mail", "us@example.com", stops=True)

    def test_an_address_in_a_verified_domain_gives_a_note(self):
        address = {**MAIL, "EmailSourceArn": f"{ARN}us@example.com"}
        for status in ("NONE", "PENDING"):
            found = of_mail(address, identity=status, by="example.com")
            self.one(found, "exactly the named identity", f'"sourceArn": "{ARN}example.com"', stops=False)
            self.assertEqual(notes(found, True), [], "Cognito has taken it")

    def test_an_identity_of_another_account_is_the_only_finding(self):
        self.one(of_mail(account="999999999999", identity="NONE", production=False), "999999999999", stops=True)
        self.assertEqual(of_mail(account=None), [])

    def test_a_missing_configuration_set_is_refused(self):
        named = {**MAIL, "EmailConfigurationSet": "codes"}
        make = "aws sesv2 create-configuration-set --region eu-west-1 --configuration-set-name codes"
        self.one(of_mail(named, set=False), "no configuration set codes", make, stops=True)
        self.assertEqual(of_mail(named, set=None), [])

    def test_the_sandbox_gives_a_note(self):
        limited = of_mail(production=False, quota=200.0)
        self.one(limited, "sandbox in eu-west-1", "200 mails a day", "production", stops=False)
        self.one(of_mail(production=False, quota=None), "verified there.", stops=False)

    def test_the_sandbox_locks_out_users_with_only_codes_by_mail(self):
        locked = {**MAIL, **ON_BY, "EmailFactor": "true"}
        self.one(of_mail(locked, production=False), "Nobody else can sign in", stops=False)
        texts = {"EmailFactor": "false", "SmsFactor": "true"}
        for other in ({"TotpFactor": "true"}, {"MfaConfiguration": "OPTIONAL"}, texts):
            [finding] = of_mail({**locked, **other}, production=False)
            self.assertNotIn("Nobody", finding.text)

    def test_a_nearly_used_daily_quota_gives_a_note(self):
        self.one(of_mail(quota=1000.0, sent=800.0), "1,000 mails a day", stops=False)
        for quota, sent in ((1000.0, 799.0), (-1.0, 5000.0), (None, None), (0.0, 0.0)):
            self.assertEqual(of_mail(quota=quota, sent=sent), [], (quota, sent))

    def test_a_paused_account_gives_a_note(self):
        self.one(of_mail(sending=False), "has paused sending", "EnforcementStatus", stops=False)

    def test_a_failed_check_is_assumed_to_be_right(self):
        unknown = {"ses:GetAccount": "AccessDeniedException", "ses:GetEmailIdentity": "AccessDeniedException"}
        nothing = dict.fromkeys(("identity", "production", "sending", "quota", "sent", "account"))
        found = of_mail(**nothing, unknown=unknown)
        self.one(found, "ses:GetAccount (AccessDeniedException), ses:GetEmailIdentity", stops=False)

    def test_all_problems_are_in_one_message(self):
        found = of_mail({**MAIL, "EmailConfigurationSet": "codes"}, identity="NONE", set=False, production=False)
        self.assertEqual([finding.stops for finding in found], [True, True, False])
        with self.assertRaises(Failure) as refused:
            require_none(found, False)
        self.assertIn("no identity example.com", refused.exception.message)
        self.assertIn("no configuration set codes", refused.exception.message)
        self.assertIn("create-email-identity", refused.exception.advice)
        self.assertIn("create-configuration-set", refused.exception.advice)

    def test_the_parent_domains_of_an_identity_can_cover_it(self):
        self.assertEqual(parent_domains("us@mail.example.com"), ["mail.example.com", "example.com"])
        self.assertEqual(parent_domains("mail.example.com"), ["example.com"])
        self.assertEqual(parent_domains("example.com"), [])
        self.assertEqual(parent_domains("us@example.com"), ["example.com"])


class Settings(unittest.TestCase):
    """Settings that the stack already has do not stop a deploy, which may fix something else."""

    def test_only_running_settings_count_as_before(self):
        here = stack(**MAIL)
        self.assertTrue(needs.as_before(MAIL, here, mail.SETTINGS))
        self.assertTrue(needs.as_before(MAIL, stack(**MAIL, EmailConfigurationSet=""), mail.SETTINGS))
        for changed in (
            {"EmailSourceArn": f"{ARN}example.org"}, {"EmailFrom": "x@example.com"}, {"EmailConfigurationSet": "codes"},
        ):
            self.assertFalse(needs.as_before({**MAIL, **changed}, here, mail.SETTINGS), changed)
        self.assertFalse(needs.as_before(MAIL, None, mail.SETTINGS))
        self.assertFalse(needs.as_before(MAIL, stack(resources={}, **MAIL), mail.SETTINGS))
        self.assertFalse(needs.as_before(MAIL, stack("UPDATE_ROLLBACK_COMPLETE", **MAIL), mail.SETTINGS))
        self.assertFalse(needs.as_before(MAIL, stack(**{**MAIL, "ExistingUserPoolId": "eu-west-1_a"}), mail.SETTINGS))

    def test_a_stopping_finding_is_a_note_for_running_settings(self):
        found = [
            Finding("It is gone.", "Make it.", True),
            Finding("It is slow."),
            Finding("It may fail.", may_be_refused=True),
        ]
        self.assertEqual(notes(found, True), ["note  It is gone. Make it.", "note  It is slow."])
        self.assertEqual(notes(found, False), ["note  It is slow.", "note  It may fail."])
        require_none(found, True)
        require_none(found[1:], False)
        with self.assertRaises(Failure):
            require_none(found, False)

    def test_without_failed_checks_there_is_no_finding(self):
        self.assertEqual(not_checked({}), [])


class OwnSender(unittest.TestCase):
    """Cognito's own sender, with 50 mails a day."""

    def said(self, name, **parameters):
        return mail.without({"ExistingUserPoolId": "", "MfaConfiguration": "OPTIONAL", **parameters}, name)

    def test_a_stage_for_end_users_gets_a_warning_with_advice(self):
        for name in (
            "prod gatehouse-prod", " gatehouse-production", "live gatehouse-live", " shop-prd-eu", "production-eu x",
            "PROD x",
        ):
            [finding] = self.said(name)
            self.assertIn("50 mails a day for the whole account. After that sign-up stops", finding.text)
            self.assertIn("userPool.email", finding.advice)
            self.assertFalse(finding.stops)

    def test_a_stage_for_developers_gets_no_warning(self):
        for name in (" gatehouse", "dev gatehouse-dev", "test x", "product gatehouse-product", "delivery x"):
            self.assertEqual(self.said(name), [], name)

    def test_a_neutral_name_counts_by_its_domain(self):
        for name, said in ((" gatehouse", 1), ("eu gatehouse-eu", 1), ("dev x", 0), ("staging x", 0), ("qa x", 0)):
            self.assertEqual(len(self.said(name, DomainName="api.example.com")), said, name)

    def test_no_warning_with_ses_an_existing_pool_or_without_mails(self):
        for parameters in (
            {"EmailSourceArn": ARN}, {"ExistingUserPoolId": "eu-west-1_theirs"}, {"SelfSignUp": "false"},
            {"AutoConfirm": "true"},
            {"SelfSignUp": "false", "EmailFactor": "true", "MfaConfiguration": "OFF"},
        ):
            self.assertEqual(self.said("prod x", **parameters), [], parameters)

    def test_codes_by_mail_are_sent_without_sign_up_too(self):
        [finding] = self.said("prod x", SelfSignUp="false", EmailFactor="true")
        self.assertIn("sign-up and sign-in stop", finding.text)


class Texts(unittest.TestCase):
    def text(self, found):
        [finding] = found
        self.assertFalse(finding.stops)
        return finding.note

    def test_text_messages_are_checked_in_the_pools_sms_region(self):
        self.assertEqual(sms.region(TEXTS, "eu-central-1"), "eu-central-1")
        self.assertEqual(sms.region({**TEXTS, "SmsRegion": "eu-west-1"}, "eu-central-1"), "eu-west-1")
        self.assertEqual(sms.region({**TEXTS, "SmsExternalId": ""}, "eu-central-1"), "")
        self.assertEqual(sms.region({}, "eu-central-1"), "")
        self.assertEqual(sms.region({**TEXTS, "ExistingUserPoolId": "x"}, "eu-central-1"), "")

    def test_without_a_problem_there_is_no_finding(self):
        self.assertEqual(of_sms(), [])

    def test_the_sms_sandbox_gives_a_note_with_a_command(self):
        said = self.text(of_sms(sandbox=True))
        self.assertIn("in the SMS sandbox in eu-west-1", said)
        self.assertIn("aws sns create-sms-sandbox-phone-number --region eu-west-1", said)
        self.assertNotIn("Nobody", said)
        locked = {**TEXTS, **ON_BY, "SmsFactor": "true"}
        self.assertIn("Nobody else can sign in", self.text(of_sms(locked, sandbox=True)))

    def test_the_default_spending_limit_gives_a_note(self):
        for spend in ("", "1", "0.5", "1.00"):
            self.assertIn("a month. After that AWS sends none", self.text(of_sms(spend=spend)))
        self.assertIn("$1 a month", self.text(of_sms(spend="")))
        self.assertIn("$0.5 a month", self.text(of_sms(spend="0.5")))
        for spend in ("2", "200", None):
            self.assertEqual(of_sms(spend=spend), [])

    def test_a_missing_number_or_sender_id_gives_a_note(self):
        self.assertIn("to the United States", self.text(of_sms(origins=[])))
        self.assertEqual(of_sms(origins=["GB"]), [])
        self.assertEqual(of_sms(origins=None), [])

    def test_failed_checks_give_one_note(self):
        unknown = {"sns:GetSMSAttributes": "AuthorizationError", "sms-voice:DescribeSenderIds": "AccessDeniedException"}
        said = self.text(of_sms(sandbox=None, spend=None, origins=None, unknown=unknown))
        self.assertIn("sms-voice:DescribeSenderIds (AccessDeniedException), sns:GetSMSAttributes (Auth", said)


class Plan(unittest.TestCase):
    def test_the_stacks_pool_is_checked_if_the_template_has_plans(self):
        wanted = {"UserPoolPlan": "LITE", "ExistingUserPoolId": ""}
        self.assertEqual(tier.pool_id(wanted, stack()), "eu-west-1_Abc")
        for parameters, found in (
            (wanted, None), (wanted, stack(resources={})), ({"ExistingUserPoolId": ""}, stack()),
            ({**wanted, "ExistingUserPoolId": "eu-west-1_theirs"}, stack()),
        ):
            self.assertEqual(tier.pool_id(parameters, found), "")

    def test_the_same_or_an_unknown_plan_gives_no_finding(self):
        for plan in ("LITE", None, "GOLD"):
            self.assertEqual(of_plan("LITE", plan=plan), [])

    def test_a_lower_plan_gives_a_note_with_costs_and_losses(self):
        [finding] = of_plan("LITE", plan="ESSENTIALS")
        cost = "$495 a month for 100,000 active users in place of $1,350"
        self.assertIn(f"from Cognito's plan ESSENTIALS down to LITE: {cost}", finding.text)
        self.assertIn("refresh token rotation", finding.text)
        self.assertNotIn("threat protection", finding.text)
        self.assertEqual(finding.advice, 'To keep it: "plan": "ESSENTIALS" under userPool.')
        self.assertFalse(finding.stops)
        [finding] = of_plan("LITE", plan="PLUS")
        self.assertIn("refresh token rotation", finding.text)
        self.assertIn("threat protection", finding.text)
        [finding] = of_plan("ESSENTIALS", plan="PLUS")
        self.assertNotIn("refresh token rotation", finding.text)

    def test_the_prices_are_those_of_the_cost_model(self):
        self.assertAlmostEqual(prices.COGNITO_LITE.of(tier.PEOPLE), 495)
        self.assertAlmostEqual(prices.COGNITO_ESSENTIALS.of(tier.PEOPLE), 1350)

    def test_without_a_price_the_note_links_to_the_price_list(self):
        with mock.patch.dict(tier.PRICES, clear=True):
            [finding] = of_plan("LITE", plan="ESSENTIALS")
        self.assertIn("down to LITE: another price for each active user, https://aws.amazon.com", finding.text)

    def test_the_next_change_resets_a_plan_set_by_hand(self):
        [finding] = of_plan("ESSENTIALS", {"UserPoolPlan": "ESSENTIALS"}, plan="PLUS")
        said = "Somebody has set the user pool to Cognito's plan PLUS. The next deploy that changes the pool"
        self.assertIn(said, finding.text)

    def test_a_higher_plan_gives_a_note_with_its_price(self):
        [finding] = of_plan("ESSENTIALS", plan="LITE")
        cost = "$1,350 a month for 100,000 active users in place of $495"
        self.assertIn(f"from Cognito's plan LITE to ESSENTIALS: {cost}", finding.text)

    def test_features_set_by_hand_that_need_the_plan_are_named(self):
        for answer, word in (
            ({"trigger": "V2_0"}, "a trigger that changes access tokens (V2_0)"),
            ({"trigger": "V3_0"}, "a trigger that changes access tokens (V3_0)"),
            ({"firstFactors": ["PASSWORD", "WEB_AUTHN", "EMAIL_OTP"]}, "sign-in by WEB_AUTHN, EMAIL_OTP"),
            ({"history": 5}, "password history"),
            ({"login": 2}, "managed login"),
        ):
            finding = of_plan("LITE", plan="ESSENTIALS", **answer)[1]
            self.assertIn(word, finding.text)
            self.assertFalse(finding.stops)
            of_plan_alone = tier.of_plan(
                {**ANSWERS["pool"], "plan": "PLUS", **answer}, {"UserPoolPlan": "ESSENTIALS"}, {}
            )
            self.assertEqual(len(of_plan_alone), 1, "it has that")
        _, finding = of_plan("ESSENTIALS", plan="PLUS", protection="AUDIT")
        self.assertIn("threat protection (AUDIT)", finding.text)

    def test_the_next_change_removes_settings_made_by_hand(self):
        for wanted, now in (("ESSENTIALS", "ESSENTIALS"), ("ESSENTIALS", "LITE"), ("LITE", "ESSENTIALS")):
            told = of_plan(wanted, plan=now, firstFactors=["PASSWORD", "WEB_AUTHN"], triggers=["PreSignUp"])[-1]
            self.assertIn("made by hand: sign-in by WEB_AUTHN, the trigger PreSignUp. The next deploy", told.text)
            self.assertIn("userPool.id", told.advice)
            self.assertFalse(told.stops)

    def test_features_that_the_configuration_removes_give_no_note(self):
        self.assertEqual(len(of_plan("LITE", {"PasswordHistorySize": "5"}, plan="ESSENTIALS", history=5)), 1)
        self.assertEqual(len(of_plan("LITE", {"ThreatProtection": "AUDIT"}, plan="PLUS", protection="AUDIT")), 1)
        self.assertEqual(len(of_plan("LITE", plan="ESSENTIALS", trigger="V1_0")), 1)

    def test_a_failed_check_gives_a_note(self):
        [finding] = of_plan("LITE", plan=None, unknown={"cognito-idp:DescribeUserPool": "AccessDeniedException"})
        self.assertIn("cognito-idp:DescribeUserPool (AccessDeniedException)", finding.text)

    def test_the_plans_are_those_of_cognito(self):
        model = botocore.session.get_session().get_service_model("cognito-idp")
        self.assertEqual(set(model.shape_for("UserPoolTierType").enum), set(tier.PLANS))


class Commands(unittest.TestCase):
    """Each command of the AWS CLI in a finding exists."""

    def test_each_command_has_an_existing_operation_and_options(self):
        address = {**MAIL, "EmailSourceArn": f"{ARN}us@example.com", "EmailConfigurationSet": "codes"}
        found = [
            *of_mail(address, identity="NONE", set=False), *of_mail(address, identity="PENDING"),
            *of_mail(identity="PENDING"), *of_mail(sending=False), *of_sms(sandbox=True, spend="", origins=[]),
        ]
        advice = "\n".join(each.advice for each in found)
        lines = re.findall(r"aws ([a-z0-9-]+) ([a-z-]+)((?: --[a-z-]+(?: [^-\s]\S*)?)+)", advice)
        self.assertGreaterEqual(len(lines), 6)
        for service, operation, options in lines:
            with self.subTest(f"{service} {operation}"):
                model = botocore.session.get_session().get_service_model(service)
                operations = {xform_name(name, "-"): name for name in model.operation_names}
                shape = model.operation_model(operations[operation]).input_shape
                members = {xform_name(name, "-"): name for name in (shape.members if shape else ())}
                given = set(re.findall(r"--([a-z-]+)", options)) - {"region", "query"}
                self.assertLessEqual(given, set(members))
                self.assertLessEqual(set(shape.required_members if shape else ()), {members[name] for name in given})


if __name__ == "__main__":
    unittest.main()

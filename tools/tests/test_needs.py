"""What the account's answers mean for a deploy: tables of cases, with nobody asked."""

import re
import unittest
from unittest import mock

import botocore.session
from botocore import xform_name

from fake_repository import ANSWERS
from stack.aws import prices
from stack.aws.deployed import parse
from stack.pool import mail, needs, sms, tier
from stack.pool.found_out import Finding, notes, require_none, unasked
from stack.pool.senders import above
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

    def test_nothing_is_asked_without_an_identity_or_of_a_pool_that_is_not_the_stacks(self):
        self.assertIsNone(mail.sender({"ExistingUserPoolId": ""}))
        self.assertIsNone(mail.sender({**MAIL, "ExistingUserPoolId": "eu-west-1_theirs"}))
        self.assertIsNone(mail.sender({}))

    def test_what_is_asked_stands_in_the_identitys_name(self):
        sent = mail.sender({**MAIL, "EmailConfigurationSet": "codes"})
        self.assertEqual(
            (sent.region, sent.account, sent.identity, sent.configuration_set),
            ("eu-west-1", "123456789012", "example.com", "codes"),
        )

    def test_where_all_is_well_nothing_is_said(self):
        self.assertEqual(of_mail(), [])

    def test_an_identity_that_is_not_there_is_refused_with_the_line_that_makes_it(self):
        make = "aws sesv2 create-email-identity --region eu-west-1 --email-identity example.com"
        self.one(of_mail(identity="NONE"), "has no identity example.com in eu-west-1", make, "CNAME", stops=True)

    def test_one_that_is_not_verified_is_refused_with_what_is_left_to_do(self):
        for status in ("PENDING", "FAILED", "TEMPORARY_FAILURE", "NOT_STARTED"):
            said = f"not verified example.com in eu-west-1 ({status})"
            self.one(of_mail(identity=status), said, "DkimAttributes", stops=True)
        address = {**MAIL, "EmailSourceArn": f"{ARN}us@example.com"}
        self.one(of_mail(address, identity="PENDING"), "Open the link in the mail", "us@example.com", stops=True)

    def test_an_address_whose_domain_alone_is_verified_is_told_of_and_may_work(self):
        address = {**MAIL, "EmailSourceArn": f"{ARN}us@example.com"}
        for status in ("NONE", "PENDING"):
            found = of_mail(address, identity=status, by="example.com")
            self.one(found, "the very identity that is named", f'"sourceArn": "{ARN}example.com"', stops=False)
            self.assertEqual(notes(found, True), [], "Cognito has taken it")

    def test_an_identity_of_another_account_is_refused_and_nothing_else_is_said_of_it(self):
        self.one(of_mail(account="999999999999", identity="NONE", production=False), "999999999999", stops=True)
        self.assertEqual(of_mail(account=None), [])

    def test_a_configuration_set_that_is_not_there_is_refused(self):
        named = {**MAIL, "EmailConfigurationSet": "codes"}
        make = "aws sesv2 create-configuration-set --region eu-west-1 --configuration-set-name codes"
        self.one(of_mail(named, set=False), "no configuration set codes", make, stops=True)
        self.assertEqual(of_mail(named, set=None), [])

    def test_the_sandbox_limits_and_does_not_stop(self):
        limited = of_mail(production=False, quota=200.0)
        self.one(limited, "sandbox in eu-west-1", "200 mails a day", "production", stops=False)
        self.one(of_mail(production=False, quota=None), "verified there.", stops=False)

    def test_where_a_code_by_mail_is_the_only_way_in_the_sandbox_locks_out(self):
        locked = {**MAIL, **ON_BY, "EmailFactor": "true"}
        self.one(of_mail(locked, production=False), "Nobody else can sign in", stops=False)
        texts = {"EmailFactor": "false", "SmsFactor": "true"}
        for other in ({"TotpFactor": "true"}, {"MfaConfiguration": "OPTIONAL"}, texts):
            [finding] = of_mail({**locked, **other}, production=False)
            self.assertNotIn("Nobody", finding.text)

    def test_a_day_that_is_nearly_used_up_is_said_and_no_limit_at_all_is_none(self):
        self.one(of_mail(quota=1000.0, sent=800.0), "1,000 mails a day", stops=False)
        for quota, sent in ((1000.0, 799.0), (-1.0, 5000.0), (None, None), (0.0, 0.0)):
            self.assertEqual(of_mail(quota=quota, sent=sent), [], (quota, sent))

    def test_an_account_that_may_not_send_is_told_of(self):
        self.one(of_mail(sending=False), "has stopped sending", "EnforcementStatus", stops=False)

    def test_what_could_not_be_asked_is_taken_to_be_right(self):
        unknown = {"ses:GetAccount": "AccessDeniedException", "ses:GetEmailIdentity": "AccessDeniedException"}
        nothing = dict.fromkeys(("identity", "production", "sending", "quota", "sent", "account"))
        found = of_mail(**nothing, unknown=unknown)
        self.one(found, "ses:GetAccount (AccessDeniedException), ses:GetEmailIdentity", stops=False)

    def test_all_that_is_wrong_is_said_at_once(self):
        found = of_mail({**MAIL, "EmailConfigurationSet": "codes"}, identity="NONE", set=False, production=False)
        self.assertEqual([finding.stops for finding in found], [True, True, False])
        with self.assertRaises(Failure) as refused:
            require_none(found, False)
        self.assertIn("no identity example.com", refused.exception.message)
        self.assertIn("no configuration set codes", refused.exception.message)
        self.assertIn("create-email-identity", refused.exception.advice)
        self.assertIn("create-configuration-set", refused.exception.advice)

    def test_the_domains_above_an_identity_are_those_that_can_speak_for_it(self):
        self.assertEqual(above("us@mail.example.com"), ["mail.example.com", "example.com"])
        self.assertEqual(above("mail.example.com"), ["example.com"])
        self.assertEqual(above("example.com"), [])
        self.assertEqual(above("us@example.com"), ["example.com"])


class Settings(unittest.TestCase):
    """What the stack has already does not stop a deploy that may mend something else."""

    def test_only_settings_that_run_are_as_before(self):
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

    def test_what_would_stop_is_a_note_then(self):
        found = [
            Finding("It is gone.", "Make it.", True), Finding("It is slow."), Finding("It may fail.", is_for_new=True),
        ]
        self.assertEqual(notes(found, True), ["note  It is gone. Make it.", "note  It is slow."])
        self.assertEqual(notes(found, False), ["note  It is slow.", "note  It may fail."])
        require_none(found, True)
        require_none(found[1:], False)
        with self.assertRaises(Failure):
            require_none(found, False)

    def test_nothing_unknown_is_no_finding(self):
        self.assertEqual(unasked({}), [])


class OwnSender(unittest.TestCase):
    """Cognito's 50 mails a day."""

    def said(self, name, **parameters):
        return mail.without({"ExistingUserPoolId": "", "MfaConfiguration": "OPTIONAL", **parameters}, name)

    def test_a_stage_for_people_is_warned_with_what_to_set(self):
        for name in (
            "prod gatehouse-prod", " gatehouse-production", "live gatehouse-live", " shop-prd-eu", "production-eu x",
            "PROD x",
        ):
            [finding] = self.said(name)
            self.assertIn("50 mails a day for the whole account: with the 51st sign-up stops", finding.text)
            self.assertIn("userPool.email", finding.advice)
            self.assertFalse(finding.stops)

    def test_a_stage_for_those_who_build_it_is_not(self):
        for name in (" gatehouse", "dev gatehouse-dev", "test x", "product gatehouse-product", "delivery x"):
            self.assertEqual(self.said(name), [], name)

    def test_a_name_that_says_neither_is_taken_by_its_domain(self):
        for name, said in ((" gatehouse", 1), ("eu gatehouse-eu", 1), ("dev x", 0), ("staging x", 0), ("qa x", 0)):
            self.assertEqual(len(self.said(name, DomainName="api.example.com")), said, name)

    def test_nobody_is_warned_where_ses_sends_or_another_pool_is_used_or_where_no_mails_go_out(self):
        for parameters in (
            {"EmailSourceArn": ARN}, {"ExistingUserPoolId": "eu-west-1_theirs"}, {"SelfSignUp": "false"},
            {"AutoConfirm": "true"},
            {"SelfSignUp": "false", "EmailFactor": "true", "MfaConfiguration": "OFF"},
        ):
            self.assertEqual(self.said("prod x", **parameters), [], parameters)

    def test_codes_by_mail_go_out_without_sign_up_too(self):
        [finding] = self.said("prod x", SelfSignUp="false", EmailFactor="true")
        self.assertIn("sign-up and sign-in stop", finding.text)


class Texts(unittest.TestCase):
    def text(self, found):
        [finding] = found
        self.assertFalse(finding.stops)
        return finding.note

    def test_they_are_asked_about_where_the_pool_sends_from(self):
        self.assertEqual(sms.region(TEXTS, "eu-central-1"), "eu-central-1")
        self.assertEqual(sms.region({**TEXTS, "SmsRegion": "eu-west-1"}, "eu-central-1"), "eu-west-1")
        self.assertEqual(sms.region({**TEXTS, "SmsExternalId": ""}, "eu-central-1"), "")
        self.assertEqual(sms.region({}, "eu-central-1"), "")
        self.assertEqual(sms.region({**TEXTS, "ExistingUserPoolId": "x"}, "eu-central-1"), "")

    def test_where_all_is_well_nothing_is_said(self):
        self.assertEqual(of_sms(), [])

    def test_the_sandbox_is_told_with_the_way_to_try_it(self):
        said = self.text(of_sms(sandbox=True))
        self.assertIn("in the SMS sandbox in eu-west-1", said)
        self.assertIn("aws sns create-sms-sandbox-phone-number --region eu-west-1", said)
        self.assertNotIn("Nobody", said)
        locked = {**TEXTS, **ON_BY, "SmsFactor": "true"}
        self.assertIn("Nobody else can sign in", self.text(of_sms(locked, sandbox=True)))

    def test_a_dollar_a_month_is_told_whether_it_was_set_or_not(self):
        for spend in ("", "1", "0.5", "1.00"):
            self.assertIn("a month in eu-west-1, and none is sent after that", self.text(of_sms(spend=spend)))
        self.assertIn("$1 a month", self.text(of_sms(spend="")))
        self.assertIn("$0.5 a month", self.text(of_sms(spend="0.5")))
        for spend in ("2", "200", None):
            self.assertEqual(of_sms(spend=spend), [])

    def test_no_number_of_ones_own_is_told_and_any_is_enough(self):
        self.assertIn("to the United States", self.text(of_sms(origins=[])))
        self.assertEqual(of_sms(origins=["GB"]), [])
        self.assertEqual(of_sms(origins=None), [])

    def test_what_could_not_be_asked_is_one_note(self):
        unknown = {"sns:GetSMSAttributes": "AuthorizationError", "sms-voice:DescribeSenderIds": "AccessDeniedException"}
        said = self.text(of_sms(sandbox=None, spend=None, origins=None, unknown=unknown))
        self.assertIn("sms-voice:DescribeSenderIds (AccessDeniedException), sns:GetSMSAttributes (Auth", said)


class Plan(unittest.TestCase):
    def test_the_pool_of_the_stack_is_asked_where_the_template_knows_plans(self):
        wanted = {"UserPoolPlan": "LITE", "ExistingUserPoolId": ""}
        self.assertEqual(tier.pool_id(wanted, stack()), "eu-west-1_Abc")
        for parameters, found in (
            (wanted, None), (wanted, stack(resources={})), ({"ExistingUserPoolId": ""}, stack()),
            ({**wanted, "ExistingUserPoolId": "eu-west-1_theirs"}, stack()),
        ):
            self.assertEqual(tier.pool_id(parameters, found), "")

    def test_the_same_plan_and_one_that_is_not_known_are_not_spoken_of(self):
        for plan in ("LITE", None, "GOLD"):
            self.assertEqual(of_plan("LITE", plan=plan), [])

    def test_a_pool_that_goes_down_is_told_with_what_it_costs_and_loses_and_how_to_keep_it(self):
        [finding] = of_plan("LITE", plan="ESSENTIALS")
        cost = "$495 a month for 100,000 active users in place of $1,350"
        self.assertIn(f"from Cognito's plan ESSENTIALS down to LITE: {cost}", finding.text)
        self.assertIn("rotated refresh tokens", finding.text)
        self.assertNotIn("threat protection", finding.text)
        self.assertEqual(finding.advice, 'To keep it: "plan": "ESSENTIALS" under userPool.')
        self.assertFalse(finding.stops)
        [finding] = of_plan("LITE", plan="PLUS")
        self.assertIn("rotated refresh tokens", finding.text)
        self.assertIn("threat protection", finding.text)
        [finding] = of_plan("ESSENTIALS", plan="PLUS")
        self.assertNotIn("rotated refresh tokens", finding.text)

    def test_the_prices_are_those_of_the_cost_model(self):
        self.assertAlmostEqual(prices.COGNITO_LITE.of(tier.PEOPLE), 495)
        self.assertAlmostEqual(prices.COGNITO_ESSENTIALS.of(tier.PEOPLE), 1350)

    def test_a_price_that_the_cost_model_does_not_know_is_looked_up_by_the_reader(self):
        with mock.patch.dict(tier.PRICES, clear=True):
            [finding] = of_plan("LITE", plan="ESSENTIALS")
        self.assertIn("down to LITE: another price for each active user, https://aws.amazon.com", finding.text)

    def test_a_plan_that_was_set_by_hand_is_told_to_go_with_the_next_change(self):
        [finding] = of_plan("ESSENTIALS", {"UserPoolPlan": "ESSENTIALS"}, plan="PLUS")
        said = "Somebody has set the user pool to Cognito's plan PLUS. The next deploy that changes the pool"
        self.assertIn(said, finding.text)

    def test_a_pool_that_goes_up_is_told_what_it_costs(self):
        [finding] = of_plan("ESSENTIALS", plan="LITE")
        cost = "$1,350 a month for 100,000 active users in place of $495"
        self.assertIn(f"from Cognito's plan LITE to ESSENTIALS: {cost}", finding.text)

    def test_what_was_set_on_the_pool_by_hand_and_needs_the_plan_is_named(self):
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

    def test_what_was_set_by_hand_is_told_to_go_with_the_next_change_whatever_the_plan(self):
        for wanted, now in (("ESSENTIALS", "ESSENTIALS"), ("ESSENTIALS", "LITE"), ("LITE", "ESSENTIALS")):
            told = of_plan(wanted, plan=now, firstFactors=["PASSWORD", "WEB_AUTHN"], triggers=["PreSignUp"])[-1]
            self.assertIn("set by hand: sign-in by WEB_AUTHN, the trigger PreSignUp. The next deploy", told.text)
            self.assertIn("userPool.id", told.advice)
            self.assertFalse(told.stops)

    def test_what_the_configuration_takes_away_itself_is_no_surprise(self):
        self.assertEqual(len(of_plan("LITE", {"PasswordHistorySize": "5"}, plan="ESSENTIALS", history=5)), 1)
        self.assertEqual(len(of_plan("LITE", {"ThreatProtection": "AUDIT"}, plan="PLUS", protection="AUDIT")), 1)
        self.assertEqual(len(of_plan("LITE", plan="ESSENTIALS", trigger="V1_0")), 1)

    def test_what_could_not_be_asked_is_said(self):
        [finding] = of_plan("LITE", plan=None, unknown={"cognito-idp:DescribeUserPool": "AccessDeniedException"})
        self.assertIn("cognito-idp:DescribeUserPool (AccessDeniedException)", finding.text)

    def test_the_plans_are_cognitos(self):
        model = botocore.session.get_session().get_service_model("cognito-idp")
        self.assertEqual(set(model.shape_for("UserPoolTierType").enum), set(tier.PLANS))


class Commands(unittest.TestCase):
    """Each line of the AWS CLI that a finding names is one that there is."""

    def test_each_has_an_operation_and_options_that_there_are(self):
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

"""Tests the texts of mails and SMS from config.json to a sent mail: as parameters, in the stack, and in the mail.

The last part runs on a MiniStack for these tests, which expands the pool's templates and stores the mails. Without
`.venv/ministack` that part is skipped, or fails if REQUIRE_MINISTACK is set, as scripts/test sets it.
"""

import functools
import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import boto3
import botocore.config

from stack.build import parameters
from stack.checks.findings import TEXTS
from stack.checks.transform import EXISTING, deployed, source
from stack.emulator import ministack
from stack.root import ROOT
from stack.run.processes import Processes
from test_parameters import read_back
from test_template import properties

# What tools and formats stumble over: quotes, lines, other alphabets, what looks like YAML or a template's function.
HARD = (
    "<!-- # no comment: 'it''s' \"quoted\" \\ %s ${AWS::Region} !Sub -->\r\n<style>p { color: red }</style>\n\t"
    '<p title="Gr\u00fc\u00dfe &amp; \u7ba1\u7406 \U0001f980 = @ * & | > - ? [] , ;">'
)
LONG = "".join(f"<p>Line {number} of a long mail, with \"quotes\" and \u00e9.</p>\n" for number in range(330))
MESSAGES = {
    "verification": {
        "email": {"subject": "Dein Code f\u00fcr den \"Laden\"", "body": f"{HARD}Code: {{####}}</p>\n{LONG}"},
        "sms": "Laden: {####} ist dein Code, 'g\u00fcltig' f\u00fcr 24 h",
    },
    "invitation": {
        "email": {"subject": "Willkommen, \U0001f980", "body": f"{HARD}{{username}} / {{####}}</p>"},
        "sms": "{username}: {####}",
    },
}
CONFIG = {"messages": MESSAGES, "sms": {}, "secondFactors": ["TOTP", "SMS"]}
# With these a sign-in asks for codes by mail and by SMS.
FACTORS = {
    "EmailFactor": "true", "SmsFactor": "true", "SmsExternalId": "ours", "UserPoolPlan": "ESSENTIALS",
    "EmailSourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com", "EmailFrom": "a@example.com",
}
# What the pool is told for each occasion.
VERIFICATION = {
    "DefaultEmailOption": "CONFIRM_WITH_CODE",
    "EmailSubject": "Your code",
    "EmailMessage": "<p>{####}</p>" + "".join(f"<p>Verification, {place}</p>" for place in (2, 3, 4, 5)),
    "SmsMessage": "Code: {####}",
}
INVITATION = {
    "EmailSubject": "Welcome",
    "EmailMessage": "<p>{username}, {####}</p>" + "".join(f"<p>Invitation, {place}</p>" for place in (2, 3, 4, 5)),
    "SMSMessage": "{username}, {####}",
}
SIGN_IN = "<b>{####}</b>" + "".join(f"<p>SignIn, {place}</p>" for place in (2, 3, 4, 5))
MINISTACK = ROOT / ".venv" / "ministack" / "bin" / "python"


@functools.cache
def from_config():
    """The output of `gatehouse config parameters` for MESSAGES."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.json"
        file.write_text(json.dumps({"userPool": CONFIG}), encoding="utf-8")
        argv = [
            "cargo",
            "run",
            "--quiet",
            "--package",
            "gatehouse",
            "--",
            "config",
            "parameters",
            "--config",
            str(file),
        ]
        said = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=True)
    return parameters.parse(said.stdout)


def of(kind, texts=TEXTS):
    return {name: text for name, text in texts.items() if name.startswith(kind)}


def body(kind, given):
    return "".join(given[f"{kind}EmailMessage{place}"] for place in ("", 2, 3, 4, 5))


class Parameters(unittest.TestCase):
    def test_every_text_of_config_json_is_unchanged(self):
        given = from_config()
        for kind, occasion in (("Verification", "verification"), ("Invitation", "invitation")):
            wanted = MESSAGES[occasion]
            self.assertEqual(given[f"{kind}EmailSubject"], wanted["email"]["subject"])
            self.assertEqual(body(kind, given), wanted["email"]["body"])
            self.assertEqual(given[f"{kind}SmsMessage"], wanted["sms"])
        self.assertEqual(set(of("SignIn", given).values()), {""})

    def test_sam_reads_every_text_unchanged(self):
        values = list(from_config().values())
        self.assertEqual(read_back(values), values)

    def test_a_long_body_fits_into_its_parameters(self):
        parts = [text for name, text in of("VerificationEmailMessage", from_config()).items() if text]
        self.assertGreater(len(parts), 3)
        for part in parts:
            self.assertLessEqual(len(part.encode()), 4096)
        # Where one part ends and the next begins, there is nothing that a tool takes off.
        edges = [part[-1] for part in parts[:-1]] + [part[0] for part in parts[1:]]
        self.assertEqual(set(edges) & set("\"'\\{ \n\t\r"), set())

    def test_the_template_accepts_texts_but_no_secret_references(self):
        declared = source()["Parameters"]
        for name, text in of("", from_config()).items():
            if "Message" in name or "Subject" in name:
                pattern = declared[name]["AllowedPattern"]
                self.assertIsNotNone(re.fullmatch(pattern, text), name)
                for bad in ("{{resolve:ssm:/x:1}}", "a\n{{x", "ends in {"):
                    self.assertIsNone(re.fullmatch(pattern, bad), name)


class Stack(unittest.TestCase):
    def pool(self, **given):
        return properties(deployed(**given), "UserPool")

    def test_without_texts_the_pool_gets_none(self):
        pool = self.pool()
        self.assertEqual(pool["AdminCreateUserConfig"], {"AllowAdminCreateUserOnly": False})
        for name in ("VerificationMessageTemplate", "EmailAuthenticationSubject", "EmailAuthenticationMessage",
                     "SmsAuthenticationMessage"):
            self.assertNotIn(name, pool)

    def test_each_text_changes_only_itself(self):
        plain = deployed(**FACTORS).resources
        for kind in ("Verification", "Invitation", "SignIn"):
            for given in (of(f"{kind}Email"), of(f"{kind}Sms")):
                with self.subTest(given):
                    resources = deployed(**FACTORS, **given).resources
                    changed = {
                        name for name in plain.keys() | resources.keys() if plain.get(name) != resources.get(name)
                    }
                    # A deployment of the API is made at each deploy, and the stage names it.
                    changed = {name for name in changed if not name.startswith("ApiDeployment") and name != "ApiStage"}
                    self.assertEqual(changed, {"UserPool"})
                    pool, before = resources["UserPool"]["Properties"], plain["UserPool"]["Properties"]
                    told = json.dumps({name: pool[name] for name in pool if pool[name] != before.get(name)})
                    self.assertEqual([text for text in given.values() if text not in told], [])
                    others = set(TEXTS.values()) - set(given.values())
                    self.assertEqual([text for text in others if f'"{text}"' in told], [])

    def test_all_texts_together_are_in_place(self):
        pool = self.pool(**FACTORS, **TEXTS)
        self.assertEqual(pool["VerificationMessageTemplate"], VERIFICATION)
        self.assertEqual(pool["AdminCreateUserConfig"]["InviteMessageTemplate"], INVITATION)
        self.assertEqual(pool["EmailAuthenticationSubject"], "Your sign-in")
        self.assertEqual(pool["EmailAuthenticationMessage"], SIGN_IN)
        self.assertEqual(pool["SmsAuthenticationMessage"], "Sign-in: {####}")

    def test_a_sign_in_text_needs_its_second_factor(self):
        for given in ({}, {**FACTORS, "MfaConfiguration": "OFF"}):
            pool = self.pool(**given, **TEXTS)
            for name in ("EmailAuthenticationSubject", "EmailAuthenticationMessage", "SmsAuthenticationMessage"):
                self.assertNotIn(name, pool)

    def test_an_sms_text_alone_leaves_cognitos_mail(self):
        pool = self.pool(**of("VerificationSms"), **of("InvitationSms"))
        self.assertEqual(
            pool["VerificationMessageTemplate"],
            {"DefaultEmailOption": "CONFIRM_WITH_CODE", "SmsMessage": "Code: {####}"},
        )
        self.assertEqual(pool["AdminCreateUserConfig"]["InviteMessageTemplate"], {"SMSMessage": "{username}, {####}"})

    def test_an_existing_pool_gets_no_texts(self):
        self.assertNotIn("{####}", json.dumps(deployed(**EXISTING, **TEXTS).resources))

    def test_a_subject_needs_a_body_and_the_reverse(self):
        def kept(**given):
            return [check["Assert"] for check in deployed(**given).rules["MailHasASubjectAndABody"]["Assertions"]]

        self.assertEqual(kept(), [True] * 3)
        self.assertEqual(kept(**TEXTS), [True] * 3)
        for place, kind in enumerate(("Verification", "Invitation", "SignIn")):
            for name in (f"{kind}EmailSubject", f"{kind}EmailMessage"):
                self.assertEqual(kept(**{name: TEXTS[name]}), [at != place for at in range(3)], name)


@unittest.skipUnless(MINISTACK.exists() or "REQUIRE_MINISTACK" in os.environ, f"{MINISTACK} is not there")
class Sent(unittest.TestCase):
    """The mails that the template's pool sends with MESSAGES."""

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="gatehouse-messages-")))
        processes = cls.enterClassContext(Processes())
        cls.port, log = ministack.any_free_port(), folder / "log"
        child = ministack.start(MINISTACK, cls.port, "us-east-1", folder, log, processes)
        ministack.await_ready(child, cls.port, log, processes)
        cls.make_stack()

    @classmethod
    def enterClassContext(cls, context):  # Python 3.10 has none of its own.
        entered = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        return entered

    @classmethod
    def client(cls, service):
        return boto3.client(
            service, region_name="us-east-1", endpoint_url=ministack.endpoint(cls.port), aws_access_key_id="test",
            aws_secret_access_key="test", config=botocore.config.Config(proxies={}),
        )

    @classmethod
    def make_stack(cls):
        """Deploys only the pool and client of the template."""
        whole = deployed().raw
        template = {
            **{name: whole[name] for name in ("Parameters", "Conditions")},
            "Resources": {name: whole["Resources"][name] for name in ("UserPool", "UserPoolClient")},
            "Outputs": {"Pool": {"Value": {"Ref": "UserPool"}}, "Client": {"Value": {"Ref": "UserPoolClient"}}},
        }
        stacks = cls.client("cloudformation")
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in from_config().items()]
        stacks.create_stack(StackName="texts", TemplateBody=json.dumps(template), Parameters=given)
        stacks.get_waiter("stack_create_complete").wait(StackName="texts", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        [stack] = stacks.describe_stacks(StackName="texts")["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        cls.pool, cls.app = outputs["Pool"], outputs["Client"]
        cls.cognito = cls.client("cognito-idp")

    def mails(self, address):
        """The mails to this address, oldest first."""
        # No proxy of the user's is between us and this machine.
        with build_opener(ProxyHandler({})).open(f"{ministack.endpoint(self.port)}/_ministack/ses/messages") as answer:
            regions = json.load(answer)
        found = []

        def walk(node):
            if isinstance(node, dict) and "Subject" in node and address in json.dumps(node):
                found.append(node)
            elif isinstance(node, (dict, list)):
                for inner in node.values() if isinstance(node, dict) else node:
                    walk(inner)

        walk(regions)
        return found

    def code(self, mail):
        """The code in a mail, which must have exactly the configured text."""
        wanted = MESSAGES["verification"]["email"]
        self.assertEqual(mail["Subject"], wanted["subject"])
        before, after = map(re.escape, wanted["body"].split("{####}"))
        found = [re.fullmatch(rf"{before}(\d{{6}}){after}", text) for text in mail.values() if isinstance(text, str)]
        codes = [match[1] for match in found if match]
        self.assertEqual(len(codes), 1, "the mail is not in the configured words")
        return codes[0]

    def sign_up(self, address):
        self.cognito.sign_up(ClientId=self.app, Username=address, Password="Correct-horse-9")

    def confirm(self, address, code):
        self.cognito.confirm_sign_up(ClientId=self.app, Username=address, ConfirmationCode=code)

    def test_sign_up_mails_have_the_configured_text(self):
        self.sign_up("ann@example.com")
        [first] = self.mails("ann@example.com")
        self.code(first)
        self.cognito.resend_confirmation_code(ClientId=self.app, Username="ann@example.com")
        mails = self.mails("ann@example.com")
        self.assertEqual(len(mails), 2)
        self.confirm("ann@example.com", self.code(mails[-1]))

    def test_a_reset_mail_has_the_same_text(self):
        self.sign_up("ben@example.com")
        [first] = self.mails("ben@example.com")
        self.confirm("ben@example.com", self.code(first))
        self.cognito.forgot_password(ClientId=self.app, Username="ben@example.com")
        mails = self.mails("ben@example.com")
        self.assertEqual(len(mails), 2)
        self.cognito.confirm_forgot_password(
            ClientId=self.app, Username="ben@example.com", ConfirmationCode=self.code(mails[-1]),
            Password="Another-horse-9",
        )

    def test_an_invitation_has_its_own_text_with_name_and_password(self):
        self.cognito.admin_create_user(
            UserPoolId=self.pool, Username="cyd@example.com", TemporaryPassword="First-horse-9",
            UserAttributes=[{"Name": "email", "Value": "cyd@example.com"}], DesiredDeliveryMediums=["EMAIL"],
        )
        [mail] = self.mails("cyd@example.com")
        wanted = MESSAGES["invitation"]["email"]
        self.assertEqual(mail["Subject"], wanted["subject"])
        text = wanted["body"].replace("{username}", "cyd@example.com").replace("{####}", "First-horse-9")
        self.assertTrue(text in mail.values(), "the mail is not in the configured words")


if __name__ == "__main__":
    unittest.main()

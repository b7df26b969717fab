"""Tests that scripts/deploy checks what the pool's settings need before it builds: whole deploys, with stand-ins for
AWS."""

import json
import sys
import unittest

from fake_repository import ANSWERS
from test_deploy import gate
from test_deploy_states import Deploys

IDENTITY = "arn:aws:ses:eu-west-1:123456789012:identity/example.com"
MAIL = {"EmailSourceArn": IDENTITY, "EmailFrom": "us@example.com", "EmailReplyTo": "", "EmailConfigurationSet": ""}
BEFORE_THE_BUILD = "..    Validate the template"


@unittest.skipUnless(sys.platform == "linux", "the stand-ins are for Linux")
class Asks(Deploys):
    def account(self, command, **answer):
        """Sets the account's results that differ from those of an account without problems."""
        self.repository.path(f"{command}.json").write_text(json.dumps({**ANSWERS[command], **answer}))

    def asked(self, command):
        return [line for line in self.repository.text("asked").splitlines() if line.split()[0] == command]

    def refused(self, *arguments):
        result = self.run_script("deploy", "--no-smoke", *arguments)
        self.assertEqual((result.returncode, self.calls()), (1, []), result.stderr)
        return result.stderr

    def said_once_before_the_build(self, said, *notes):
        for note in notes:
            self.assertEqual(said.count(note), 1, note)
            self.assertLess(said.index(note), said.index(BEFORE_THE_BUILD), note)


class Mail(Asks):
    def test_a_missing_identity_is_refused_before_the_build(self):
        self.configure(**MAIL)
        self.account("mail", identity="NONE")
        said = self.refused()
        self.assertIn("Failed: nothing was deployed. Amazon SES has no identity example.com in eu-west-1", said)
        self.assertIn("\naws sesv2 create-email-identity --region eu-west-1 --email-identity example.com\n", said)
        self.assertEqual(self.asked("mail"), ["mail eu-west-1"])

    def test_a_stack_with_this_sender_is_deployed_with_a_note(self):
        self.configure(**MAIL)
        self.account("mail", identity="FAILED")
        self.there(**MAIL)
        said = self.deploy().stderr
        self.said_once_before_the_build(said, "note  Amazon SES has not verified example.com in eu-west-1 (FAILED)")

    def test_a_stack_that_would_get_this_sender_is_refused(self):
        self.configure(**MAIL)
        self.account("mail", identity="FAILED")
        self.there()
        self.assertIn("not verified example.com", self.refused())

    def test_two_checks_print_the_sandbox_note_once(self):
        self.configure(**MAIL)
        self.account("mail", production=False, quota=200.0)
        note = "note  This account is in the Amazon SES sandbox in eu-west-1"
        self.said_once_before_the_build(self.deploy().stderr, note)
        self.assertEqual(len(self.asked("mail")), 2)

    def test_an_identity_deleted_during_the_build_is_noticed(self):
        self.configure(**MAIL)
        sam = self.repository.path(".venv/sam/bin/sam")
        gone = self.repository.path("gone.json")
        gone.write_text(json.dumps({**ANSWERS["mail"], "identity": "NONE"}))
        sam.write_text(sam.read_text().replace(
            '[ "$1" = build ] && {\n',
            f'[ "$1" = build ] && {{\n    cp "{gone}" "{self.repository.path("mail.json")}"\n', 1
        ))
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual((result.returncode, self.deploys()), (1, []), result.stderr)
        self.assertIn("has no identity example.com", result.stderr)

    def test_a_failed_check_does_not_stop_the_deploy(self):
        self.configure(**MAIL)
        self.repository.mark("no-answer-mail")
        said = self.deploy().stderr
        note = "note  Check the pool's mail in Amazon SES: the calls to Amazon SES failed."
        self.said_once_before_the_build(said, note)
        self.assertEqual(len(self.deploys()), 2)

    def test_a_missing_right_does_not_stop_the_deploy(self):
        self.configure(**MAIL)
        self.account("mail", identity=None, unknown={"ses:GetEmailIdentity": "AccessDeniedException"})
        self.said_once_before_the_build(self.deploy().stderr, "ses:GetEmailIdentity (AccessDeniedException)")


class OwnSender(Asks):
    WARNING = "note  The user pool sends with Cognito's own sender, which is limited to 50 mails a day"

    def stage(self, name):
        self.repository.path(f"config.{name}.json").write_text("{}")
        return self.deploy("--stage", name).stderr

    def test_only_a_stage_for_end_users_gets_the_warning(self):
        self.said_once_before_the_build(self.stage("prod"), self.WARNING)
        self.assertNotIn(self.WARNING, self.stage("dev"))
        self.assertNotIn(self.WARNING, self.deploy().stderr)

    def test_the_stage_name_counts_whatever_the_stack_name(self):
        self.repository.path("config.prod.json").write_text("{}")
        self.assertIn(self.WARNING, self.deploy("--stage", "prod", "--stack", "shop").stderr)

    def test_with_an_identity_there_is_no_warning(self):
        self.configure(**MAIL)
        self.assertNotIn(self.WARNING, self.stage("prod"))

    def test_the_stage_of_an_artifact_counts(self):
        self.repository.path("config.prod.json").write_text("{}")
        file = str(self.repository.path("release.tar.gz"))
        said = self.good("deploy", "--build", file, "--stage", "prod", "--stack", "shop").stderr
        self.assertNotIn(self.WARNING, said)
        self.assertEqual(self.deploy("--from", file).stderr.count(self.WARNING), 1)


class Texts(Asks):
    def test_limits_of_text_messages_are_printed_before_the_build(self):
        self.configure(SmsExternalId="ours", SmsRegion="eu-west-1")
        self.account("sms", sandbox=True, spend="1", origins=[])
        self.said_once_before_the_build(
            self.deploy().stderr,
            "in the SMS sandbox in eu-west-1",
            "The spending limit for text messages in eu-west-1 is $1 a month",
            "no phone number and no sender id of its own in eu-west-1",
        )
        self.assertEqual(self.asked("sms"), ["sms eu-west-1"] * 2)

    def test_the_default_region_of_text_messages_is_the_stacks(self):
        self.configure(SmsExternalId="ours", SmsRegion="")
        self.deploy()
        self.assertEqual(self.asked("sms"), ["sms us-east-1"] * 2)


class Plan(Asks):
    def test_a_lower_plan_prints_a_note_and_needs_no_consent(self):
        self.there()
        self.configure(UserPoolPlan="LITE")
        self.account("pool", plan="ESSENTIALS", login=2)
        self.said_once_before_the_build(
            self.deploy().stderr, "note  The user pool changes from Cognito's plan ESSENTIALS down to LITE",
            'To keep it: "plan": "ESSENTIALS" under userPool.', "do not come from config.json: managed login",
        )
        self.assertEqual(self.deploys()[0]["UserPoolPlan"], "LITE")
        self.assertEqual(self.asked("pool"), ["pool us-east-1"] * 2)

    def test_the_plan_of_a_new_pool_is_not_checked(self):
        self.configure(UserPoolPlan="LITE")
        self.deploy()
        self.assertEqual(self.asked("pool"), [])

    def test_a_change_of_second_factors_prints_a_note(self):
        self.there(MfaConfiguration="OPTIONAL")
        self.configure(MfaConfiguration="ON")
        self.said_once_before_the_build(self.deploy().stderr, "note  After this deploy everybody needs a second factor")


class Ways(Asks):
    """Every kind of deploy runs the same checks, and settings without needs run none."""

    def setUp(self):
        super().setUp()
        self.configure(**MAIL, SmsExternalId="ours", UserPoolPlan="LITE")
        self.account("mail", production=False)
        self.account("sms", sandbox=True)
        self.account("pool", plan="ESSENTIALS")
        self.there()

    NOTES = ("This account is in the Amazon SES sandbox", "in the SMS sandbox", "down to LITE")

    def test_checks_run_at_the_deploy_of_an_artifact_not_its_build(self):
        file = str(self.repository.path("release.tar.gz"))
        self.good("deploy", "--build", file)
        self.assertEqual(self.repository.text("asked"), "")
        said = self.deploy("--from", file).stderr
        for note in self.NOTES:
            self.assertEqual(said.count(note), 1, note)
            self.assertLess(said.index(note), said.index("..    Deploy the stack"))
        self.account("mail", identity="NONE")
        before = len(self.deploys())
        result = self.run_script("deploy", "--no-smoke", "--from", file)
        self.assertEqual((result.returncode, len(self.deploys())), (1, before))
        self.assertIn("has no identity example.com", result.stderr)

    def test_guided_deploys_run_the_checks_too(self):
        self.said_once_before_the_build(self.guided(), *self.NOTES)

    def test_parameters_of_the_command_line_are_checked(self):
        mine = self.repository.path("mine.yaml")
        mine.write_text('EmailSourceArn: ""\nEmailFrom: ""\n')
        self.assertNotIn(self.NOTES[0], self.deploy("--parameters", str(mine)).stderr)
        self.assertEqual(self.asked("mail"), [])

    def test_an_existing_pool_is_not_checked_here(self):
        self.configure(**MAIL, SmsExternalId="ours", UserPoolPlan="LITE", ExistingUserPoolId="us-east-1_theirs")
        self.deploy("--accept-replacement")
        self.assertEqual([self.asked(each) for each in ("mail", "sms", "pool")], [[], [], []])

    def test_back_runs_no_checks(self):
        self.repository.path("back.json").write_text('{"status": "UPDATE_COMPLETE", "rows": []}')
        self.run_script("deploy", "--back")
        self.assertEqual(self.repository.text("asked"), "back gatehouse\n")

    def test_a_local_deploy_runs_no_checks(self):
        with gate() as (endpoint, _):
            self.good("deploy", AWS_ENDPOINT_URL=endpoint)
        self.assertEqual([self.asked(each) for each in ("mail", "sms", "pool")], [[], [], []])

    def test_without_such_settings_no_checks_run(self):
        self.configure()
        self.deploy()
        self.assertEqual(set(self.repository.text("asked").split("\n")), {"stack gatehouse", "log-role ", ""})


if __name__ == "__main__":
    unittest.main()

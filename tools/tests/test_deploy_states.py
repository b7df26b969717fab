"""Tests scripts/deploy with existing, incomplete, stuck and missing stacks, with stand-ins for sam and AWS."""

import json
import subprocess
import sys
import tarfile
import unittest

from test_deploy import OURS, Case
from test_deployed import answer
from test_glibc import elf

PARAMETERS = {
    "ExistingUserPoolId": "", "Groups": "admins,staff,-,-,-,-,-,-,-,-", "ResourceServerIdentifier": "orders",
    "ResourceServerScopes": "read,write,-,-,-,-,-,-,-,-", "ClientSecret": "false", "Rollout": "AllAtOnce",
    "PoolDeletionProtection": "ACTIVE", "TableDeletionProtection": "true",
}
THERE = {"UserPool": ["AWS::Cognito::UserPool", "p"], "OrdersTable": ["AWS::DynamoDB::Table", "t"]}


@unittest.skipUnless(sys.platform == "linux", "the stand-ins are for Linux")
class Deploys(Case):
    def setUp(self):
        super().setUp()
        self.configure()

    def configure(self, **changed):
        """Sets the parameters that gatehouse derives from config.json."""
        lines = [f"{name}: {json.dumps(value)}\n" for name, value in {**PARAMETERS, **changed}.items()]
        self.repository.path("parameters").write_text("".join(lines))

    def there(self, status="UPDATE_COMPLETE", alias="7", resources=None, file="stack.json", **parameters):
        """Sets the stack on AWS; with `file`, its state after sam has built."""
        found = answer(status, alias, outputs={"ApiUrl": "https://abc123.execute-api.us-east-1.amazonaws.com/v1"})
        found["parameters"] |= {**PARAMETERS, "StageName": "v1", **parameters}
        found["resources"] |= THERE if resources is None else resources
        self.repository.path(file).write_text(json.dumps(found))

    def deploys(self):
        """The parameters of each deploy."""
        files = sorted(self.repository.root.glob("deployed-*.yaml"))
        texts = [file.read_text(encoding="utf-8").splitlines() for file in files]
        return [{name: json.loads(value) for name, value in (line.split(": ", 1) for line in text)} for text in texts]

    def deploy(self, *arguments):
        return self.good("deploy", "--no-smoke", *arguments)


class First(Deploys):
    def test_a_new_stack_gets_its_protection_in_a_second_deploy(self):
        said = self.deploy().stderr
        first, second = self.deploys()
        self.assertEqual((first["PoolDeletionProtection"], first["TableDeletionProtection"]), ("INACTIVE", "false"))
        self.assertEqual(second, {**first, "PoolDeletionProtection": "ACTIVE", "TableDeletionProtection": "true"})
        self.assertIn(
            "deployed once more, so that its user pool is protected from deletion, and its table is protected", said
        )

    def test_the_apis_id_needs_no_third_deploy(self):
        self.repository.path("config.json").write_text('{"api": {"resourceMetadata": true}}')
        self.deploy()
        first, second = self.deploys()
        self.assertEqual((first["ApiId"], second["ApiId"], second["PoolDeletionProtection"]), ("", "abc123", "ACTIVE"))

    def test_the_next_deploy_completes_a_failed_second_deploy(self):
        self.repository.mark("deploy-2-fails")
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual(result.returncode, 1)
        self.assertIn(
            "gatehouse runs, but the second deploy failed. It is needed so that its user pool is protected",
            result.stderr,
        )
        self.assertIn("The next scripts/deploy does the second deploy's work too.", result.stderr)
        self.there("UPDATE_ROLLBACK_COMPLETE", PoolDeletionProtection="INACTIVE", TableDeletionProtection="false")
        self.deploy()
        self.assertEqual(len(self.deploys()), 3)
        self.assertEqual(self.deploys()[2]["PoolDeletionProtection"], "ACTIVE")

    def test_a_failed_first_deploy_is_deleted_and_started_again(self):
        self.there("ROLLBACK_COMPLETE", resources={})
        said = self.deploy().stderr
        self.assertIn("So the stack is deleted, and this is a first deploy again.", said)
        self.assertEqual(self.repository.text("asked").splitlines()[:2], ["stack gatehouse", "remove arn:stack"])
        self.assertEqual(len(self.deploys()), 2)

    def test_no_other_stack_is_ever_deleted(self):
        for status in (
            "CREATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "ROLLBACK_FAILED",
            "REVIEW_IN_PROGRESS",
            "DELETE_FAILED",
        ):
            self.there(status)
            self.run_script("deploy", "--no-smoke")
        self.assertNotIn("remove", self.repository.text("asked"))

    def test_a_stuck_stack_stops_the_deploy_before_the_build(self):
        self.there("UPDATE_ROLLBACK_FAILED")
        result = self.run_script("deploy")
        self.assertEqual((result.returncode, self.calls()), (1, []))
        self.assertIn("gatehouse is UPDATE_ROLLBACK_FAILED", result.stderr)
        self.assertIn(
            "aws cloudformation continue-update-rollback --stack-name gatehouse --region us-east-1", result.stderr
        )

    def test_a_failed_call_stops_the_deploy_before_the_build(self):
        self.repository.mark("no-answer-stack")
        result = self.run_script("deploy")
        self.assertEqual((result.returncode, self.calls()), (1, []))
        self.assertIn("AWS did not answer for this stack.", result.stderr)
        self.assertIn("no credentials", result.stderr)

    def test_a_guided_deploy_says_what_is_left_to_do(self):
        said = self.guided()
        self.assertEqual(len(self.deploys()), 1)
        self.assertIn("Deploy again with PoolDeletionProtection=ACTIVE, TableDeletionProtection=true, so that", said)

    def test_without_cargo_a_build_is_refused_in_one_line(self):
        self.repository.path("bin/cargo").unlink()
        result = self.run_script("deploy", PATH=f"{self.repository.root}/bin:/usr/bin:/bin", HOME="/nowhere")
        self.assertEqual(result.returncode, 1)
        self.assertIn("Failed: cargo is missing.\nInstall Rust from https://rustup.rs", result.stderr)


class Again(Deploys):
    def revision(self):
        return self.deploys()[-1]["Revision"]

    def test_an_unchanged_deploy_keeps_its_revision_only_after_success(self):
        self.there()
        self.deploy()
        first = self.revision()
        self.assertRegex(first, "^[0-9a-f]{40}$")
        self.there(Revision=first)
        self.deploy()
        self.assertEqual(self.revision(), first)
        self.there("UPDATE_ROLLBACK_COMPLETE", Revision=first)
        self.deploy()
        self.assertEqual(self.revision()[8:], first[8:])
        self.assertNotEqual(self.revision()[:8], first[:8])

    def test_a_guided_deploy_always_gets_a_new_revision(self):
        self.there()
        self.deploy()
        first = self.revision()
        self.there(Revision=first)
        self.guided()
        self.assertNotEqual(self.revision(), first)

    def test_a_later_deploy_needs_no_second_one(self):
        self.there()
        self.deploy()
        self.assertEqual(len(self.deploys()), 1)
        self.assertEqual(self.deploys()[0]["PoolDeletionProtection"], "ACTIVE")

    def test_after_a_rollback_the_same_commit_deploys_at_once(self):
        self.there()
        self.deploy()
        first = self.revision()
        self.there(alias="6", Revision=first)
        said = self.deploy().stderr
        self.assertNotEqual(self.revision(), first)
        self.assertEqual(self.deploys()[-1]["CodeDeploy"], "false")
        self.assertIn("The alias of AuthFunction was moved after the last deploy", said)
        self.there(Revision=self.revision(), CodeDeploy="false")
        self.deploy()
        self.assertEqual(self.deploys()[-1]["CodeDeploy"], "true")

    def test_a_failed_deploy_warns_that_aliases_may_have_moved(self):
        self.there(alias="6")
        self.repository.mark("deploy-1-fails")
        result = self.run_script("deploy")
        self.assertIn("UPDATE_FAILED AuthFunction: a reason", result.stderr)
        self.assertIn("If so, run scripts/deploy --back again.", result.stderr)

    def test_now_skips_codedeploy_and_keeps_the_revision(self):
        self.there()
        self.deploy()
        first = self.revision()
        self.there(Revision=first)
        self.deploy("--now")
        self.assertEqual((self.deploys()[-1]["CodeDeploy"], self.revision()), ("false", first))

    def test_names_keep_their_slots(self):
        self.there()
        self.configure(Groups="Rédaction,staff,-,-,-,-,-,-,-,-")
        said = self.deploy().stderr
        self.assertEqual(self.deploys()[0]["Groups"], "admins,staff,Rédaction,-,-,-,-,-,-,-")
        self.assertIn("config.json no longer has the group admins.", said)

    def test_replacing_the_client_needs_consent_before_the_build(self):
        self.there()
        self.configure(ClientSecret="true")
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual((result.returncode, self.calls()), (1, []))
        self.assertIn("every app needs the new id, and all sessions end", result.stderr)
        self.assertIn("deploy with --accept-replacement", result.stderr)
        self.deploy("--accept-replacement")
        self.assertEqual(self.deploys()[0]["ClientSecret"], "true")

    def test_a_rollout_without_enough_time_is_refused_first(self):
        self.configure(Rollout="Linear10PercentEvery10Minutes")
        result = self.run_script("deploy", "--within", "60")
        self.assertEqual((result.returncode, self.calls(), self.repository.text("asked")), (1, [], ""))
        self.assertIn("shifting takes 100 minutes", result.stderr)
        self.there()
        self.deploy("--within", "115")
        self.deploy("--within", "15", "--now")

    def test_tags_are_passed_to_sam(self):
        self.repository.path("config.json").write_text(
            '{"operations": {"tags": {"team": "shop", "cost centre": "a/b"}}}'
        )
        self.there()
        self.deploy()
        call = next(call for call in self.repository.text("sam-calls").splitlines() if call.startswith("deploy"))
        self.assertIn('--tags "team"="shop" "cost centre"="a/b" --no-confirm-changeset', call)

    def test_the_smoke_test_uses_the_domain_if_it_is_the_only_address(self):
        program = self.repository.path("tools/stack/aws/smoke.py")
        program.write_text(
            program.read_text().replace(
                "def run(\n", "def run(target, *_, **__):\n    print(target.url)\n\n\ndef run_(\n"
            )
        )
        self.there()
        self.repository.path("config.json").write_text('{"api": {"disableExecuteApiEndpoint": true}}')
        sam = self.repository.path(".venv/sam/bin/sam")
        sam.write_text(
            sam.read_text().replace(
                '"OutputKey": "UserPoolId"',
                '"OutputKey": "DomainUrl", "OutputValue": "https://api.example.com"}, {"OutputKey": "UserPoolId"',
            )
        )
        self.assertTrue(self.good("deploy").stdout.endswith("\nhttps://api.example.com\n"))


class Meanwhile(Deploys):
    """A build takes minutes, so the deploy follows the state of the stack after the build."""

    LATER = "stack-by-then.json"

    def test_an_alias_moved_during_the_build_is_noticed(self):
        self.there()
        self.deploy()
        first = self.deploys()[-1]["Revision"]
        self.there(Revision=first)
        self.there(alias="6", Revision=first, file=self.LATER)
        said = self.deploy().stderr
        self.assertEqual(said.count("The alias of AuthFunction was moved after the last deploy"), 1)
        self.assertEqual(self.deploys()[-1]["CodeDeploy"], "false")
        self.assertNotEqual(self.deploys()[-1]["Revision"], first)

    def test_a_change_begun_during_the_build_stops_the_deploy(self):
        self.there()
        self.there("UPDATE_IN_PROGRESS", file=self.LATER)
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual((result.returncode, self.deploys()), (1, []))
        self.assertEqual([call[0] for call in self.calls()], ["validate", "build"])
        self.assertIn("gatehouse is UPDATE_IN_PROGRESS", result.stderr)

    def test_a_new_consequence_during_the_build_needs_consent(self):
        self.there(ClientSecret="true")
        self.configure(ClientSecret="true")
        self.there(ClientSecret="false", file=self.LATER)
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual((result.returncode, self.deploys()), (1, []))
        self.assertIn("deploy with --accept-replacement", result.stderr)

    def test_a_processor_changed_during_the_build_is_refused(self):
        self.there()
        self.there(Architecture="x86_64", file=self.LATER)
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual((result.returncode, self.deploys()), (1, []))
        self.assertIn("the programs were built for arm64, but gatehouse has x86_64.", result.stderr)

    def test_a_stack_made_during_the_build_is_not_a_new_one(self):
        self.there(file=self.LATER)
        self.deploy()
        self.assertEqual([each["PoolDeletionProtection"] for each in self.deploys()], ["ACTIVE"])

    def test_an_unchanged_note_is_printed_once(self):
        self.there()
        self.configure(Groups="staff,-,-,-,-,-,-,-,-,-", ClientSecret="true")
        self.repository.path("log-role.json").write_text(
            '{"role": "arn:aws:iam::123456789012:role/logs", "there": null}'
        )
        said = self.deploy("--accept-replacement").stderr
        for note in (
            "config.json no longer has the group admins",
            "every app needs the new id",
            "role/logs could not be read",
        ):
            self.assertEqual(said.count(note), 1, note)
        self.assertEqual(self.repository.text("asked").count("stack gatehouse"), 2)

    def test_the_deploy_of_an_artifact_looks_only_once(self):
        self.there()
        file = str(self.repository.path("release.tar.gz"))
        self.good("deploy", "--build", file)
        self.deploy("--from", file)
        self.assertEqual(self.repository.text("asked").count("stack gatehouse"), 1)


class Architecture(Deploys):
    """The programs are always for the functions' processor, however it was chosen."""

    def setUp(self):
        super().setUp()
        self.mine = self.repository.path("mine.yaml")
        self.mine.write_text('Architecture: "x86_64"\n')
        self.intel = elf("GLIBC_2.17", machine=62)

    def built(self):
        """The parameters of the last `sam build`."""
        lines = self.repository.text("built.yaml").splitlines()
        return {name: json.loads(value) for name, value in (line.split(": ", 1) for line in lines)}["Architecture"]

    def both(self):
        return self.built(), self.deploys()[-1]["Architecture"]

    def build(self, *arguments):
        """Builds an artifact."""
        file = str(self.repository.path("release.tar.gz"))
        self.good("deploy", "--build", file, *arguments)
        return file

    def refused(self, *arguments):
        before = len(self.deploys())
        result = self.run_script("deploy", "--no-smoke", *arguments)
        self.assertEqual((result.returncode, len(self.deploys())), (1, before), result.stderr)
        return result.stderr

    def test_a_new_stack_has_the_templates_processor(self):
        self.deploy()
        self.assertEqual(self.both(), ("arm64", "arm64"))

    def test_the_default_processor_is_the_deployed_one(self):
        self.repository.path("program").write_bytes(self.intel)
        self.there()
        self.deploy("--parameters", str(self.mine))
        self.assertEqual(self.both(), ("x86_64", "x86_64"))
        self.there(Architecture="x86_64")
        self.deploy()
        self.assertEqual(self.both(), ("x86_64", "x86_64"))

    def test_naming_another_processor_changes_the_stack(self):
        self.there(Architecture="x86_64")
        self.deploy("--architecture", "arm64")
        self.assertEqual(self.both(), ("arm64", "arm64"))

    def test_a_program_for_another_processor_is_not_deployed(self):
        self.there(Architecture="x86_64")
        self.assertIn("WhoamiFunction is a program for arm64, but the functions have x86_64.", self.refused())

    def test_an_artifact_is_built_for_the_named_processor(self):
        self.repository.path("program").write_bytes(self.intel)
        file = self.build("--architecture", "x86_64")
        self.there(Architecture="x86_64")
        for arguments in ((), ("--parameters", str(self.mine)), ("--architecture", "x86_64")):
            self.deploy("--from", file, *arguments)
            self.assertEqual(self.both(), ("x86_64", "x86_64"))

    def test_an_artifact_for_another_processor_than_the_stacks_fails(self):
        file = self.build()
        self.there(Architecture="x86_64")
        said = self.refused("--from", file)
        self.assertIn("the programs were built for arm64, but gatehouse has x86_64.", said)
        self.assertIn("--build FILE --architecture x86_64", said)
        self.assertIn("change the stack's processor: --architecture arm64", said)
        self.deploy("--from", file, "--architecture", "arm64")
        self.assertEqual(self.deploys()[-1]["Architecture"], "arm64")

    def test_an_artifact_for_another_processor_than_named_fails(self):
        file = self.build()
        for arguments in (("--parameters", str(self.mine)), ("--architecture", "x86_64")):
            said = self.refused("--from", file, *arguments)
            self.assertIn("the programs were built for arm64, but x86_64 was requested.", said)
            self.assertIn("--build FILE --architecture x86_64", said)

    def test_an_artifact_with_a_wrong_processor_is_refused(self):
        self.repository.path("program").write_bytes(self.intel)
        self.assertIn("is a program for x86_64", self.refused("--build", str(self.repository.path("release.tar.gz"))))

    def test_both_ways_to_name_a_processor_must_agree(self):
        result = self.run_script("deploy", "--parameters", str(self.mine), "--architecture", "arm64")
        self.assertEqual((result.returncode, self.calls()), (1, []))
        self.assertIn("sets Architecture to x86_64, but --architecture is arm64.", result.stderr)


class Misspelt(Deploys):
    """sam silently ignores a parameter that the template does not have."""

    def setUp(self):
        super().setUp()
        self.mine = self.repository.path("mine.yaml")
        self.mine.write_text('Clientsecretvalue: "s3cret"\n')

    def test_an_unknown_parameter_is_refused_first(self):
        result = self.run_script("deploy", "--parameters", str(self.mine))
        self.assertEqual((result.returncode, self.calls(), self.repository.text("asked")), (1, [], ""))
        self.assertIn(f"{self.mine} names Clientsecretvalue: the template has no such parameter.", result.stderr)
        self.assertIn("Did you mean ClientSecretValue", result.stderr)
        self.assertNotIn("s3cret", result.stderr)

    def test_an_artifacts_own_template_declares_the_parameters(self):
        file = str(self.repository.path("release.tar.gz"))
        self.good("deploy", "--build", file)
        template = self.repository.path("template.yaml")
        template.write_text(
            template.read_text().replace("\nParameters:\n", "\nParameters:\n  Clientsecretvalue:\n    Type: String\n")
        )
        result = self.run_script("deploy", "--from", file, "--parameters", str(self.mine))
        self.assertEqual((result.returncode, self.repository.text("asked")), (1, ""))
        self.assertIn("names Clientsecretvalue", result.stderr)
        self.deploy("--parameters", str(self.mine))


class LogRole(Deploys):
    """API Gateway's role for logs, if the stack has made it and somebody has deleted it."""

    OURS = {
        **THERE,
        "GatewayLogWriter": ["AWS::IAM::Role", "logs"],
        "GatewayAccount": ["AWS::ApiGateway::Account", "a"],
    }

    def role(self, answer):
        self.repository.path("log-role.json").write_text(json.dumps(answer))

    def settings(self):
        return [each["GatewayLogRole"] for each in self.deploys()]

    def test_the_missing_role_is_released_before_a_new_one_is_made(self):
        # With the parameter as it was, CloudFormation would see nothing to do.
        for told in ({"role": "arn:aws:iam::123456789012:role/logs", "there": False}, {"role": None, "there": False}):
            self.there(resources=self.OURS, GatewayLogRole="true")
            self.role(told)
            said = self.deploy().stderr
            self.assertEqual(self.settings(), ["false", "true"])
            first, second = self.deploys()
            self.assertEqual(second, {**first, "GatewayLogRole": "true"})
            note = "CloudFormation does not know that the stack's role for API Gateway's logs is gone"
            self.assertEqual(said.count(note), 1)
            self.assertIn("deployed once more, so that API Gateway has a role to write logs with.", said)
            for file in self.repository.root.glob("deployed-*"):
                file.unlink()
            self.repository.path("sam-calls").unlink()

    def test_the_next_deploy_makes_the_role_if_the_second_failed(self):
        self.there(resources=self.OURS, GatewayLogRole="true")
        self.repository.mark("deploy-2-fails")
        result = self.run_script("deploy", "--no-smoke")
        self.assertIn(
            "the second deploy failed. It is needed so that API Gateway has a role to write logs with.", result.stderr
        )
        self.there("UPDATE_ROLLBACK_COMPLETE", GatewayLogRole="false")
        self.deploy()
        self.assertEqual(self.settings(), ["false", "true", "true"])

    def test_an_existing_role_needs_no_second_deploy(self):
        self.there(resources=self.OURS, GatewayLogRole="true")
        self.role({"role": "arn:aws:iam::123456789012:role/logs", "there": True})
        self.deploy()
        self.assertEqual(self.settings(), ["false"])

    def test_a_stack_without_a_role_makes_one_at_once(self):
        self.there()
        said = self.deploy().stderr
        self.assertEqual(self.settings(), ["true"])
        self.assertNotIn("gives up", said)


class RedSmokeTest(Deploys):
    """A version that fails the smoke test is live. The message says so, and how to go back."""

    def setUp(self):
        super().setUp()
        program = self.repository.path("tools/stack/aws/smoke.py")
        program.write_text(program.read_text().replace(
            "def run(\n",
            "def run(target, *_, **__):\n"
            "    log = target.logs / 'smoke.log'\n"
            "    log.write_text('a line of its log\\n')\n"
            "    raise Failure('GET /whoami answered 500, not 200.', 'Look at its log.', log, 3)\n\n\ndef run_(\n",
        ))

    def red(self, *arguments):
        result = self.run_script("deploy", *arguments)
        self.assertEqual(result.returncode, 3, result.stderr)
        return result.stderr

    def test_the_failure_is_followed_by_the_command_to_go_back(self):
        self.there()
        said = self.red()
        self.assertIn(
            "Failed: gatehouse is deployed and this version serves requests, but: GET /whoami answered 500, not 200.\n",
            said,
        )
        self.assertIn(
            "Look at its log.\nTo go back to the previous version at once, run: scripts/deploy --back\n", said
        )
        self.assertIn("    a line of its log\n", said)
        self.assertIn("smoke.log", said)

    def test_after_a_first_deploy_there_is_no_way_back(self):
        said = self.red()
        self.assertIn(
            "Look at its log.\nThere is no earlier version to go back to: correct the problem and deploy again.", said
        )
        self.assertNotIn("--back", said)

    def test_the_advised_command_selects_the_same_stack(self):
        self.repository.path("config.dev.json").write_text("{}")
        self.there()
        for arguments, way in (
            (("--stage", "dev"), "--stage dev --back"),
            (("--stack", "mine"), "--stack mine --back"),
            (("--region", "eu-west-1", "--profile", "my work"), "--region eu-west-1 --profile 'my work' --back"),
        ):
            region = "eu-west-1" if "--region" in arguments else "us-east-1"
            self.repository.path("merged.json").write_text(json.dumps({"region": region}))
            self.assertIn(f"scripts/deploy {way}\n", self.red(*arguments))

    def test_an_artifacts_advised_command_selects_its_stack(self):
        self.repository.path("config.dev.json").write_text("{}")
        file = str(self.repository.path("release.tar.gz"))
        self.good("deploy", "--build", file, "--stage", "dev")
        self.there()
        self.assertIn("scripts/deploy --stack gatehouse-dev --back\n", self.red("--from", file))
        self.assertIn("scripts/deploy --stage dev --back\n", self.red("--from", file, "--stage", "dev"))


class Back(Deploys):
    def back(self, *rows, status="UPDATE_COMPLETE"):
        self.repository.path("back.json").write_text(json.dumps({"status": status, "rows": rows}))
        # Nothing is built, so nothing of Rust is needed.
        self.repository.path("bin/cargo").unlink()
        return self.run_script("deploy", "--back", PATH=f"{self.repository.root}/bin:/usr/bin:/bin", HOME="/nowhere")

    def test_each_function_is_listed_and_nothing_else_runs(self):
        result = self.back(
            {"function": "AuthFunction", "from": "7", "to": "6", "made": "2026-11-01", "revision": "0a1b2c3d"},
            {"function": "New", "from": "1", "left": "first"},
        )
        self.assertEqual((result.returncode, self.calls()), (0, []), result.stderr)
        self.assertEqual(
            result.stdout.splitlines(),
            [
                "AuthFunction         from version 7 to 6 (revision 0a1b2c3d, made 2026-11-01)",
                "New                  left at version 1: it has no earlier version",
            ],
        )
        self.assertEqual(self.repository.text("asked"), "back gatehouse\n")
        self.assertIn("To go forward, run scripts/deploy", result.stderr)

    def test_one_failed_function_makes_the_exit_code_1(self):
        result = self.back(
            {"function": "A", "error": "AccessDenied"},
            {"function": "B", "from": "2", "to": "1", "made": "x", "revision": ""},
        )
        self.assertEqual(result.returncode, 1)
        self.assertIn(
            "A                    not moved: AccessDenied\nB                    from version 2 to 1", result.stdout
        )

    def test_without_a_common_revision_nothing_moves(self):
        result = self.back(
            {"function": "A", "from": "7", "left": "none for all"},
            {"function": "B", "from": "3", "left": "none for all"},
        )
        self.assertIn(
            "A                    left at version 7: the functions have no earlier revision in common", result.stdout
        )
        self.assertIn("No alias was moved.", result.stderr)

    def test_a_change_in_progress_is_refused_with_its_cancel_command(self):
        result = self.back(status="UPDATE_IN_PROGRESS")
        self.assertEqual(result.returncode, 1)
        self.assertIn("aws cloudformation cancel-update-stack --stack-name gatehouse --region us-east-1", result.stderr)

    def test_a_missing_stack_is_reported(self):
        self.assertIn("there is no stack gatehouse in us-east-1.", self.back(status=None).stderr)


class Artifacts(Deploys):
    def build(self, *arguments):
        return self.good("deploy", "--build", "release.tar.gz", *arguments, cwd=self.repository.root)

    def good(self, program, *arguments, cwd=None, **env):
        result = subprocess.run(
            [self.repository.path("scripts") / program, *arguments],
            cwd=cwd or self.repository.root,
            env=self.repository.env(**{**OURS, **env}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def refused(self, *arguments):
        result = self.run_script("deploy", *arguments)
        self.assertNotEqual(result.returncode, 0)
        return result.stderr

    def test_a_build_calls_no_aws_and_gets_no_credentials(self):
        self.good("deploy", "--build", "release.tar.gz", AWS_ACCESS_KEY_ID="theirs", AWS_SESSION_TOKEN="theirs")
        self.assertEqual(self.repository.text("asked"), "")
        self.assertNotIn("theirs", self.repository.text("sam-env"))
        self.assertEqual([call[0] for call in self.calls()], ["validate", "build"])

    def test_the_deploy_of_an_artifact_builds_nothing(self):
        self.there()
        self.deploy()
        [direct] = self.deploys()
        printed = self.build().stdout
        self.assertRegex(printed, r"^[0-9a-f]{64}  release\.tar\.gz\n$")
        for name in ("sam-calls", "bin/cargo", "config.json", "parameters"):
            self.repository.path(name).unlink()
        file = str(self.repository.path("release.tar.gz"))
        self.good(
            "deploy", "--from", file, "--no-smoke", PATH=f"{self.repository.root}/bin:/usr/bin:/bin", HOME="/nowhere"
        )
        self.assertEqual([call[0] for call in self.calls()], ["deploy", "list"])
        again = self.deploys()[-1]
        self.assertEqual({**again, "Revision": again["Revision"][8:]}, {**direct, "Revision": direct["Revision"][8:]})

    def test_the_smoke_test_uses_the_artifacts_gatehouse(self):
        self.build()
        with tarfile.open(self.repository.path("release.tar.gz")) as archive:
            names = archive.getnames()
        self.assertEqual(names[0], "manifest.json")
        self.assertLessEqual(
            {"gatehouse", "config.json", "parameters.json", "build/WhoamiFunction/bootstrap"}, set(names)
        )

    def test_an_artifact_for_another_stage_or_region_is_refused(self):
        self.repository.path("config.dev.json").write_text("{}")
        self.build("--stage", "dev")
        file = str(self.repository.path("release.tar.gz"))
        self.assertIn("built for stage dev, not for prod", self.refused("--from", file, "--stage", "prod"))
        self.assertIn("built for stack gatehouse-dev, not for x", self.refused("--from", file, "--stack", "x"))
        self.assertIn(
            "built for region us-east-1, not for eu-west-1", self.refused("--from", file, "--region", "eu-west-1")
        )
        self.deploy("--from", file, "--stage", "dev")
        self.assertIn("--stack-name gatehouse-dev", self.repository.text("sam-calls"))

    def test_the_deploy_of_an_artifact_installs_nothing(self):
        self.build()
        self.repository.path(".venv/sam/stamp").unlink()
        said = self.refused("--from", str(self.repository.path("release.tar.gz")))
        self.assertIn("the tools that a deploy needs are not installed", said)
        self.assertIn("scripts/deploy --install-tools", said)

    def test_a_broken_artifact_is_refused(self):
        self.repository.path("release.tar.gz").write_bytes(b"x")
        self.assertIn("is not an artifact", self.refused("--from", str(self.repository.path("release.tar.gz"))))
        self.assertIn("cannot read", self.refused("--from", "/nowhere/x"))

    def test_parameters_of_a_file_do_not_go_into_an_artifact(self):
        self.assertIn("pass it together with --from", self.refused("--build", "x", "--parameters", "y"))

    def test_build_and_deploy_refuse_a_rollout_without_enough_time(self):
        self.configure(Rollout="Linear10PercentEvery10Minutes")
        self.assertIn("shifting takes 100 minutes", self.refused("--build", "x", "--within", "60"))
        self.build()
        self.assertIn(
            "shifting takes 100", self.refused("--from", str(self.repository.path("release.tar.gz")), "--within", "60")
        )


if __name__ == "__main__":
    unittest.main()

"""Tests scripts/deploy, smoke and destroy from the command line, with stand-ins for cargo, sam and AWS
(fake_repository.py)."""

import contextlib
import http.server
import json
import os
import pty
import stat
import subprocess
import sys
import unittest

from fake_repository import Repository, serving
from stack.aws.destroy import retained
from test_deployed import answer
from test_glibc import elf

TOKEN = "header.claims.signature-of-the-token"
# Where the stand-in stack's API is on this machine.
BASE = "/restapis/abc123/v1/_user_request_"
OURS = {"AWS_PROFILE": "", "AWS_ENDPOINT_URL": "", "USER_EMAIL": "", "USER_PASSWORD": "", "STACK_NAME": ""}


@contextlib.contextmanager
def gate(**broken: int):
    """An API whose gate is in force except for `broken`. Yields its address and the requests that it got."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            path = self.path.removeprefix(BASE)
            asked.append((path, token))
            good = token == TOKEN
            right = 401 if not good else 403 if path == "/admin/ping" else 200
            kind = "without" if not token else "tampered" if not good else path.strip("/").replace("/", "_")
            status = broken.get(kind, right)
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(b'{"code":"forbidden"}' if status == 403 else b"an answer")

        def log_message(self, *_):
            pass

    with serving(Handler) as url:
        yield url, asked


class Case(unittest.TestCase):
    def setUp(self):
        self.repository = Repository()
        self.addCleanup(self.repository.close)
        self.repository.path("program").write_bytes(elf("GLIBC_2.17"))

    def run_script(self, program, *arguments, **env):
        return self.repository.run(program, *arguments, **{**OURS, **env})

    def good(self, program, *arguments, **env):
        result = self.run_script(program, *arguments, **env)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def guided(self):
        """Runs a deploy at a terminal at which sam asks questions, and returns the output."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        child = subprocess.Popen(
            [self.repository.path("scripts/deploy"), "--guided", "--no-smoke"],
            env=self.repository.env(**OURS), stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        os.close(theirs)
        said = child.communicate(timeout=60)[1].decode()
        self.assertEqual(child.returncode, 0, said)
        return said

    def calls(self):
        return [line.split() for line in self.repository.text("sam-calls").splitlines()]

    def parameters(self, name="gatehouse"):
        return self.repository.text(f".local/deploy/{name}/parameters.yaml")


@unittest.skipUnless(sys.platform == "linux", "the stand-ins are for Linux")
class Deploy(Case):
    def test_it_checks_builds_deploys_and_prints_the_outputs(self):
        result = self.good("deploy", "--no-smoke")
        self.assertEqual([call[0] for call in self.calls()], ["validate", "build", "deploy", "list"])
        self.assertIn("ApiUrl             https://abc123.execute-api.us-east-1.amazonaws.com/v1", result.stdout)

    def test_a_local_deploy_takes_the_local_steps_and_the_smoke_test(self):
        with gate() as (endpoint, asked):
            result = self.good("deploy", AWS_ENDPOINT_URL=endpoint)
        self.assertIn("gatehouse is deployed, and its gate is in force.", result.stderr)
        self.assertEqual([path for path, _ in asked], ["/whoami", "/whoami", "/whoami", "/admin/ping"])
        env = self.repository.text("sam-env")
        self.assertIn("CARGO_LAMBDA_COMPILER=cargo", env)
        for line in ('CodeDeploy: "false"', 'PoolDeletionProtection: "INACTIVE"', 'ExistingUserPoolId: ""'):
            self.assertIn(line, self.parameters())

    def test_a_deploy_to_aws_uses_no_local_overrides(self):
        self.good("deploy", "--no-smoke")
        self.assertNotIn("CARGO_LAMBDA_COMPILER", self.repository.text("sam-env"))
        self.assertIn('CodeDeploy: "true"', self.parameters())
        self.assertIn('ExistingUserPoolId: "us-east-1_theirs"', self.parameters())

    def test_an_open_gate_fails_the_deploy(self):
        # A redirect is not followed: it is an answer, and a wrong one.
        with gate(admin_ping=302) as (endpoint, _):
            self.repository.path("tools/stack/aws/smoke.py").write_text(
                self.repository.text("tools/stack/aws/smoke.py").replace(
                    "PATIENCE_SECONDS = 30.0", "PATIENCE_SECONDS = 0.2"
                )
            )
            result = self.run_script("deploy", AWS_ENDPOINT_URL=endpoint)
        self.assertEqual(result.returncode, 1)
        said = (
            "Failed: gatehouse is deployed and this version serves requests, but: GET /admin/ping"
            " answered 302, not 403: an answer"
        )
        self.assertIn(said, result.stderr)
        self.assertIn("There is no earlier version to go back to", result.stderr)
        self.assertTrue(self.repository.text("deleted").startswith("smoke-"), "its user is gone all the same")

    def test_a_stage_has_its_own_overlay_stack_and_build(self):
        self.repository.path("config.dev.json").write_text("{}")
        self.repository.path("merged.json").write_text('{"region": "eu-west-1"}')
        self.good("deploy", "--stage", "dev", "--no-smoke")
        deploy = self.calls()[2]
        self.assertEqual(deploy[deploy.index("--stack-name") + 1], "gatehouse-dev")
        self.assertEqual(deploy[deploy.index("--region") + 1], "eu-west-1")
        merged = self.repository.path(".local/deploy/gatehouse-dev/config.json")
        self.assertIn(f"GATEHOUSE_CONFIG={merged}", self.repository.text("sam-env"))
        self.assertIn("config.dev.json", self.repository.text("merges"))

    def test_an_unchanged_merged_file_is_not_written_again(self):
        self.repository.path("config.dev.json").write_text("{}")
        merged = self.repository.path(".local/deploy/gatehouse-dev/config.json")
        self.good("deploy", "--stage", "dev", "--no-smoke")
        before = merged.stat().st_mtime_ns
        self.good("deploy", "--stage", "dev", "--no-smoke")
        self.assertEqual(merged.stat().st_mtime_ns, before)

    def test_without_a_stage_nothing_is_merged(self):
        self.good("deploy", "--no-smoke")
        self.assertEqual(self.repository.text("merges"), "")
        self.assertNotIn("GATEHOUSE_CONFIG", self.repository.text("sam-env"))

    def test_the_region_option_gets_into_the_configuration(self):
        self.good("deploy", "--region", "eu-west-1", "--no-smoke")
        overlay = self.repository.text(".local/deploy/gatehouse/command-line.json")
        self.assertEqual(overlay, '{"region": "eu-west-1"}')

    def test_a_stage_without_a_file_is_refused(self):
        result = self.run_script("deploy", "--stage", "prdo")
        self.assertEqual(result.returncode, 1)
        self.assertIn("there is no config.prdo.json, so there is no stage prdo.", result.stderr)
        self.assertEqual(self.run_script("deploy", "--stage", "../x").returncode, 2)
        self.assertEqual(self.calls(), [])

    def test_a_profile_takes_precedence_over_access_keys(self):
        self.good("deploy", "--no-smoke", "--profile", "work", AWS_ACCESS_KEY_ID="theirs", AWS_SESSION_TOKEN="theirs")
        env = self.repository.text("sam-env")
        self.assertIn("AWS_PROFILE=work", env)
        self.assertNotIn("theirs", env)

    def test_a_bad_configuration_or_template_stops_before_the_build(self):
        self.repository.mark("bad-config")
        self.assertEqual(self.run_script("deploy").returncode, 2)
        self.assertEqual(self.calls(), [])
        self.repository.path("bad-config").unlink()
        self.repository.mark("bad-template")
        result = self.run_script("deploy")
        self.assertEqual((result.returncode, [call[0] for call in self.calls()]), (1, ["validate"]))
        self.assertIn("E3002", result.stderr)

    def test_a_program_that_lambda_cannot_start_is_not_deployed(self):
        self.repository.path("program").write_bytes(elf("GLIBC_2.38"))
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual(result.returncode, 1)
        self.assertIn("WhoamiFunction needs glibc 2.38", result.stderr)
        self.assertNotIn("deploy", [call[0] for call in self.calls()])

    def test_an_account_without_a_log_role_gets_one(self):
        self.good("deploy", "--no-smoke")
        self.assertIn('GatewayLogRole: "true"', self.parameters())
        role = self.repository.path("log-role.json")
        role.write_text('{"role": "arn:aws:iam::123456789012:role/logs", "there": true}')
        self.good("deploy", "--no-smoke")
        self.assertIn('GatewayLogRole: "false"', self.parameters())
        self.repository.mark("no-answer-log-role")
        self.assertIn("AWS did not answer for this account.", self.run_script("deploy", "--no-smoke").stderr)

    def test_a_deleted_log_role_is_replaced_and_an_unreadable_one_kept(self):
        role = self.repository.path("log-role.json")
        role.write_text('{"role": "arn:aws:iam::123456789012:role/logs", "there": false}')
        self.assertIn(
            "role/logs, with which API Gateway writes logs in this account, is gone.",
            self.good("deploy", "--no-smoke").stderr,
        )
        self.assertIn('GatewayLogRole: "true"', self.parameters())
        role.write_text('{"role": "arn:aws:iam::123456789012:role/logs", "there": null}')
        self.assertIn("role/logs could not be read (iam:GetRole).", self.good("deploy", "--no-smoke").stderr)
        self.assertIn('GatewayLogRole: "false"', self.parameters())

    def test_an_api_that_names_itself_gets_its_id_in_a_second_deploy(self):
        config = self.repository.path("config.json")
        config.write_text(
            '{"region": "us-east-1", "api": {"resourceMetadata": true}, "operations": {"accessLogs": false}}'
        )
        said = self.good("deploy", "--no-smoke").stderr
        self.assertIn("gatehouse is deployed once more, so that its 401 can name its metadata.", said)
        self.assertEqual([call[0] for call in self.calls()], ["validate", "build", "deploy", "list", "deploy"])
        self.assertIn('ApiId: "abc123"', self.parameters())
        # From then on it is known beforehand.
        self.repository.path("stack.json").write_text(json.dumps(answer()))
        self.repository.path("sam-calls").unlink()
        self.assertNotIn("deployed once more", self.good("deploy", "--no-smoke").stderr)
        self.assertEqual([call[0] for call in self.calls()], ["validate", "build", "deploy", "list"])
        self.assertIn('ApiId: "abc123"', self.parameters())

    def test_without_metadata_or_with_a_domain_no_id_is_needed(self):
        for api in (
            "{}",
            '{"resourceMetadata": false}',
            '{"resourceMetadata": true, "domain": {"name": "api.example.com"}}',
        ):
            self.repository.path("config.json").write_text(f'{{"api": {api}, "operations": {{"accessLogs": false}}}}')
            self.good("deploy", "--no-smoke")
            self.assertNotIn("ApiId", self.parameters())

    def test_parameters_from_a_file_stay_private(self):
        file = self.repository.path("mine.yaml")
        file.write_text('ExistingUserPoolClientSecret: "s3cret"\n')
        self.good("deploy", "--no-smoke", "--parameters", str(file))
        self.assertIn('ExistingUserPoolClientSecret: "s3cret"', self.parameters())
        written = self.repository.path(".local/deploy/gatehouse/parameters.yaml")
        self.assertEqual(stat.S_IMODE(written.stat().st_mode), 0o600)
        self.assertFalse([call for call in self.calls() if "s3cret" in " ".join(call)])
        file.write_text("not a parameter\n")
        self.assertIn(f"{file} has a line", self.run_script("deploy", "--no-smoke", "--parameters", str(file)).stderr)

    def test_an_endpoint_on_another_machine_is_refused(self):
        result = self.run_script("deploy", AWS_ENDPOINT_URL="https://aws.example.com")
        self.assertEqual(result.returncode, 1)
        self.assertIn("which is not a port of this machine", result.stderr)

    def test_a_guided_deploy_gives_the_terminal_to_sam(self):
        self.guided()
        self.assertEqual(self.calls()[2][-1], "--guided")


@unittest.skipUnless(sys.platform == "linux", "the stand-ins are for Linux")
class Smoke(Case):
    def test_the_smoke_test_creates_and_deletes_its_user(self):
        with gate() as (url, asked):
            self.good("smoke", url)
        made = self.repository.text("users").split()[1]
        self.assertRegex(made, r"^smoke-[0-9a-f]{16}@example\.com$")
        self.assertEqual(self.repository.text("deleted").split(), [made])
        self.assertEqual(asked[0][1], "")
        tampered = asked[1][1]
        self.assertTrue(tampered != TOKEN and len(tampered) == len(TOKEN), tampered)

    def test_the_user_is_deleted_even_without_a_token(self):
        self.repository.mark("no-token")
        with gate() as (url, _):
            self.assertEqual(self.run_script("smoke", url).returncode, 1)
        self.assertTrue(self.repository.text("deleted"))

    def test_a_given_user_is_used_and_not_deleted(self):
        with gate() as (url, _):
            self.good("smoke", url, USER_EMAIL="ann@example.com", USER_PASSWORD="Correct-horse-9")
        self.assertEqual(self.repository.text("users") + self.repository.text("deleted"), "")

    def test_other_safe_routes_can_be_named(self):
        with gate() as (url, asked):
            self.good("smoke", url, "--open", "GET /mine", "--closed", "GET /admin/ping")
        self.assertEqual(asked[0][0], "/mine")
        self.assertEqual(self.run_script("smoke", url, "--open", "DELETE /user").returncode, 2)

    def test_a_token_is_sent_only_to_https_or_this_machine(self):
        for url in ("http://api.example.com", "ftp://127.0.0.1/", "api.example.com"):
            result = self.run_script("smoke", url)
            self.assertEqual(result.returncode, 2)
            self.assertIn("is not an https URL", result.stderr)

    def test_no_file_contains_a_token_or_password(self):
        with gate() as (url, _):
            self.good("smoke", url)
        password = self.repository.text("passwords").strip()
        for file in self.repository.path(".local").rglob("*"):
            if file.is_file():
                text = file.read_text(errors="replace")
                self.assertFalse(TOKEN in text or password in text, file)


@unittest.skipUnless(sys.platform == "linux", "the stand-ins are for Linux")
class Destroy(Case):
    def setUp(self):
        super().setUp()
        self.repository.path("resources.json").write_text(
            """[{"LogicalResourceId": "UserPool", "PhysicalResourceId": "us-east-1_ours"},
                {"LogicalResourceId": "Api", "PhysicalResourceId": "abc123"}]"""
        )

    def test_it_lists_what_stays_and_deletes_after_the_name(self):
        result = self.good("destroy", "--confirm", "gatehouse")
        self.assertIn("  UserPool           us-east-1_ours\n", result.stdout)
        self.assertNotIn("abc123", result.stdout)
        self.assertEqual(self.calls()[-1][:3], ["delete", "--stack-name", "gatehouse"])

    def test_without_the_right_name_nothing_is_deleted(self):
        self.repository.path("config.dev.json").write_text("{}")
        for arguments in ((), ("--confirm", "yes"), ("--stage", "dev", "--confirm", "gatehouse")):
            result = self.run_script("destroy", *arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
        self.assertNotIn("delete", [call[0] for call in self.calls()])

    def test_a_missing_stack_is_reported(self):
        self.repository.path("resources.json").write_text('[{"LogicalResourceId": "Api", "PhysicalResourceId": "-"}]')
        result = self.run_script("destroy", "--confirm", "gatehouse")
        self.assertEqual(result.returncode, 1)
        self.assertIn("there is no stack gatehouse in us-east-1.", result.stderr)

    def test_all_resources_with_users_stay(self):
        kept = retained(self.repository.text("template.yaml"))
        self.assertLessEqual({"UserPool", "UserPoolClient", "Group0", "Group9", "ResourceServer"}, kept)
        self.assertFalse({"Api", "WhoamiFunction", "WhoamiLogs"} & kept)


if __name__ == "__main__":
    unittest.main()

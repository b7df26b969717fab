"""Tests the small parts without processes: passwords, parameters, environments, addresses, logs."""

import json
import os
import string
import subprocess
import tempfile
import unittest
from pathlib import Path

from stack.build.parameters import parse as parse_parameters
from stack.build.parameters import render as render_parameters
from stack.emulator import ministack
from stack.local import demo
from stack.run.environment import without_account
from stack.run.failure import Failure
from stack.run.state import State, render_env, write_private


class DemoTest(unittest.TestCase):
    def test_a_password_meets_the_strictest_policy(self):
        for length in (6, 12, 99):
            password = demo.new_password(length)
            self.assertGreaterEqual(len(password), length)
            for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits, demo.SYMBOLS):
                self.assertTrue(set(password) & set(kind))

    def test_no_two_passwords_are_the_same(self):
        self.assertEqual(len({demo.new_password(12) for _ in range(100)}), 100)

    def test_the_repr_of_a_user_has_no_password(self):
        self.assertNotIn("secret", repr(demo.User("a@example.com", "secret", "admins")))

    def test_the_administrator_is_in_admins_or_the_first_group(self):
        self.assertEqual(demo.admin_group(["staff", "admins"]), "admins")
        self.assertEqual(demo.admin_group(["staff"]), "staff")
        self.assertIsNone(demo.admin_group([]))

    def test_the_line_to_paste_has_no_password_and_no_token(self):
        line = demo.try_it(".local/env")
        self.assertIn('printf %s "$ADMIN_PASSWORD" |', line)
        self.assertIn("curl -i -H @- ", line)

    def test_the_line_to_paste_works_in_a_folder_with_a_space(self):
        self.assertTrue(demo.try_it("my stack/env").startswith("(. 'my stack/env'; "))

    def test_the_sign_up_to_paste_ends_with_the_profile(self):
        calls = run_with_a_curl_of_ours(demo.sign_up(config(), "env"))
        routes = [call[-1].removeprefix("http://api/v1/") for call in calls]
        self.assertEqual(routes, ["auth/signup", "auth/verify", "auth/signin", "user"])
        signup, verify, signin = [json.loads(call[call.index("-d") + 1]) for call in calls[:3]]
        self.assertEqual(signup, {"email": demo.NEWCOMER, "password": "Correct-horse-9"})
        self.assertEqual(verify, {"email": demo.NEWCOMER, "code": "123456"})
        self.assertEqual(signin, signup)
        self.assertEqual(calls[3][:-1], ["Authorization: Bearer a.b-c._d", "-i", "-H", "@-"])

    def test_the_sign_up_to_paste_fits_the_configuration(self):
        self.assertNotIn("auth verify", demo.sign_up(config(autoConfirm=True), "env"))
        self.assertIn("auth signin", demo.sign_up(config(autoConfirm=True), "env"))
        for barred in (config(selfSignUp=False), config(mfa="ON"), {**config(), "auth": {"flow": "USER_AUTH"}}):
            self.assertEqual(demo.sign_up(barred, "env"), "")

    def test_the_newcomers_password_has_the_required_length(self):
        for length in (6, 15, 16, 99):
            password = demo.newcomers_password(length)
            self.assertEqual(len(password), max(15, length))
            self.assertTrue(password.startswith("Correct-horse-9"))


def config(**pool):
    return {"userPool": {"passwordPolicy": {"minimumLength": 12}, **pool}}


CURL = """#!/bin/sh
# One line a call: what came on stdin as headers, then the arguments.
case "$*" in *"-H @-"*) cat | tr '\\n' '\\t' ;; esac >> calls
for argument; do printf '%s\\t' "$argument"; done >> calls
echo >> calls
case "$*" in *signin) printf '{"tokens":{"accessToken":"a.b-c._d","idToken":"e.f.g"}}' ;; esac
"""


def run_with_a_curl_of_ours(text):
    """Runs the indented command lines of `text` in a shell, and returns the arguments of each call of curl."""
    commands = "\n".join(line[2:] for line in text.splitlines() if line.startswith("  "))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "env").write_text("API_URL=http://api/v1\n", encoding="utf-8")
        (folder / "curl").write_text(CURL, encoding="utf-8")
        (folder / "curl").chmod(0o755)
        env = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run(["sh", "-eu", "-c", commands], cwd=folder, env=env, check=True, capture_output=True)
        lines = (folder / "calls").read_text(encoding="utf-8").splitlines()
    return [line.rstrip("\t").split("\t") for line in lines]


class ParametersTest(unittest.TestCase):
    def test_gatehouses_output_is_parsed_unchanged(self):
        text = 'StageName: "v1"\nUserPoolName: "quote \\" and : colon"\nExistingUserPoolId: ""\n'
        self.assertEqual(render_parameters(parse_parameters(text)), text)

    def test_a_line_without_a_parameter_is_refused(self):
        for text in ("StageName: v1\n", "warning: something\n", 'A: "b"\n\n'):
            with self.assertRaises(Failure):
                parse_parameters(text)


class EnvironmentTest(unittest.TestCase):
    def test_nothing_of_an_aws_account_is_passed_on(self):
        user = {"AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "key", "SAM_CLI_POLL_DELAY": "1", "PATH": "/bin"}
        env = without_account(user, Path("/nowhere"))
        self.assertEqual(env["PATH"], "/bin")
        self.assertEqual(set(user) & set(env), {"PATH"})
        self.assertEqual(env["AWS_CONFIG_FILE"], "/nowhere/no-config")

    def test_variables_of_a_crates_build_are_kept(self):
        self.assertEqual(without_account({"AWS_LC_SYS_NO_ASM": "1"}, Path("/"))["AWS_LC_SYS_NO_ASM"], "1")

    def test_the_loopback_interface_uses_no_proxy(self):
        env = ministack.client_environment(4566, "us-east-1", {"NO_PROXY": "intranet"})
        self.assertEqual(env["no_proxy"], "intranet,127.0.0.1,localhost")

    def test_ministack_gets_only_our_own_settings(self):
        env = ministack.environment(4566, "eu-west-1", Path("/state"))
        self.assertEqual((env["BIND_HOST"], env["AUTH"], env["MINISTACK_REGION"]), ("127.0.0.1", "true", "eu-west-1"))
        self.assertFalse([name for name in env if "PROXY" in name.upper()])


class CloudTest(unittest.TestCase):
    def test_the_apis_url_is_the_one_that_ministack_serves(self):
        self.assertEqual(
            ministack.api_url("https://abc.execute-api.eu-west-1.amazonaws.com/v1", 4566),
            "http://127.0.0.1:4566/restapis/abc/v1/_user_request_",
        )

    def test_an_output_without_a_rest_api_url_is_refused(self):
        for output in ("", "https://abc.example.com/v1", "https://abc.execute-api.eu-west-1.amazonaws.com"):
            with self.assertRaises(Failure):
                ministack.api_url(output, 4566)


class StateTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_only_one_process_claims_a_folder(self):
        first, second = State(self.folder), State(self.folder)
        self.assertTrue(first.claim())
        self.assertFalse(second.claim())
        first.release()
        self.assertTrue(second.claim())
        second.release()

    def test_a_new_start_keeps_the_stack_of_an_inner_folder(self):
        inner = State(self.folder / "e2e")
        inner.folder.mkdir()
        inner.write_env({"A": "b"})
        State(self.folder).refresh()
        self.assertTrue(inner.env_file.exists())

    def test_a_damaged_record_is_ignored(self):
        for text in ("", "{", "[]", '{"pid": "x", "url": ""}', '{"pid": null, "url": ""}'):
            (self.folder / "run.json").write_text(text)
            self.assertEqual(State(self.folder).recorded(), (None, ""))

    def test_a_file_that_others_can_read_becomes_private(self):
        file = self.folder / "env"
        file.touch(mode=0o644)
        write_private(file, "secret")
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)

    def test_a_value_with_shell_characters_is_quoted(self):
        self.assertIn("A='$(id) '\"'\"' x'\n", render_env({"A": "$(id) ' x"}))


class FailureTest(unittest.TestCase):
    def test_the_last_lines_are_the_useful_ones(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            log.write_text("error: here\n\n   Compiling a\n   Compiling b\n")
            self.assertEqual(
                Failure("x did not work.", "Do y.", log).render(),
                f"    error: here\nFailed: x did not work.\nDo y.\nFull output: {log}",
            )

    def test_a_missing_log_is_no_second_failure(self):
        self.assertIn("Failed: x.", Failure("x.", log=Path("/nowhere/log")).render())


if __name__ == "__main__":
    unittest.main()

"""Tests scripts/local from the command line, with stand-ins for cargo, sam and MiniStack (fake_repository.py)."""

import os
import signal
import socket
import stat
import subprocess
import sys
import unittest

from fake_repository import Repository, is_running, wait_until
from stack.run import system


def setUpModule():
    """Makes SIGHUP effective again. `nohup scripts/test` makes its children ignore it, but the tests send it."""
    unittest.addModuleCleanup(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_DFL))


@unittest.skipUnless(sys.platform in system.SYSTEMS, "the local stack runs on Linux and macOS")
class LocalTest(unittest.TestCase):
    def setUp(self):
        self.repository = Repository()
        self.addCleanup(self.repository.close)
        self.env_file = self.repository.path(".local/env")

    def start(self, *arguments):
        child = self.repository.start_local(*arguments, "--port", "0")
        self.assertTrue(wait_until(self.env_file.exists), "the stack did not come up")
        return child

    def env_values(self):
        lines = self.env_file.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def function(self):
        return int(self.repository.text("function-pid"))

    # ---- a good start -----------------------------------------------------------------------------------------------

    def test_the_env_file_has_everything_that_a_client_needs(self):
        self.start()
        values = self.env_values()
        self.assertEqual(
            list(values),
            ["API_URL", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "STACK_NAME",
             "USER_POOL_ID", "USER_POOL_CLIENT_ID", "ADMIN_EMAIL", "ADMIN_PASSWORD", "USER_EMAIL", "USER_PASSWORD"],
        )
        self.assertEqual(values["API_URL"], values["AWS_ENDPOINT_URL"] + "/restapis/abc123/v1/_user_request_")
        self.assertEqual(values["USER_POOL_ID"], "us-east-1_local")

    def test_sourcing_the_env_file_exports_values_and_clears_aws_profile(self):
        self.start()
        shown = subprocess.run(
            ["sh", "-c", '. "$0"; env', self.env_file],
            env={**os.environ, "AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "theirs"}, capture_output=True, text=True,
        ).stdout.splitlines()
        self.assertIn("AWS_ACCESS_KEY_ID=test", shown)
        self.assertEqual([line for line in shown if line.startswith(("AWS_PROFILE", "AWS_SESSION_TOKEN"))], [])

    def test_only_the_owner_can_read_the_env_file(self):
        self.start()
        self.assertEqual(stat.S_IMODE(self.env_file.stat().st_mode), 0o600)

    def test_passwords_reach_gatehouse_only_over_stdin(self):
        self.start()
        values = self.env_values()
        self.assertEqual(
            self.repository.text("passwords").split(), [values["ADMIN_PASSWORD"], values["USER_PASSWORD"]]
        )
        self.assertEqual(
            self.repository.text("users").splitlines(),
            ["user create admin@example.com --password-stdin --group admins",
             "user create user@example.com --password-stdin"],
        )

    def test_an_existing_pool_is_not_used_and_a_note_says_so(self):
        child = self.start()
        child.send_signal(signal.SIGTERM)
        self.assertIn("The local stack makes its own pool instead", child.communicate(timeout=20)[1])
        self.assertIn('ExistingUserPoolId: ""', self.repository.text(".local/parameters.yaml"))

    def test_neither_sam_nor_ministack_sees_the_users_aws_account(self):
        result = self.repository.local(
            "--detach", "--port", "0", AWS_PROFILE="work", AWS_SESSION_TOKEN="theirs", AWS_ACCESS_KEY_ID="theirs"
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("sam-env", "server-env", "gatehouse-env"):
            seen = self.repository.text(name)
            self.assertIn("AWS_ACCESS_KEY_ID", seen)
            self.assertNotIn("theirs", seen)
            self.assertNotIn("AWS_PROFILE", seen)

    def test_the_ready_text_shows_how_to_sign_up(self):
        result = self.repository.local("--detach", "--port", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("  . .local/env\n", result.stdout)
        self.assertIn("  auth signup '{", result.stdout)

    # ---- ports ------------------------------------------------------------------------------------------------------

    def test_a_requested_port_in_use_is_one_clear_line(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = self.repository.local("--detach", "--port", str(port))
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"Failed: port {port} is in use.\nChoose another --port", result.stderr)
        self.assertEqual(self.repository.text("sam-calls"), "")

    def test_an_invalid_port_is_refused(self):
        for text in ("-1", "65536", "http", "4566.0", "٣"):
            result = self.repository.local(f"--port={text}")
            self.assertEqual(result.returncode, 2)
            self.assertIn("is not a port: give a number from 0 to 65535", result.stderr)

    # ---- parameters -------------------------------------------------------------------------------------------------

    def test_a_given_parameter_replaces_the_configurations(self):
        self.start("--parameter", "StageName=v2", "--parameter", "ThrottleBurst=5000")
        given = self.repository.text(".local/parameters.yaml").splitlines()
        self.assertIn('StageName: "v2"', given)
        self.assertIn('ThrottleBurst: "5000"', given)

    def test_a_parameter_without_name_or_value_is_refused(self):
        for text in ("ThrottleBurst", "=1", "Throttle Burst=1"):
            result = self.repository.local(f"--parameter={text}")
            self.assertEqual(result.returncode, 2)
            self.assertIn("is not a parameter: write NAME=VALUE", result.stderr)

    # ---- one stack a folder -----------------------------------------------------------------------------------------

    def test_a_second_start_says_where_the_first_stack_runs(self):
        self.start()
        result = self.repository.local()
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"a local stack is already running at {self.env_values()['API_URL']}", result.stderr)
        self.assertIn("Stop it with: scripts/local --stop", result.stderr)

    def test_two_stacks_run_at_once_in_two_folders(self):
        self.start()
        result = self.repository.local("--detach", "--port", "0", "--state", ".local/other")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("scripts/local --stop --state .local/other", result.stdout)
        self.assertEqual(self.repository.local("--stop", "--state", ".local/other").returncode, 0)
        self.assertTrue(self.env_file.exists())

    def test_the_files_of_a_crashed_run_are_recognised(self):
        first = self.start()
        function = self.function()
        first.kill()
        self.assertTrue(wait_until(lambda: not is_running(function)), "the function outlived a killed scripts/local")
        self.assertTrue(self.env_file.exists())
        result = self.repository.local("--detach", "--port", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"(process {first.pid}) crashed without cleaning up.", result.stderr)

    def test_a_recorded_pid_of_another_process_is_not_stopped(self):
        bystander = subprocess.Popen(["sleep", "1000"])
        try:
            self.repository.path(".local").mkdir()
            self.repository.path(".local/run.json").write_text(f'{{"pid": {bystander.pid}, "url": ""}}')
            result = self.repository.local("--stop")
            self.assertEqual(result.returncode, 0)
            self.assertIn("No local stack runs in .local.", result.stderr)
            self.assertIsNone(bystander.poll())
        finally:
            bystander.kill()
            bystander.wait()

    # ---- ends -------------------------------------------------------------------------------------------------------

    def test_each_signal_leaves_no_process_and_no_env_file(self):
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signum.name):
                child = self.start()
                function = self.function()
                child.send_signal(signum)
                self.assertEqual(child.wait(timeout=20), 0)
                self.assertFalse(is_running(function))
                self.assertFalse(self.env_file.exists())

    def test_ctrl_c_while_cargo_builds_ends_cargo_and_its_children(self):
        self.repository.mark("cargo-hangs")
        child = self.repository.start_local()
        self.assert_interrupt_ends_sleepers(child)

    def test_ctrl_c_while_sam_builds_ends_sam_and_ministack(self):
        self.repository.mark("build-hangs")
        child = self.repository.start_local("--port", "0")
        self.assertTrue(wait_until(lambda: "build" in self.repository.text("sam-calls")))
        self.assertTrue(wait_until(lambda: self.repository.text("function-pid") != ""))
        self.assert_interrupt_ends_sleepers(child)
        self.assertFalse(is_running(self.function()))

    def assert_interrupt_ends_sleepers(self, child):
        self.assertTrue(wait_until(lambda: sleepers_below(child.pid)))
        sleepers = sleepers_below(child.pid)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=20), 128 + signal.SIGINT)
        self.assertEqual([pid for pid in sleepers if is_running(pid)], [])

    def test_until_eof_ends_when_stdin_is_closed(self):
        child = self.start("--until-eof")
        function = self.function()
        child.stdin.close()
        self.assertEqual(child.wait(timeout=20), 0)
        self.assertFalse(is_running(function))

    def test_until_eof_also_ends_a_running_build(self):
        self.repository.mark("cargo-hangs")
        child = self.repository.start_local("--until-eof")
        self.assertTrue(wait_until(lambda: sleepers_below(child.pid)))
        sleepers = sleepers_below(child.pid)
        child.stdin.close()
        self.assertEqual(child.wait(timeout=20), 1)
        self.assertEqual([pid for pid in sleepers if is_running(pid)], [])

    def test_detach_leaves_a_running_stack_that_stop_ends(self):
        result = self.repository.local("--detach", "--port", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(self.env_values()["API_URL"], result.stdout)
        function = self.function()
        self.assertTrue(is_running(function))
        stopped = self.repository.local("--stop")
        self.assertEqual((stopped.returncode, stopped.stderr), (0, "Stopped.\n"))
        self.assertFalse(is_running(function))
        self.assertFalse(self.env_file.exists())

    def test_ctrl_c_during_a_detached_start_ends_it(self):
        self.repository.mark("cargo-hangs")
        child = self.repository.start_local("--detach")
        self.assertTrue(wait_until(lambda: sleepers_below(child.pid)))
        self.assert_interrupt_ends_sleepers(child)

    def test_the_command_fails_if_ministack_ends(self):
        child = self.start()
        os.kill(parent_of(self.function()), signal.SIGKILL)
        self.assertEqual(child.wait(timeout=20), 1)
        self.assertIn("Failed: MiniStack stopped unexpectedly.", child.stderr.read())
        self.assertFalse(is_running(self.function()))

    # ---- bad input --------------------------------------------------------------------------------------------------

    def test_a_bad_config_prints_its_messages_and_starts_nothing(self):
        self.repository.mark("bad-config")
        for arguments in ([], ["--detach"]):
            result = self.repository.local(*arguments)
            self.assertEqual(result.returncode, 2)
            self.assertIn("/api/stage: must not be empty\n", result.stderr)
            self.assertIn("nothing was started or deployed", result.stderr)
            self.assertEqual(self.repository.text("sam-calls") + self.repository.text("server-env"), "")

    def test_a_failed_build_shows_its_reason_and_stops_everything(self):
        self.repository.mark("build-fails")
        result = self.repository.local("--port", "0")
        self.assertEqual(result.returncode, 1)
        self.assertIn("    error[E0308]: mismatched types\nFailed: sam build failed.", result.stderr)
        if self.repository.text("function-pid"):
            self.assertFalse(is_running(self.function()))

    def test_a_failed_gatehouse_build_shows_the_compilers_errors(self):
        self.repository.mark("cargo-fails")
        result = self.repository.local()
        self.assertEqual(result.returncode, 1)
        self.assertIn("    error: a mistake in the code\nFailed: cargo could not build gatehouse.", result.stderr)
        self.assertNotIn("Compiling", result.stderr)


def sleepers_below(pid):
    """The `sleep` processes among the descendants of a process."""
    table = system.current().processes()
    family = {pid}
    while True:
        children = {child for child, running in table.items() if running.parent in family} - family
        if not children:
            commands = {child: table[child].command.split() for child in family if child in table}
            return [child for child, words in commands.items() if words and words[0].endswith("sleep")]
        family |= children


def parent_of(pid):
    return system.current().processes()[pid].parent


if __name__ == "__main__":
    unittest.main()

"""Tests what scripts/test counts as passed, failed or skipped, and what it prints."""

import io
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from stack.checks import main as checks
from stack.checks.main import Check
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import State
from stack.run.tools import NodeTools


class ChecksTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = State(Path(folder.name))
        self.state.refresh()
        self.output = io.StringIO()
        self.progress = Progress(self.output)

    def run_checks(self, *made):
        """Runs these checks for real, one after the other, and returns the exit code."""
        follower = checks.Follower(self.progress)
        with Processes(follower.tick) as processes:
            outcomes = [
                checks.run(check, os.environ, self.state, follower, processes, self.progress) for check in made
            ]
        return checks.conclude(outcomes, 0.0, self.progress)

    def python(self, name, code, **more):
        return Check(name, (sys.executable, "-c", code), **more)

    def test_the_exit_code_is_0_if_all_checks_pass(self):
        self.assertEqual(self.run_checks(self.python("One", ""), self.python("Two", "")), 0)
        self.assertIn("All checks passed", self.output.getvalue())

    def test_after_a_failed_check_the_others_run_and_the_code_is_1(self):
        code = self.run_checks(self.python("One", "exit('the reason')"), self.python("Two", ""))
        self.assertEqual(code, 1)
        shown = self.output.getvalue()
        self.assertIn("    the reason\n", shown)
        self.assertIn("ok    Two", shown)
        self.assertIn("1 failed: One", shown)

    def test_the_reason_of_a_failed_test_is_always_shown(self):
        said = [
            "test a ... FAILED",
            "failures:",
            "---- a stdout ----",
            "left: 1",
            "test result: FAILED. 0 passed; 1 failed",
        ]
        later = [f"test {number} ... ok" for number in range(200)]
        self.run_checks(self.python("One", f"print({chr(10).join(said + later)!r}); exit(1)"))
        shown = self.output.getvalue()
        self.assertIn("    left: 1\n", shown)
        self.assertNotIn("\n    test 199", shown)

    def test_a_check_without_its_program_is_reported_as_skipped(self):
        needing = self.python("One", "exit(1)", needs="no-such-thing", get="install it")
        self.assertEqual(self.run_checks(needing), 0)
        self.assertIn("skip  One: no-such-thing is not installed (install it)", self.output.getvalue())

    def test_an_impossible_check_is_skipped_with_its_reason(self):
        unreachable = self.python("One", "exit('failed to fetch it')", unless="failed to fetch")
        broken = self.python("Two", "exit('a hole in a crate')", unless="failed to fetch")
        self.assertEqual(self.run_checks(unreachable, broken), 1)
        self.assertIn("1 failed: Two", self.output.getvalue())

    def test_only_the_summaries_of_cargo_test_are_shown(self):
        lines = ["     Running unittests src/lib.rs (x)", "test a ... ok", "test result: ok. 1 passed; 0 failed"]
        self.run_checks(self.python("One", f"print({chr(10).join(lines)!r})"))
        shown = self.output.getvalue()
        self.assertIn("      Running unittests src/lib.rs (x)\n      test result: ok. 1 passed; 0 failed\n", shown)
        self.assertNotIn("test a ... ok", shown)

    def test_parts_that_a_check_skipped_are_shown(self):
        self.run_checks(self.python("One", "print('skip  a thing: there is none'); print('skipped')"))
        self.assertIn("      skip  a thing: there is none\n", self.output.getvalue())
        self.assertNotIn("skipped", self.output.getvalue())

    def test_a_check_leaves_no_process_running(self):
        note = self.state.folder / "pid"
        code = f"import subprocess; print(subprocess.Popen(['sleep', '1000']).pid, file=open({str(note)!r}, 'w'))"
        self.run_checks(self.python("One", code))
        with self.assertRaises(ProcessLookupError):
            os.kill(int(note.read_text()), 0)

    def test_checks_get_no_aws_account_and_no_deployed_stack(self):
        user = {"AWS_PROFILE": "work", "E2E_API_URL": "https://example.com", "PATH": "/bin"}
        with mock.patch.dict(checks.os.environ, user, clear=True):
            env = checks.environment(Path("/tools"), self.state)
        self.assertEqual(set(user) & set(env), {"PATH"})
        self.assertEqual(env["PATH"], "/tools:/bin")

    def test_a_check_writes_no_snapshot(self):
        with mock.patch.dict(checks.os.environ, {"INSTA_UPDATE": "always", "PATH": "/bin"}, clear=True):
            self.assertEqual(checks.environment(Path("/tools"), self.state)["INSTA_UPDATE"], "no")

    def test_without_node_its_tools_are_not_installed(self):
        tools = mock.create_autospec(NodeTools, instance=True)
        tools.is_possible.return_value = False
        env = checks.with_node_tools({"PATH": "/bin"}, tools, None, self.progress)
        self.assertEqual(env, {"PATH": "/bin"})
        tools.ensure.assert_not_called()

    def test_with_node_its_tools_are_first_in_path(self):
        tools = mock.create_autospec(NodeTools, instance=True)
        tools.ensure.side_effect = lambda name, *_: Path("/tools") / name
        env = checks.with_node_tools({"PATH": "/bin"}, tools, None, self.progress)
        self.assertEqual(env["PATH"], "/tools/redocly:/bin")

    def test_every_check_has_its_own_name_and_log(self):
        names = [check.name for check in checks.all_checks()]
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()

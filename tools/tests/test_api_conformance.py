"""Tests how the check of the API against openapi.json is started. Its findings are up to schemathesis."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from api_description import OPERATIONS
from stack.checks import api_conformance
from stack.run.failure import Failure
from stack.run.processes import Processes

VARIABLES = {
    "API_URL": "http://127.0.0.1:1/v1",
    "API_TOKEN": "token-of-one",
    "API_TOKEN_TO_LOSE": "token-of-another",
    "API_TOKEN_OF_ADMIN": "token-of-a-third",
    "API_TOKEN_OF_PROGRAM": "token-of-none",
}


class DescriptionTest(unittest.TestCase):
    def test_tokens_are_never_on_a_command_line(self):
        argv = " ".join(api_conformance.command(Path("/tools"), VARIABLES["API_URL"]))
        self.assertIn(VARIABLES["API_URL"], argv)
        self.assertNotIn("token-of", argv)

    def test_the_users_aws_account_and_proxy_are_not_passed_on(self):
        user = {**VARIABLES, "AWS_PROFILE": "work", "NO_PROXY": ""}
        env = api_conformance.environment(user, Path("/folder"))
        self.assertNotIn("AWS_PROFILE", env)
        self.assertEqual((env["NO_PROXY"], env["API_TOKEN"]), ("*", "token-of-one"))

    def test_a_missing_variable_is_named(self):
        with self.assertRaises(Failure) as caught:
            api_conformance.ask({**VARIABLES, "API_TOKEN": ""}, Path("/folder"), None, None)
        self.assertIn("not set: API_TOKEN.", caught.exception.render())

    def test_findings_are_printed_and_the_exit_code_is_passed_on(self):
        output = io.StringIO()
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(api_conformance.Tools, "ensure", return_value=Path("/tools")),
            mock.patch.object(api_conformance, "command", return_value=["sh", "-c", "echo found; exit 7"]),
            Processes() as processes,
            contextlib.redirect_stdout(output),
        ):
            code = api_conformance.ask(VARIABLES, Path(folder), processes, None)
        self.assertEqual((code, output.getvalue()), (7, "found\n"))

    def test_the_program_ends_within_a_time_limit(self):
        with self.assertRaises(Failure), Processes(api_conformance.end_after(0.2)) as processes:
            with tempfile.TemporaryDirectory() as folder:
                processes.run(["sleep", "1000"], Path(folder) / "log", {"PATH": "/usr/bin:/bin"})

    def test_every_operation_with_its_own_settings_is_in_the_api(self):
        known = {f"{method.upper()} {path}" for method, path in OPERATIONS}
        named = api_conformance.SETTINGS.read_text().split("include-name = ")[1:]
        for line in named:
            self.assertLessEqual(set(json.loads(line.splitlines()[0])), known)


if __name__ == "__main__":
    unittest.main()

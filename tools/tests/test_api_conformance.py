"""The check of the API against openapi.json: what it is started with. That it finds something is schemathesis' own."""

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
    def test_the_tokens_are_on_no_command_line(self):
        argv = " ".join(api_conformance.command(Path("/tools"), VARIABLES["API_URL"]))
        self.assertIn(VARIABLES["API_URL"], argv)
        self.assertNotIn("token-of", argv)

    def test_an_account_and_a_proxy_of_the_user_are_out_of_reach(self):
        user = {**VARIABLES, "AWS_PROFILE": "work", "NO_PROXY": ""}
        env = api_conformance.environment(user, Path("/folder"))
        self.assertNotIn("AWS_PROFILE", env)
        self.assertEqual((env["NO_PROXY"], env["API_TOKEN"]), ("*", "token-of-one"))

    def test_a_variable_that_is_missing_is_named(self):
        with self.assertRaises(Failure) as caught:
            api_conformance.ask({**VARIABLES, "API_TOKEN": ""}, Path("/folder"), None, None)
        self.assertIn("not set: API_TOKEN.", caught.exception.render())

    def test_what_was_found_is_shown_and_the_exit_code_passed_on(self):
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

    def test_it_comes_to_an_end(self):
        with self.assertRaises(Failure), Processes(api_conformance.end_after(0.2)) as processes:
            with tempfile.TemporaryDirectory() as folder:
                processes.run(["sleep", "1000"], Path(folder) / "log", {"PATH": "/usr/bin:/bin"})

    def test_every_operation_with_settings_of_its_own_is_one_of_the_api(self):
        known = {f"{method.upper()} {path}" for method, path in OPERATIONS}
        named = api_conformance.SETTINGS.read_text().split("include-name = ")[1:]
        for line in named:
            self.assertLessEqual(set(json.loads(line.splitlines()[0])), known)


if __name__ == "__main__":
    unittest.main()

"""Tests how cognito-local is started, and that nothing of it remains. The tests use a stand-in for it."""

import contextlib
import io
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from stack.emulator import cognito_local
from stack.run.processes import Processes
from stack.run.progress import Progress

# Stands for Node.js: answers every request, and ends with its stdin.
SERVER = """
import http.server, os, threading
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Ready).serve_forever()
"""


class Ended(BaseException):
    """Stands in for a closed stdin."""


class CognitoLocalTest(unittest.TestCase):
    def test_without_node_the_exit_code_says_so(self):
        with mock.patch.object(cognito_local.NodeTools, "is_possible", return_value=False):
            self.assertEqual(cognito_local.main(["--code", "123456"]), cognito_local.NO_NODE)

    def test_of_the_users_environment_it_gets_only_path(self):
        user = {"PATH": "/bin", "AWS_PROFILE": "work", "HOME": "/home/ann", "NODE_OPTIONS": "--inspect"}
        with mock.patch.dict(os.environ, user, clear=True):
            env = cognito_local.environment("123456", 4711, Path("/folder"))
        self.assertEqual(env["PATH"], "/bin")
        self.assertEqual((env["HOST"], env["PORT"]), ("127.0.0.1", "4711"))
        self.assertEqual((env["CODE"], env["HOME"]), ("123456", "/folder"))
        self.assertFalse({"AWS_PROFILE", "NODE_OPTIONS"} & set(env))

    def test_it_prints_its_address_when_ready_and_ends_with_its_starter(self):
        output, deadline = io.StringIO(), time.monotonic() + 30

        def tick():
            if output.getvalue() or time.monotonic() > deadline:
                raise Ended

        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "node"
            program.write_text(f"#!{sys.executable}\n{SERVER}")
            program.chmod(0o700)
            with (
                mock.patch.object(cognito_local.NodeTools, "ensure", return_value=Path(folder) / ".bin"),
                mock.patch.dict(os.environ, {"PATH": folder}),
                contextlib.redirect_stdout(output),
                self.assertRaises(Ended),
                Processes(tick) as processes,
            ):
                cognito_local.serve("123456", Path(folder), processes, mock.create_autospec(Progress, instance=True))
        self.assertRegex(output.getvalue(), r"^http://127\.0\.0\.1:[0-9]+\n$")
        port = int(output.getvalue().rsplit(":", 1)[1])
        self.assertFalse(cognito_local.answers(port))


if __name__ == "__main__":
    unittest.main()

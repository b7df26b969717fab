"""The stand-in for cargo-lambda: what it asks cargo for, and where sam finds what came of it."""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from stack.build import host_programs, local_overrides

# Builds nothing: notes what it was asked, and says that it made the program.
CARGO = """#!/bin/sh
echo "$@" > {root}/asked
[ ! -e {root}/fails ] || {{ echo "error: no" >&2; exit 101; }}
echo '{{"reason":"compiler-artifact","target":{{"name":"web"}},"executable":null}}'
echo '{{"reason":"compiler-artifact","target":{{"name":"orders"}},"executable":"{root}/debug/orders"}}'
echo '{{"reason":"build-finished","success":true}}'
"""


class HostProgramsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "debug").mkdir()
        (self.root / "debug/orders").write_bytes(b"program")
        (self.root / "debug/orders").chmod(0o755)
        (self.root / "cargo").write_text(CARGO.format(root=self.root), encoding="utf-8")
        (self.root / "cargo").chmod(0o755)

    def stand_in(self, *argv):
        with mock.patch.object(sys, "platform", "darwin"):
            made = host_programs.environment({"PATH": os.environ["PATH"]}, self.root / "bin")
        env = {**made, "CARGO": str(self.root / "cargo"), "CARGO_TARGET_DIR": str(self.root / "target")}
        # As cargo starts it, from a folder of its own.
        argv = ["cargo-lambda", *argv]
        return subprocess.run(argv, env=env, cwd=self.root / "debug", capture_output=True, text=True)

    def test_it_builds_for_this_machine_and_puts_the_program_where_sam_looks(self):
        for _ in range(2):
            done = self.stand_in("lambda", "build", "--arm64", "--bin", "orders")
            self.assertEqual(done.returncode, 0, done.stderr)
        asked = (self.root / "asked").read_text().split()
        self.assertEqual(asked, ["build", "--bin", "orders", "--message-format", "json-render-diagnostics"])
        program = self.root / "target/lambda/orders/bootstrap"
        self.assertEqual(program.read_bytes(), b"program")
        self.assertTrue(os.access(program, os.X_OK))

    def test_a_release_build_stays_one(self):
        self.stand_in("lambda", "build", "--release", "--bin", "orders")
        self.assertIn("--release", (self.root / "asked").read_text())

    def test_what_cargo_says_of_a_mistake_is_passed_on(self):
        (self.root / "fails").touch()
        done = self.stand_in("lambda", "build", "--bin", "orders")
        self.assertEqual((done.returncode, done.stderr), (101, "error: no\n"))

    def test_a_program_that_was_not_built_is_a_mistake(self):
        self.assertEqual(self.stand_in("lambda", "build", "--bin", "other").returncode, 1)

    def test_what_it_does_not_know_it_refuses(self):
        for argv in (["lambda", "build"], ["lambda", "deploy", "--bin", "orders"], ["lambda", "build", "--bin"], []):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(host_programs.main(argv), 2, argv)
            self.assertIn("stand-in", said.getvalue())

    def test_on_linux_it_is_in_nobody_s_way(self):
        with mock.patch.object(sys, "platform", "linux"):
            made = host_programs.environment({"PATH": "/bin"}, self.root / "bin")
        self.assertEqual(made, {"PATH": "/bin", **local_overrides.BUILD})
        self.assertFalse((self.root / "bin").exists())

    def test_the_name_of_a_binary_in_a_message_is_what_counts(self):
        line = {"target": {"name": "orders"}, "executable": "/a/orders"}
        self.assertEqual(host_programs.executable(json.dumps(line), "orders"), Path("/a/orders"))
        self.assertIsNone(host_programs.executable(json.dumps({**line, "executable": None}), "orders"))


if __name__ == "__main__":
    unittest.main()

"""The launcher: a missing tool is one clear line."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from stack.root import TOOLS

LAUNCH = TOOLS / "launch"


class LaunchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.program("dirname", 'echo "${1%/*}"')

    def program(self, name, text):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def launch(self, **env):
        return subprocess.run(
            ["/bin/sh", LAUNCH, "local.main", "--stop"],
            env={"PATH": str(self.folder), **env}, capture_output=True, text=True,
        )

    def test_no_python_is_one_line_that_says_how_to_get_it(self):
        self.program("cargo", "exit 0")
        result = self.launch()
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"\APython 3\.10 or newer is missing: install it .*\n\Z")

    def test_a_python_that_is_too_old_counts_as_missing(self):
        self.program("cargo", "exit 0")
        self.program("python3", "exit 1")
        self.assertIn("Python 3.10 or newer is missing", self.launch().stderr)

    def test_a_newer_python_under_another_name_is_found(self):
        self.program("cargo", "exit 0")
        self.program("python3", "exit 1")
        self.program("python3.12", '[ "$1" = -c ] || echo "started: $*"')
        self.assertRegex(self.launch().stdout, r"^started: -E .*/tools local\.main --stop$")

    def test_no_cargo_is_one_line_that_says_how_to_get_it(self):
        self.program("python3", "exit 0")
        result = self.launch()
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, "cargo is missing: install Rust from https://rustup.rs and open a new shell.\n")

    def test_cargo_is_found_where_rustup_puts_it(self):
        self.program("python3", '[ "$1" = -c ] || cargo')
        self.program("home/.cargo/bin/cargo", "echo the cargo of rustup")
        self.assertEqual(self.launch(HOME=str(self.folder / "home")).stdout, "the cargo of rustup\n")


if __name__ == "__main__":
    unittest.main()

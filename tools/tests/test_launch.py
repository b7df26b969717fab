"""Tests the launcher of the scripts: a missing tool is one clear line."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from stack.root import ROOT, TOOLS

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

    def test_a_missing_python_is_one_line_with_advice(self):
        self.program("cargo", "exit 0")
        result = self.launch()
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"\APython 3\.10 or newer is missing: install it .*\n\Z")

    def test_an_old_python_counts_as_missing(self):
        self.program("cargo", "exit 0")
        self.program("python3", "exit 1")
        self.assertIn("Python 3.10 or newer is missing", self.launch().stderr)

    def test_a_newer_python_under_another_name_is_found(self):
        self.program("cargo", "exit 0")
        self.program("python3", "exit 1")
        self.program("python3.12", '[ "$1" = -c ] || echo "started: $*"')
        self.assertRegex(self.launch().stdout, r"^started: -E .*/tools local\.main --stop$")

    def test_a_missing_cargo_is_one_line_with_advice(self):
        self.program("python3", "exit 0")
        result = self.launch()
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, "cargo is missing: install Rust from https://rustup.rs and open a new shell.\n")

    def test_cargo_is_found_in_rustups_folder(self):
        self.program("python3", '[ "$1" = -c ] || cargo')
        self.program("home/.cargo/bin/cargo", "echo the cargo of rustup")
        self.assertEqual(self.launch(HOME=str(self.folder / "home")).stdout, "the cargo of rustup\n")


class LaunchersTest(unittest.TestCase):
    """scripts/*, started from another folder and through a link in PATH."""

    def test_each_launcher_starts_its_program(self):
        programs = {"bench", "deploy", "destroy", "local", "smoke", "start-api", "test"}
        # scripts/gatehouse starts a program of Rust, and has a test of its own.
        files = (file for file in sorted((ROOT / "scripts").iterdir()) if file.is_file())
        launchers = [file for file in files if file.name != "gatehouse"]
        self.assertEqual({file.name for file in launchers}, programs)
        with tempfile.TemporaryDirectory() as folder:
            for launcher in launchers:
                link = Path(folder) / f"my-{launcher.name}"
                link.symlink_to(launcher)
                for start in (launcher, link):
                    with self.subTest(start):
                        said = subprocess.run([start, "--help"], cwd=folder, capture_output=True, text=True)
                        self.assertEqual((said.returncode, said.stderr), (0, ""))
                        self.assertIn(f"usage: scripts/{launcher.name} ", said.stdout)

    def test_gatehouse_is_built_and_run_from_its_workspace(self):
        with tempfile.TemporaryDirectory() as folder:
            cargo, link = Path(folder) / "cargo", Path(folder) / "my-gatehouse"
            cargo.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
            cargo.chmod(0o755)
            link.symlink_to(ROOT / "scripts/gatehouse")
            env = {"PATH": f"{folder}:/usr/bin:/bin"}
            for start in (ROOT / "scripts/gatehouse", link):
                with self.subTest(start):
                    argv = [start, "token", "a b@example.com"]
                    said = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=True)
                    *run, manifest, package, name, dashes, command, email = said.stdout.splitlines()
                    self.assertEqual(run, ["run", "--quiet", "--manifest-path"])
                    self.assertEqual(Path(manifest).resolve(), ROOT / "Cargo.toml")
                    self.assertEqual([package, name, dashes], ["--package", "gatehouse", "--"])
                    self.assertEqual([command, email], ["token", "a b@example.com"])

    def test_a_program_is_started_by_a_relative_path_too(self):
        argv = [sys.executable, "../tools", "aws.cost"]
        said = subprocess.run(argv, cwd=ROOT / "docs", capture_output=True, text=True)
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertIn("quota at first", said.stdout)

    def test_the_run_package_does_not_import_the_programs(self):
        for file in sorted((TOOLS / "stack" / "run").glob("*.py")):
            with self.subTest(file.name):
                found = re.findall(r"(?:from|import) stack\.(\w+)", file.read_text(encoding="utf-8"))
                self.assertLessEqual(set(found), {"root", "run"})


if __name__ == "__main__":
    unittest.main()

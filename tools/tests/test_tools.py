"""Tests that tool environments are installed once, and again if something they depend on has changed."""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from stack.run import tools
from stack.run.failure import Failure
from stack.run.progress import Progress


class Installer:
    """Stands in for Processes: records the commands, and makes the files that venv would make."""

    def __init__(self, pip_code=0, interrupted=False):
        self.commands = []
        self._pip_code = pip_code
        self._interrupted = interrupted

    def run(self, argv, log, env, **_):
        self.commands.append((argv, env))
        log.write_text("ERROR: no matching distribution\n")
        if "venv" in argv:
            program = Path(argv[-1]) / "bin" / "python"
            program.parent.mkdir(parents=True)
            program.touch()
            return 0
        if self._interrupted:
            raise KeyboardInterrupt
        return self._pip_code


class ToolsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.pins = self.root / "requirements"
        self.pins.mkdir()
        (self.pins / "sam.txt").write_text("aws-sam-cli==1\n")
        (self.pins / "sam.lock.txt").write_text("boto3==1\n")
        self.tools = tools.Tools(self.root / "venv", self.pins)
        self.quiet = mock.create_autospec(Progress, instance=True)

    def ensure(self, installer):
        self.tools.ensure("sam", installer, self.quiet)
        return len(installer.commands)

    def test_an_environment_is_installed_once(self):
        self.assertEqual(self.ensure(Installer()), 2)
        self.assertEqual(self.ensure(Installer()), 0)

    def test_only_hashed_wheels_are_installed(self):
        installer = Installer()
        self.ensure(installer)
        argv, _ = installer.commands[-1]
        self.assertEqual(argv[1:4], ["-m", "pip", "install"])
        self.assertIn("--require-hashes", argv)
        self.assertEqual(argv[argv.index("--only-binary") + 1], ":all:")
        files = [
            argv[place + 1] for place, part in enumerate(argv) if part in ("--requirement", "--constraint", "-r", "-c")
        ]
        self.assertEqual(files, [str(self.pins / "sam.lock.txt")])
        # Were it there, a package that the lock lacks would be missed at run time only.
        self.assertNotIn("--no-deps", argv)

    def test_changed_pins_cause_a_new_install(self):
        self.ensure(Installer())
        (self.pins / "sam.lock.txt").write_text("boto3==2\n")
        self.assertEqual(self.ensure(Installer()), 2)

    def test_another_python_causes_a_new_install(self):
        self.ensure(Installer())
        with mock.patch.object(tools.sys, "version_info", (3, 99, 0)):
            self.assertFalse(self.tools.is_ready("sam"))

    def test_a_moved_folder_causes_a_new_install(self):
        self.ensure(Installer())
        moved = self.root / "moved"
        self.tools.root.rename(moved)
        self.assertFalse(tools.Tools(moved, self.pins).is_ready("sam"))

    def test_a_missing_python_causes_a_new_install(self):
        self.ensure(Installer())
        (self.tools.root / "sam" / "bin" / "python").unlink()
        self.assertEqual(self.ensure(Installer()), 2)

    def test_an_interrupted_install_starts_again(self):
        with self.assertRaises(KeyboardInterrupt):
            self.ensure(Installer(interrupted=True))
        half = self.tools.root / "sam" / "half"
        half.touch()
        self.assertEqual(self.ensure(Installer()), 2)
        self.assertFalse(half.exists())

    def test_a_failed_install_gives_advice_and_does_not_count(self):
        with self.assertRaises(Failure) as caught:
            self.ensure(Installer(pip_code=1))
        self.assertIn("pip could not install sam.txt", caught.exception.render())
        self.assertIn("no matching distribution", caught.exception.render())
        self.assertFalse(self.tools.is_ready("sam"))

    def test_pip_gets_proxies_but_no_other_index_settings(self):
        installer = Installer()
        with mock.patch.dict(tools.os.environ, {"PIP_TARGET": "/elsewhere", "HTTPS_PROXY": "http://proxy"}):
            self.ensure(installer)
        for _, env in installer.commands:
            self.assertNotIn("PIP_TARGET", env)
            self.assertEqual(env["HTTPS_PROXY"], "http://proxy")

    def test_every_node_program_has_an_exact_pin_and_a_lock(self):
        for name in ("cognito-local", "redocly"):
            pins = json.loads((tools.REQUIREMENTS / name / "package.json").read_text())["dependencies"]
            lock = json.loads((tools.REQUIREMENTS / name / "package-lock.json").read_text())["packages"]
            for package, version in pins.items():
                self.assertRegex(version, r"^[0-9]+(\.[0-9]+){2}$")
                self.assertEqual(lock[f"node_modules/{package}"]["version"], version)
            for place, package in lock.items():
                self.assertTrue(not place or package["integrity"].startswith("sha512-"), place)


class NpmInstaller:
    """Stands in for Processes: records the commands, and the files in the folder."""

    def __init__(self, code=0):
        self.found = []
        self._code = code

    def run(self, argv, log, env, cwd):
        log.write_text("npm error\n")
        self.found.append((argv[:3], sorted(file.name for file in cwd.iterdir())))
        return self._code


class NodeToolsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        self.pins = root / "requirements" / "linter"
        self.pins.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            (self.pins / file).write_text("{}")
        self.tools = tools.NodeTools(root / "venv", root / "requirements")
        self.quiet = mock.create_autospec(Progress, instance=True)

    def test_locked_programs_are_installed_once(self):
        installer = NpmInstaller()
        for _ in range(2):
            programs = self.tools.ensure("linter", installer, self.quiet)
        self.assertEqual(programs, self.tools.root / "linter" / "node_modules" / ".bin")
        locked = (["npm", "ci", "--ignore-scripts"], ["package-lock.json", "package.json"])
        self.assertEqual(installer.found, [locked])

    def test_a_changed_lock_causes_a_new_install(self):
        installer = NpmInstaller()
        self.tools.ensure("linter", installer, self.quiet)
        (self.pins / "package-lock.json").write_text("{ }")
        self.tools.ensure("linter", installer, self.quiet)
        self.assertEqual(len(installer.found), 2)

    def test_a_failed_install_does_not_count(self):
        with self.assertRaises(Failure) as caught:
            self.tools.ensure("linter", NpmInstaller(code=1), self.quiet)
        self.assertIn("npm could not install linter", caught.exception.render())
        self.assertFalse(self.tools.is_ready("linter"))

    def test_node_must_exist_and_be_new_enough(self):
        for answer, possible in (("v20.19.0", True), ("v22.12.1", True), ("v20.18.9", False), ("", False)):
            with (
                mock.patch.object(tools.shutil, "which", return_value="/bin/node"),
                mock.patch.object(tools.subprocess, "run") as run,
            ):
                run.return_value.stdout = answer + "\n"
                self.assertEqual(self.tools.is_possible(), possible, answer)
        with mock.patch.object(tools.shutil, "which", return_value=None):
            self.assertFalse(self.tools.is_possible())


if __name__ == "__main__":
    unittest.main()

"""Tests the lock files of the tool environments, and the program that writes them. The tests use no network."""

import contextlib
import io
import re
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from stack.run import lock, tools

ENVIRONMENTS = sorted(file.name.removesuffix(".lock.txt") for file in tools.REQUIREMENTS.glob("*.lock.txt"))
A, B, C = "a" * 64, "b" * 64, "c" * 64
PAGE = {
    "files": [
        {"filename": "two_words-1.2-py3-none-any.whl", "hashes": {"sha256": B}},
        {"filename": "two_words-1.2-1-cp312-cp312-macosx_11_0_arm64.whl", "hashes": {"sha256": A}},
        {"filename": "two_words-1.2.1-py3-none-any.whl", "hashes": {"sha256": C}},
        {"filename": "two_words-1.2.tar.gz", "hashes": {"sha256": C}},
        {"filename": "two_words-3-py3-none-any.whl", "hashes": {}},
    ]
}


def report(*packages):
    """A report of pip on packages, of which the first was requested."""
    return [{"metadata": metadata, "requested": metadata is packages[0]} for metadata in packages]


class Locks(unittest.TestCase):
    def test_locks_and_environments_correspond(self):
        named = sorted(
            file.stem for file in tools.REQUIREMENTS.glob("*.txt") if not file.name.endswith(".lock.txt")
        )
        self.assertEqual(ENVIRONMENTS, named)
        self.assertIn("sam", ENVIRONMENTS)

    def test_every_package_has_a_version_and_the_hash_of_a_wheel(self):
        for name in ENVIRONMENTS:
            pins = lock.read(tools.REQUIREMENTS / f"{name}.lock.txt")
            self.assertTrue(pins)
            for project, pin in pins.items():
                with self.subTest(name, project=project):
                    self.assertTrue(pin.hashes)
                    self.assertEqual(len(pin.hashes), len(set(pin.hashes)))

    def test_each_lock_is_what_the_program_writes(self):
        for name in ENVIRONMENTS:
            file = tools.REQUIREMENTS / f"{name}.lock.txt"
            self.assertEqual(file.read_text(), lock.render(name, lock.read(file)), name)

    def test_a_required_package_is_locked_at_its_version(self):
        for name in ENVIRONMENTS:
            locked = lock.read(tools.REQUIREMENTS / f"{name}.lock.txt")
            locked = {lock.canonical(project): pin for project, pin in locked.items()}
            asked = lock.read(tools.REQUIREMENTS / f"{name}.txt")
            self.assertTrue(asked)
            for project, pin in asked.items():
                found = locked.get(lock.canonical(project), lock.Pin(""))
                self.assertEqual((found.version, found.marker), (pin.version, ""), f"{project} in {name}.lock.txt")
                self.assertEqual(pin.hashes, (), "hashes belong into the lock")


class Program(unittest.TestCase):
    def test_only_wheels_of_the_version_count(self):
        self.assertEqual(lock.pick(PAGE, "two-words", "1.2"), (A, B))

    def test_a_version_without_wheels_is_refused(self):
        for version in ("1.3", "3"):
            with self.assertRaisesRegex(SystemExit, f"no wheel of two-words {re.escape(version)} with a sha256"):
                lock.pick(PAGE, "two-words", version)

    def test_a_pip_option_in_a_lock_is_refused(self):
        for line in ("--extra-index-url https://elsewhere", "-e .", "six", "six>=1", "six==1 --hash=md5:0", "six @ https://e"):
            with self.assertRaisesRegex(ValueError, "neither a pin nor its hash"):
                lock.parse(f"{line}\n", "sam.lock.txt")
        with self.assertRaises(ValueError):
            lock.parse(f"    --hash=sha256:{A}\n", "sam.lock.txt")

    def test_a_lock_is_written_with_the_hashes_of_every_wheel(self):
        packages = report(
            {"name": "two_words", "version": "1.2", "requires_dist": ["zope"]}, {"name": "Zope", "version": "2"}
        )
        hashes = {"two_words": (A, B), "Zope": (C,)}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "tool.lock.txt"
            file.write_text("# Old.\nZope==2\ntwo_words==1.2\n")
            with (
                mock.patch.object(lock, "REQUIREMENTS", Path(folder)),
                mock.patch.object(lock.sys, "version_info", (3, 10, 1)),
                mock.patch.object(lock, "resolve", return_value=packages) as resolve,
                mock.patch.object(
                    lock, "with_hashes", side_effect=lambda name, pin: lock.Pin(pin.version, pin.marker, hashes[name])
                ),
                contextlib.redirect_stdout(io.StringIO()),
            ):
                self.assertEqual(lock.main(["tool", "--keep"]), 0)
                self.assertEqual(
                    resolve.call_args.args, ("tool", {"Zope": lock.Pin("2"), "two_words": lock.Pin("1.2")})
                )
                lock.main(["tool"])
                self.assertEqual(resolve.call_args.args, ("tool", {}))
            lines = file.read_text().splitlines()
            self.assertTrue(lines[0].startswith("# Exact versions of everything that tool.txt brings"))
            self.assertEqual(
                lines[2:],
                [
                    "two_words==1.2 \\",
                    f"    --hash=sha256:{A} \\",
                    f"    --hash=sha256:{B}",
                    "Zope==2 \\",
                    f"    --hash=sha256:{C}",
                ],
            )

    def test_a_package_has_one_more_line_with_its_extras(self):
        packages = report(
            {"name": "tool", "version": "1", "requires_dist": ["SDK[fast]>=1", "plain"]},
            {
                "name": "sdk", "version": "2",
                "requires_dist": ["plain[two,one] ; extra == 'fast'", "plain[never] ; extra == 'slow'"],
            },
            {"name": "plain", "version": "3"},
        )
        pins = lock.pins_of(packages)
        self.assertEqual({name: pin.version for name, pin in pins.items()},
                         {"tool": "1", "sdk": "2", "sdk[fast]": "2", "plain": "3", "plain[one,two]": "3"})
        self.assertEqual({pin.marker for pin in pins.values()}, {""})
        self.assertEqual(lock.parse(lock.render("tool", pins), ""), pins)
        self.assertEqual(lock.canonical("Plain_Text[one]"), "plain-text")

    def test_a_package_for_some_pythons_has_a_marker(self):
        packages = report(
            {
                "name": "tool",
                "version": "1",
                "requires_dist": ['old ; python_version < "3.99"', "new", 'both>=1 ; python_version < "3.98"'],
            },
            {"name": "new", "version": "1", "requires_dist": ["both", 'two ; python_version < "3.98"']},
            {"name": "old", "version": "1", "requires_dist": ["olds-own", 'two ; python_version < "3.97"', "new"]},
            {"name": "olds-own", "version": "1", "requires_dist": ["old"]},
            {"name": "both", "version": "1"},
            {"name": "two", "version": "1"},
        )
        pins = lock.pins_of(packages)
        self.assertEqual(
            {name: pin.marker for name, pin in pins.items()},
            {
                "tool": "",
                "new": "",
                "both": "",
                "old": 'python_version < "3.99"',
                "olds-own": 'python_version < "3.99"',
                "two": '((python_version < "3.99") and (python_version < "3.97")) or (python_version < "3.98")',
            },
        )
        self.assertEqual(lock.parse(lock.render("tool", pins), ""), pins)

    def test_versions_are_resolved_only_on_the_oldest_python(self):
        with (
            mock.patch.object(lock.sys, "version_info", (3, 12, 1)),
            contextlib.redirect_stderr(io.StringIO()) as said,
            self.assertRaises(SystemExit),
        ):
            lock.main(["sam"])
        self.assertIn("Python 3.10", said.getvalue())


if __name__ == "__main__":
    unittest.main()

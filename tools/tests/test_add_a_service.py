"""Tests docs/add-a-service.md by following it from top to bottom in a copy of the repository.

A comment before each code block says what to do with it; see `Step`. This file does not repeat what the page adds: it
tests the page. It skips the section "Try it", which needs a stack; the tests of the new service send it the gateway's
events instead.

The copy is in `.local`, but cargo builds into the repository's `target`, so that a second run compiles only the new
service. `Copy` says why that is safe.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path

from stack.root import ROOT

PAGE = ROOT / "docs" / "add-a-service.md"
MARK = r"(?:^<!-- (?P<mark>[^\n]+) -->\n)?"
BLOCK = re.compile(MARK + r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
EDIT = re.compile(r"(?:(write) (\S+)|put into (\S+) (after|before) `(.+)`|(replace) in (\S+) `(.+)`)$")
MOST_FILES = 6
SERVICES = "services/"
# What scripts/test would say of the new service, as far as that takes seconds.
TESTS = ("test_generated_parts", "test_template", "test_routes", "test_operations", "test_alarms")


@dataclass(frozen=True)
class Step:
    """A block of the page. What its mark may be:

    - `run`: a shell runs it at the root
    - `write FILE`: it is the whole file
    - `put into FILE after|before `TEXT``: beside the only line that begins with the text
    - `replace in FILE `TEXT``: in the place of the text, which is there once
    - `example`: it handles an event of the gateway, in Python or JavaScript
    - `needs a stack`: it is not tried here
    """

    mark: str
    language: str
    text: str

    @property
    def file(self):
        """The file that it edits."""
        edit = EDIT.match(self.mark)
        return edit and (edit[2] or edit[3] or edit[7])

    def edit(self, root):
        how = EDIT.match(self.mark)
        path = root / self.file
        if how[1]:
            path.write_text(self.text, encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        if how[6]:
            assert text.count(how[8]) == 1, f"{self.file} has {how[8]!r} {text.count(how[8])} times"
            path.write_text(text.replace(how[8], self.text.rstrip("\n")), encoding="utf-8")
            return
        lines = text.splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if line.startswith(how[5])]
        assert len(places) == 1, f"{self.file} has {len(places)} lines that begin with {how[5]!r}"
        lines.insert(places[0] + (how[4] == "after"), self.text)
        path.write_text("".join(lines), encoding="utf-8")


def steps():
    text = PAGE.read_text(encoding="utf-8")
    return [Step(found["mark"] or "", found["language"], found["text"]) for found in BLOCK.finditer(text)]


class Page(unittest.TestCase):
    def test_each_code_block_says_what_to_do_with_it(self):
        for step in steps():
            with self.subTest(step.text.splitlines()[0]):
                self.assertTrue(step.mark in ("run", "example", "needs a stack") or step.file, step.mark)
                self.assertTrue(step.language in ("sh", "") if step.mark in ("run", "needs a stack") else step.language)
        self.assertEqual(PAGE.read_text(encoding="utf-8").count("\n```"), 2 * len(steps()))

    def test_the_page_names_the_few_files_of_a_new_service(self):
        files = {step.file for step in steps() if step.file and not step.file.startswith(SERVICES)}
        self.assertLessEqual(len(files), MOST_FILES)
        [listed] = re.findall(r"^You edit (?:.|\n)+?\n\n", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        named = set(re.findall(r"`([\w./-]+\.(?:toml|rs|yaml|json))`", listed))
        self.assertEqual({file for file in files if not file.startswith("docs/")}, named)

    def test_only_the_last_section_is_not_followed(self):
        untried = [step.mark == "needs a stack" for step in steps()]
        self.assertEqual(untried, sorted(untried))
        self.assertEqual(untried.count(True), 2)


def event(name, **context):
    given = json.loads((ROOT / "services/whoami/tests/events" / name).read_text(encoding="utf-8"))
    given["requestContext"]["authorizer"].update(context)
    return given


PARTNER = {"authority": "named", "iss": "https://partner.example/pool", "sub": "\u00fc1"}
# What a handler in another language gets, and what it has to make of that.
CALLERS = {
    "a user": (event("whoami-as-user.json"), False, None, "1d0f3c1e-5031-70f6-9c5a-3f8f0a1b2c3d"),
    "an administrator with a claim": (
        event("admin-ping-as-admin.json", groups="Domain%20Users admins", claims='{"custom:tenant_id":"7"}', sub="a"),
        True,
        "7",
        "a",
    ),
    "a partner's administrator": (
        event("whoami-as-user.json", groups="admins", claims='{"custom:tenant_id":"7"}', **PARTNER),
        False,
        None,
        '["https://partner.example/pool","\u00fc1"]',
    ),
    "somebody of the only issuer": (
        event("whoami-as-user.json", groups="", **PARTNER | {"authority": "sole"}),
        False,
        None,
        '["https://partner.example/pool","\u00fc1"]',
    ),
}


class Examples(unittest.TestCase):
    """Services in other languages recognise each caller."""

    def example(self, language):
        [step] = [step for step in steps() if step.mark == "example" and step.language == language]
        return step.text

    def test_python(self):
        code = self.example("python")
        for name, (given, *wanted) in CALLERS.items():
            with self.subTest(name):
                made = {"event": given}
                exec(code, made)
                self.assertEqual([made["is_admin"], made["tenant"], made["owner"]], wanted)

    @unittest.skipUnless(shutil.which("node"), "Node.js is not installed")
    def test_javascript(self):
        code = f"{self.example('js')}\nconsole.log(JSON.stringify([isAdmin, tenant ?? null, owner]));"
        for name, (given, *wanted) in CALLERS.items():
            with self.subTest(name):
                program = f"const event = {json.dumps(given)};\n{code}"
                said = subprocess.run(["node", "--eval", program], check=True, capture_output=True, text=True)
                self.assertEqual(json.loads(said.stdout), wanted)


class Copy:
    """A copy of the repository's files, as git lists them.

    What it builds lies beside what the repository builds, and neither takes the other's for its own: the packages of
    the copy have another version, so other names of files. Programs are put elsewhere (CARGO_TARGET_DIR). cargo waits
    by itself where another one builds in the same folder (build.build-dir, since cargo 1.91).
    https://doc.rust-lang.org/cargo/reference/build-cache.html

    cargo goes by the time of a file, so that one with the same content as at the last run has the same time.
    """

    def __init__(self):
        self.folder = ROOT / ".local" / "add-a-service"
        self.root = self.folder / "tree"
        self._times_file = self.folder / "times.json"
        self.folder.mkdir(parents=True, exist_ok=True)
        # One at a time; the kernel opens it when we have ended.
        self._lock = os.open(self.folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._times = json.loads(self._times_file.read_text()) if self._times_file.exists() else {}
        shutil.rmtree(self.root, ignore_errors=True)
        self._fill()

    def close(self):
        os.close(self._lock)

    def _fill(self):
        argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True).stdout
        for name in os.fsdecode(listed).rstrip("\0").split("\0"):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.root / name)
        (self.root / ".venv").symlink_to(ROOT / ".venv")
        manifest = self.root / "Cargo.toml"
        text = manifest.read_text(encoding="utf-8")
        renamed = re.sub(r'^version = "([^"]+)"$', r'version = "\1-add-a-service"', text, count=1, flags=re.MULTILINE)
        assert renamed != text
        manifest.write_text(renamed, encoding="utf-8")

    def settle(self):
        """Gives each file that is unchanged since the last run its old modification time."""
        times = {}
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name not in (".venv", ".local", "__pycache__")]
            for path in (Path(folder) / name for name in files):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                key = f"{path.relative_to(self.root)} {content}"
                if key in self._times:
                    os.utime(path, ns=(self._times[key], self._times[key]))
                times[key] = path.stat().st_mtime_ns
        self._times |= times
        self._times_file.write_text(json.dumps(times), encoding="utf-8")

    def run(self, *argv, **more):
        built = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
        env = {
            **os.environ,
            "CARGO_TARGET_DIR": str(self.folder / "programs"),
            "CARGO_BUILD_BUILD_DIR": str(ROOT / built),
            "CARGO_BUILD_TARGET": os.environ.get("CARGO_BUILD_TARGET") or "host-tuple",
            **more,
        }
        self.settle()
        done = subprocess.run(argv, cwd=self.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, f"{' '.join(argv)}\n{done.stdout}"
        return done.stdout


@unittest.skipUnless(shutil.which("cargo"), "cargo is not installed")
class Followed(unittest.TestCase):
    """Follows the whole page, and then runs the checks of scripts/test."""

    @classmethod
    def setUpClass(cls):
        cls.copy = Copy()
        cls.addClassCleanup(cls.copy.close)
        for step in steps():
            if step.mark == "run":
                cls.copy.run("bash", "-euc", step.text)
            elif step.file:
                step.edit(cls.copy.root)

    def test_the_templates_parts_are_up_to_date(self):
        self.copy.run(sys.executable, "tools", "aws.parts", "--check")

    def test_the_template_is_valid(self):
        sam = shutil.which("sam", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        argv = [sam, "validate", "--lint", "--template-file", "template.yaml"]
        self.copy.run(*argv, AWS_DEFAULT_REGION="us-east-1", SAM_CLI_TELEMETRY="0")

    def test_the_tests_of_template_and_routes_pass(self):
        path = f"tools{os.pathsep}tools/tests"
        self.copy.run(sys.executable, "-W", "ignore", "-m", "unittest", *TESTS, PYTHONPATH=path)

    def test_the_new_operation_meets_the_rules_for_all_operations(self):
        self.copy.run("cargo", "test", "-q", "-p", "openapi")

    def test_the_code_of_the_page_is_formatted(self):
        self.copy.run("cargo", "fmt", "--all", "--check")


if __name__ == "__main__":
    unittest.main()

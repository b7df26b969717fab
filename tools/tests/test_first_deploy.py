"""Tests that docs/operations.md can be followed line by line: each command exists, and the configuration is valid.

The tests compare the calls of the AWS CLI with botocore's models, from which the CLI makes its commands. They cannot
say what AWS answers, or whether a line does what the text says."""

import json
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

import botocore.session
from botocore import xform_name

from stack.aws.options import parse
from stack.aws.smoke import parse as parse_smoke
from stack.root import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# Options of the CLI itself.
OF_THE_CLI = {"region", "profile", "query", "output"}
# The CLI's own commands, of which botocore has no model.
NO_SERVICE = {"configure", "login", "sso"}
# Where the CLI calls a member otherwise: its own --endpoint-url begins alike.
# https://docs.aws.amazon.com/cli/latest/reference/sns/subscribe.html
RENAMED = {("sns", "subscribe", "notification-endpoint")}


def fences(kind):
    return re.findall(rf"^ *```{kind}\n(.*?)^ *```$", TEXT, re.DOTALL | re.MULTILINE)


def commands(program):
    """Each call of a program as a list of words: in code blocks, in substitutions and in sentences."""
    block = "\n".join(fences("sh")).replace("\\\n", " ")
    prose = re.sub(r"^ *```.*?^ *```$", "", TEXT, flags=re.DOTALL | re.MULTILINE)
    quoted = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
    found = []
    for line in [*block.splitlines(), *quoted]:
        # A quoted text can hold a substitution, and that the call that is looked for.
        for call in re.findall(rf"(?:^|&& |\$\(|`)\s*({re.escape(program)} .*)", line):
            found.append(words(call.partition(" && ")[0]))
    return found


def words(call):
    """The words up to the end of the surrounding substitution, without a comment."""
    depth = 0
    for place, letter in enumerate(call):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            call = call[:place]
            break
    return shlex.split(call, comments=True)


class Aws(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = botocore.session.get_session()
        cls.calls = [call for call in commands("aws") if call[1] not in NO_SERVICE]

    def test_the_page_has_calls_of_the_aws_cli(self):
        self.assertGreater(len(self.calls), 20)
        self.assertIn("sesv2", {call[1] for call in self.calls})

    def test_each_operation_and_option_exists(self):
        for call in self.calls:
            with self.subTest(" ".join(call)):
                _, service, operation, *rest = call
                model = self.session.get_service_model(service)
                operations = {xform_name(name, "-"): name for name in model.operation_names}
                self.assertIn(operation, operations)
                shape = model.operation_model(operations[operation]).input_shape
                members = {xform_name(name, "-") for name in (shape.members if shape else ())}
                for option in (word[2:] for word in rest if word.startswith("--")):
                    known = option in members | OF_THE_CLI or (service, operation, option) in RENAMED
                    self.assertTrue(known, option)

    def test_each_call_has_the_required_options(self):
        for call in self.calls:
            with self.subTest(" ".join(call)):
                _, service, operation, *rest = call
                if not any(word.startswith("--") for word in rest):
                    continue  # a name in a sentence, and no line to run
                model = self.session.get_service_model(service)
                operations = {xform_name(name, "-"): name for name in model.operation_names}
                shape = model.operation_model(operations[operation]).input_shape
                given = {word[2:] for word in rest if word.startswith("--")}
                given |= {"endpoint"} if "notification-endpoint" in given else set()
                needed = {xform_name(name, "-") for name in (shape.required_members if shape else ())}
                self.assertLessEqual(needed, given)


class Ours(unittest.TestCase):
    def test_scripts_deploy_accepts_each_of_its_lines(self):
        calls = commands("scripts/deploy")
        self.assertGreater(len(calls), 5)
        for call in calls:
            with self.subTest(" ".join(call)):
                parse([word for word in call[1:] if word != "MINUTES"] + (["60"] if "MINUTES" in call else []))

    def test_scripts_smoke_accepts_each_of_its_lines(self):
        for call in commands("scripts/smoke"):
            with self.subTest(" ".join(call)):
                parse_smoke([word.replace("URL", "https://api.example.com") for word in call[1:]])

    def test_each_gatehouse_command_exists(self):
        """The help of gatehouse shows that, so the test builds gatehouse once."""
        calls = [call[call.index("--") + 1 :] for call in commands("cargo run") if "gatehouse" in call]
        calls += [call[1:] for call in commands("gatehouse")]
        for call in calls:
            named = [word for word in call if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")][:2]
            flags = {word for word in call if word.startswith("--")}
            with self.subTest(" ".join(call)):
                # `token` and `explain` have no command below them.
                below = named if named[0] in ("client", "config", "issuer", "user") else named[:1]
                argv = ["cargo", "run", "--quiet", "--package", "gatehouse", "--", *below, "--help"]
                said = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
                self.assertEqual(said.returncode, 0, said.stderr)
                for flag in flags:
                    self.assertIn(flag, said.stdout)


class Configuration(unittest.TestCase):
    def test_the_first_deploys_configuration_is_valid(self):
        """The first file, and everything that later steps add to it."""
        file, *more = fences("json")
        texts = [text if text.lstrip().startswith("{") else "{" + text + "}" for text in [file, *more]]
        texts += ["{" + code + "}" for code in re.findall(r'`("api": \{.*?\})`', TEXT)]
        self.assertGreaterEqual(len(texts), 4)
        merged = {}
        for text in texts:
            merge(merged, json.loads(text))
        merged = json.loads(
            json.dumps(merged)
            .replace('"ARN"', '"arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"')
            .replace('"Z..."', '"Z0123456789ABC"')
        )
        with tempfile.TemporaryDirectory() as folder:
            overlay = Path(folder) / "config.prod.json"
            overlay.write_text(json.dumps(merged), encoding="utf-8")
            argv = [
                "cargo",
                "run",
                "--quiet",
                "--package",
                "gatehouse",
                "--",
                "config",
                "check",
                "--overlay",
                str(overlay),
            ]
            said = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
        self.assertEqual(said.returncode, 0, said.stderr)


def merge(into, more):
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value


if __name__ == "__main__":
    unittest.main()

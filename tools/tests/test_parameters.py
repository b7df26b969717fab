"""Tests that parameters reach CloudFormation unchanged, by reading them with the installed sam in every locale."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from samcli.yamlhelper import yaml_dump, yaml_parse

from stack.build import parameters
from stack.root import ROOT
from stack.run.environment import with_tools
from stack.run.failure import Failure

READ = """
import json, sys
from samcli.cli.types import CfnParameterOverridesType
print(json.dumps(CfnParameterOverridesType().convert((f"file://{sys.argv[1]}",), None, None)))
"""
HARD = [
    "Rédaction",
    "管理",
    "🦀 team",
    "𝔸",
    "admins,Rédaction,-",
    'say "hi"',
    "it's",
    "a\\b",
    "\\",
    "\\\\",
    '\\"',
    "\\'",
    '"https://a.example/"',
    '"a","b"',
    '"x\\u00241"',
    "'quoted'",
    '"',
    "'",
    '""',
    "a\\ b",
    " a ",
    "a\tb",
    "line\nbreak",
    "\x00",
    "\x1b",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufeff",
    "",
    "no",
    "null",
    "1e3",
    "0x1",
    "2001-01-01",
    "*",
    "- a",
    "#",
    "a: b",
    "$include",
    "file://x",
]


def read_back(values, **env):
    """The values that sam's own loader reads from a file with these parameters."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "parameters.yaml"
        given = {f"P{place}": value for place, value in enumerate(values)}
        file.write_text(parameters.render(given), encoding="utf-8")
        base = {"PATH": os.environ["PATH"], **env}
        answer = subprocess.run(
            [sys.executable, "-c", READ, str(file)], env=with_tools(base, Path("/tools"), Path(folder)),
            capture_output=True, text=True, check=True,
        )
        return list(json.loads(answer.stdout).values())


class Render(unittest.TestCase):
    def test_sam_reads_every_value_unchanged(self):
        self.assertEqual(read_back(HARD), HARD)

    def test_sam_reads_every_value_without_utf_8_too(self):
        for locale in ("C", "POSIX", "en_US.ISO-8859-1"):
            # Python would take UTF-8 by itself in the first two, but not everywhere.
            env = {"LC_ALL": locale, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
            self.assertEqual(read_back(HARD, **env), HARD, locale)

    def test_plain_values_are_rendered_without_escapes(self):
        self.assertEqual(parameters.render({"Groups": "admins,Rédaction"}), 'Groups: "admins,Rédaction"\n')

    def test_rendered_values_are_parsed_again_unless_quoted_for_sam(self):
        plain = {f"P{place}": value for place, value in enumerate(HARD) if parameters.for_sam(value) == value}
        self.assertEqual(parameters.parse(parameters.render(plain)), plain)


class Parse(unittest.TestCase):
    def test_gatehouses_escapes_beyond_ascii_are_parsed(self):
        text = 'A: "R\\U000000e9daction,\\U00007ba1\\U00007406,\\U0001f980"\nB: "\\\\U000000e9 \\"\\U0000000a"\n'
        self.assertEqual(parameters.parse(text), {"A": "Rédaction,管理,🦀", "B": '\\U000000e9 "\n'})

    def test_an_invalid_line_is_refused_by_number_without_its_text(self):
        for line in ("A: b", 'A: "\\x"', 'A: "\\Uffffffff"', 'A: "b', ""):
            with self.assertRaises(Failure) as refused:
                parameters.parse(f'B: "c"\n{line}\n', "mine.yaml")
            self.assertRegex(refused.exception.message, "^mine.yaml has a line .*: line 2.$")
        with self.assertRaises(Failure) as refused:
            parameters.parse("ExistingUserPoolClientSecret: s3cret\n")
        self.assertNotIn("s3cret", refused.exception.render())

    def test_a_line_separator_in_a_value_does_not_end_the_line(self):
        self.assertEqual(parameters.parse('A: "a\u2028b"\nB: "c"\n'), {"A": "a\u2028b", "B": "c"})

    def test_windows_line_ends_are_accepted(self):
        self.assertEqual(parameters.parse('A: "a"\r\nB: "c"\r\n'), {"A": "a", "B": "c"})


class Declared(unittest.TestCase):
    """The names are found without a YAML library, in our template and in sam's output."""

    TEXT = (ROOT / "template.yaml").read_text(encoding="utf-8")

    def test_all_declared_parameters_are_found(self):
        names = list(yaml_parse(self.TEXT)["Parameters"])
        self.assertGreater(len(names), 40)
        self.assertEqual(parameters.declared(self.TEXT), names)
        self.assertEqual(parameters.declared(yaml_dump(yaml_parse(self.TEXT))), names)

    def test_a_template_without_parameters_declares_none(self):
        self.assertEqual(parameters.declared("Resources:\n  Api:\n    Type: x\n"), [])

    def test_an_unknown_name_is_refused_with_a_suggestion(self):
        parameters.require_declared({"Architecture": "arm64"}, self.TEXT, "mine.yaml")
        given = {"Architecture": "arm64", "ExistingUserPoolClientsecret": "s3cret", "Nonsense": "s3cret"}
        with self.assertRaises(Failure) as raised:
            parameters.require_declared(given, self.TEXT, "mine.yaml")
        said = raised.exception.render()
        self.assertIn(
            "mine.yaml names ExistingUserPoolClientsecret, Nonsense: the template has no such parameter.", said
        )
        self.assertIn("Did you mean ExistingUserPoolClientSecret instead of ExistingUserPoolClientsecret?", said)
        self.assertNotIn("Instead of Nonsense", said)
        self.assertNotIn("s3cret", said)


if __name__ == "__main__":
    unittest.main()

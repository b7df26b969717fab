"""Parameters reach CloudFormation as they are: read back with the sam that is installed, in every locale."""

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
    """What sam's own loader makes of a file with these values."""
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
    def test_sam_reads_every_value_as_it_is(self):
        self.assertEqual(read_back(HARD), HARD)

    def test_it_does_so_where_the_terminal_has_no_utf_8(self):
        for locale in ("C", "POSIX", "en_US.ISO-8859-1"):
            # Python would take UTF-8 by itself in the first two, but not everywhere.
            env = {"LC_ALL": locale, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
            self.assertEqual(read_back(HARD, **env), HARD, locale)

    def test_plain_values_look_plain(self):
        self.assertEqual(parameters.render({"Groups": "admins,Rédaction"}), 'Groups: "admins,Rédaction"\n')

    def test_what_is_rendered_is_read_again_by_ourselves_unless_sam_needs_it_quoted(self):
        plain = {f"P{place}": value for place, value in enumerate(HARD) if parameters.for_sam(value) == value}
        self.assertEqual(parameters.parse(parameters.render(plain)), plain)


class Parse(unittest.TestCase):
    def test_what_gatehouse_writes_for_other_characters_than_asciis_is_read(self):
        text = 'A: "R\\U000000e9daction,\\U00007ba1\\U00007406,\\U0001f980"\nB: "\\\\U000000e9 \\"\\U0000000a"\n'
        self.assertEqual(parameters.parse(text), {"A": "Rédaction,管理,🦀", "B": '\\U000000e9 "\n'})

    def test_a_line_that_cannot_be_read_is_refused_by_its_number_without_what_it_says(self):
        for line in ("A: b", 'A: "\\x"', 'A: "\\Uffffffff"', 'A: "b', ""):
            with self.assertRaises(Failure) as refused:
                parameters.parse(f'B: "c"\n{line}\n', "mine.yaml")
            self.assertRegex(refused.exception.message, "^mine.yaml has a line .*: line 2.$")
        with self.assertRaises(Failure) as refused:
            parameters.parse("ExistingUserPoolClientSecret: s3cret\n")
        self.assertNotIn("s3cret", refused.exception.render())

    def test_a_line_separator_within_a_value_ends_no_line(self):
        self.assertEqual(parameters.parse('A: "a\u2028b"\nB: "c"\n'), {"A": "a\u2028b", "B": "c"})

    def test_a_file_of_windows_is_one_too(self):
        self.assertEqual(parameters.parse('A: "a"\r\nB: "c"\r\n'), {"A": "a", "B": "c"})


class Declared(unittest.TestCase):
    """The names are found without a YAML library, in our template and in what sam makes of it."""

    TEXT = (ROOT / "template.yaml").read_text(encoding="utf-8")

    def test_all_are_found_and_nothing_else(self):
        names = list(yaml_parse(self.TEXT)["Parameters"])
        self.assertGreater(len(names), 40)
        self.assertEqual(parameters.declared(self.TEXT), names)
        self.assertEqual(parameters.declared(yaml_dump(yaml_parse(self.TEXT))), names)

    def test_a_template_without_any_has_none(self):
        self.assertEqual(parameters.declared("Resources:\n  Api:\n    Type: x\n"), [])

    def test_a_name_that_is_not_among_them_is_refused_with_the_one_that_was_meant(self):
        parameters.require_declared({"Architecture": "arm64"}, self.TEXT, "mine.yaml")
        given = {"Architecture": "arm64", "ExistingUserPoolClientsecret": "s3cret", "Nonsense": "s3cret"}
        with self.assertRaises(Failure) as raised:
            parameters.require_declared(given, self.TEXT, "mine.yaml")
        said = raised.exception.render()
        self.assertIn(
            "mine.yaml names ExistingUserPoolClientsecret, Nonsense: the template has no such parameter.", said
        )
        self.assertIn("Instead of ExistingUserPoolClientsecret: ExistingUserPoolClientSecret?", said)
        self.assertNotIn("Instead of Nonsense", said)
        self.assertNotIn("s3cret", said)


if __name__ == "__main__":
    unittest.main()

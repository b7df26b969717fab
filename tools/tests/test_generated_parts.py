"""Tests the parts of template.yaml that aws.parts generates from the list of functions."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from samtranslator.yaml_helper import yaml_parse

from stack.aws import parts
from stack.checks.transform import source
from stack.root import ROOT, TOOLS
from stack.run.failure import Failure

TEXT = (ROOT / "template.yaml").read_text(encoding="utf-8")
LETTERS = """\
  LettersFunction:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: letter-post } }
    Properties:
      Role: !GetAtt LettersRole.Arn

"""
PLACE = "  # ---- orders"
MADE_BY = f"Made by `{parts.COMMAND}` from the list of functions; do not edit."
# What a function that serves the API has beside itself.
EACH = ("{}Role", "{}Logs", "{}Faults", "{}Errors", "{}Throttles", "New{}Errors")


def with_letters(more=""):
    return TEXT.replace(PLACE, LETTERS + more + PLACE, 1)


def resources(text):
    return yaml_parse(text)["Resources"]


class Template(unittest.TestCase):
    def test_the_template_follows_its_list_of_functions(self):
        self.assertEqual(parts.renew(TEXT), TEXT, f"run `{parts.COMMAND}`")

    def test_every_function_that_serves_the_api_has_each_part(self):
        functions = {
            name.removesuffix("Function")
            for name, entry in source()["Resources"].items()
            if entry["Type"] == "AWS::Serverless::Function" and "Condition" not in entry
        }
        self.assertLessEqual({"Authorizer", "Auth"}, functions)
        for name in functions:
            self.assertLessEqual({part.format(name) for part in EACH}, set(source()["Resources"]))


class AFunctionMore(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = parts.renew(with_letters())
        cls.made = resources(cls.text)

    def test_a_new_function_gets_the_same_parts_as_whoami(self):
        for part in EACH:
            whoami = str(self.made[part.format("Whoami")])
            as_letters = whoami.replace("Whoami", "Letters").replace("'whoami'", "'letter-post'")
            self.assertEqual(str(self.made[part.format("Letters")]), as_letters)

    def test_the_other_functions_keep_their_parts(self):
        before = resources(TEXT)
        changed = {name for name in self.made if self.made[name] != before.get(name)}
        wanted = {"LettersFunction", "RolloutRole", "Dashboard", *(part.format("Letters") for part in EACH)}
        self.assertEqual(changed, wanted)

    def test_a_new_function_rolls_out_like_the_others(self):
        [shift, _] = self.made["RolloutRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        self.assertIn({"Fn::GetAtt": ["LettersFunction", "Arn"]}, shift["Resource"])
        self.assertIn({"Fn::Sub": "${LettersFunction.Arn}:*"}, shift["Resource"])

    def test_the_dashboard_lists_a_new_function_twice(self):
        body = self.made["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
        for line in (
            '[".", "Errors", ".", "${LettersFunction}"], [".", "Throttles", ".", "."],\n',
            '[".", "Duration", ".", "${LettersFunction}", {"stat": "p99"}],\n',
        ):
            self.assertIn(line, body)

    def test_a_removed_function_leaves_nothing(self):
        self.assertEqual(parts.renew(self.text.replace(LETTERS, "")), TEXT)

    def test_generating_twice_changes_nothing(self):
        self.assertEqual(parts.renew(self.text), self.text)

    def test_a_part_written_by_hand_is_not_generated(self):
        role = "  LettersRole:\n    Type: AWS::IAM::Role\n    Properties: { Path: /by-hand/ }\n\n"
        text = parts.renew(with_letters(role))
        self.assertEqual(text.count("\n  LettersRole:\n"), 1)
        self.assertEqual(resources(text)["LettersRole"]["Properties"], {"Path": "/by-hand/"})

    def test_a_changed_line_of_a_part_is_restored(self):
        changed = TEXT.replace("AlarmDescription: The function fails - a crash", "AlarmDescription: All well - a crash")
        self.assertNotEqual(changed, TEXT)
        self.assertEqual(parts.renew(changed), TEXT)

    def test_a_function_with_a_condition_gets_no_parts(self):
        apart = LETTERS.replace("Serverless::Function\n", "Serverless::Function\n    Condition: ReportsErrors\n")
        text = TEXT.replace(PLACE, apart + PLACE, 1)
        self.assertEqual(parts.renew(text), text)


class Refused(unittest.TestCase):
    def refused(self, text):
        with self.assertRaises(Failure) as raised:
            parts.renew(text)
        return raised.exception.render()

    def test_a_missing_block_is_refused(self):
        self.assertIn("faults", self.refused(TEXT.replace("# [faults] Made by", "# Made by")))
        self.assertIn("Functions: errors", self.refused(TEXT.replace("Functions: errors and", "Errors and")))

    def test_a_block_without_an_end_is_refused(self):
        first, _, rest = TEXT.partition(f"  {parts.END}")
        self.assertIn("[roles and logs]", self.refused(first + rest))

    def test_an_unknown_block_is_refused(self):
        extra = TEXT.replace("# [faults] Made by", f"# [mistakes] {MADE_BY}\n  {parts.END}  # [faults] Made by")
        self.assertIn("[mistakes]", self.refused(extra))

    def test_a_function_without_its_form_is_refused(self):
        self.assertIn("Letters", self.refused(with_letters().replace("LettersFunction:", "Letters:")))
        self.assertIn("Binary", self.refused(with_letters().replace("{ Binary: letter-post }", "{}")))


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.template = Path(folder.name) / "template.yaml"
        patch = mock.patch.object(parts, "TEMPLATE", self.template)
        patch.start()
        self.addCleanup(patch.stop)

    def test_it_checks_and_writes(self):
        self.template.write_text(with_letters(), encoding="utf-8")
        self.assertEqual([parts.main([]), parts.main(["--check"])], [1, 1])
        self.assertEqual(self.template.read_text(encoding="utf-8"), with_letters())
        self.assertEqual(parts.main(["--write"]), 0)
        self.assertEqual(parts.main(["--check"]), 0)
        self.assertEqual(parts.main(["--all"]), 2)

    def test_any_python_runs_it_without_a_package(self):
        argv = [sys.executable, "-I", "-S", str(TOOLS), "aws.parts", "--check"]
        self.assertEqual(subprocess.run(argv, capture_output=True, text=True).returncode, 0)


if __name__ == "__main__":
    unittest.main()

"""Tests the list of accepted findings, and how findings are compared with it. findings.py itself runs the tools."""

import json
import unittest
from types import SimpleNamespace

from stack.checks import findings
from stack.checks import main as checks
from stack.checks.findings import LIST, STACKS, Entry, Finding, judge, read
from stack.checks.transform import source
from stack.root import ROOT
from test_parameters_reach import allows

NEW = Finding("checkov", "CKV_AWS_1", "OrdersTable", "Ensure that it is blue", "as configured")
LISTED = Entry("checkov", "CKV_AWS_1", "OrdersTable", "It is green.")


class List(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.entries = read(LIST)

    def test_each_finding_has_a_reason(self):
        for entry in self.entries:
            self.assertRegex(entry.reason, r"^[A-Z].{40,}(\.|https://\S+)$", (entry.rule, entry.resource))

    def test_each_finding_is_of_a_tool_that_is_run(self):
        self.assertEqual({entry.tool for entry in self.entries}, {"cfn-lint", "checkov"})

    def test_findings_are_sorted_and_unique(self):
        places = [(entry.tool, entry.rule, entry.resource) for entry in self.entries]
        self.assertEqual(places, sorted(set(places)))

    def test_every_suppressed_finding_is_listed(self):
        # Both tools take exceptions from metadata of the template, and from files beside it.
        self.assertNotIn("checkov", keys(source()))
        self.assertNotIn("Metadata", source())
        for name, resource in source()["Resources"].items():
            exceptions = resource.get("Metadata", {}).get("cfn-lint", {"config": {"ignore_checks": []}})
            for rule in exceptions["config"]["ignore_checks"]:
                finding = Finding("cfn-lint", rule, name, "", "")
                self.assertTrue([entry for entry in self.entries if entry.covers(finding)], (rule, name))
        for name in (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml", ".checkov.yaml", ".checkov.yml"):
            self.assertFalse((ROOT / name).exists(), name)


class Judgement(unittest.TestCase):
    def test_a_listed_finding_is_accepted(self):
        self.assertEqual(judge([NEW], [LISTED]), [])
        self.assertEqual(judge([NEW], [Entry("checkov", "CKV_AWS_1", "*Table", "They are green.")]), [])

    def test_an_unlisted_finding_is_reported_with_advice(self):
        [complaint] = judge([NEW], [])
        for part in ("checkov", "CKV_AWS_1", "OrdersTable", "as configured", "Ensure that it is blue", "template.yaml"):
            self.assertIn(part, complaint)
        # The line to add, as it has to be.
        line = json.loads(complaint[complaint.index("{") :])
        self.assertEqual(judge([NEW], [Entry(**line)]), [])

    def test_an_entry_covers_only_its_tool_rule_and_resource(self):
        for other in (
            Entry("cfn-lint", "CKV_AWS_1", "OrdersTable", "."),
            Entry("checkov", "CKV_AWS_11", "OrdersTable", "."),
            Entry("checkov", "CKV_AWS_1", "Orders", "."),
            Entry("checkov", "CKV_AWS_*", "OrdersTable", "."),
            Entry("checkov", "CKV_AWS_1", "*Table", ".", but="OrdersTable"),
        ):
            self.assertEqual(len(judge([NEW], [other])), 2, other)

    def test_an_entry_without_a_finding_is_reported(self):
        [complaint] = judge([], [LISTED])
        self.assertIn("no longer finds CKV_AWS_1 at OrdersTable", complaint)
        self.assertIn("findings.json", complaint)

    def test_the_same_finding_in_several_stacks_is_reported_once(self):
        again = Finding("checkov", "CKV_AWS_1", "OrdersTable", "Ensure that it is blue", "everything on")
        self.assertEqual(len(judge([NEW, again], [])), 1)


class Stacks(unittest.TestCase):
    """Together the stacks have everything that a parameter can add."""

    def values(self, name, declared):
        return {parameters.get(name, str(declared["Default"])) for parameters in STACKS.values()}

    def test_every_switch_is_on_in_one_stack_and_off_in_another(self):
        for name, declared in source()["Parameters"].items():
            allowed = declared.get("AllowedValues")
            if allowed is not None and set(map(str, allowed)) <= {"", "true", "false", "ACTIVE", "INACTIVE"}:
                with self.subTest(name):
                    self.assertEqual(len(self.values(name, declared)), 2, "name it in STACKS of findings.py")

    def test_every_optional_parameter_is_set_in_one_stack(self):
        for name, declared in source()["Parameters"].items():
            if declared["Default"] == "":
                with self.subTest(name):
                    self.assertGreater(len(self.values(name, declared)), 1, "name it in STACKS of findings.py")

    def test_every_value_is_allowed(self):
        declared = source()["Parameters"]
        for parameters in STACKS.values():
            for name, value in parameters.items():
                self.assertTrue(allows(declared[name], value), (name, value))


class Tools(unittest.TestCase):
    def test_cfn_lint_reports_errors_warnings_and_information(self):
        template = {
            "Parameters": {"Unused": {"Type": "String"}},
            "Resources": {
                "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}},
                "Wrong": {"Type": "AWS::Logs::LogGroup", "Properties": {"Retention": 7}},
            },
        }
        found = {(finding.rule[0], finding.resource) for finding in findings.ask_lint(template, "a")}
        self.assertLessEqual({("W", "Parameters/Unused"), ("I", "Log"), ("E", "Wrong")}, found)

    def test_cfn_lint_has_only_the_listed_exceptions(self):
        log = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}
        excepted = {**log, "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["I3011"]}}}}
        told = [
            {finding.rule for finding in findings.ask_lint({"Resources": {"Log": resource}}, "a")}
            for resource in (log, excepted)
        ]
        self.assertIn("I3011", told[0])
        self.assertEqual(told[0], told[1])

    def report(self, resources, parsing_errors=0):
        check = {"check_id": "CKV_AWS_1", "check_name": "Ensure that it is blue"}
        failed = [{**check, "resource": "AWS::DynamoDB::Table.OrdersTable", "file_path": "/as configured.json"}]
        summary = {"resource_count": resources, "parsing_errors": parsing_errors}
        return json.dumps({"summary": summary, "results": {"failed_checks": failed}})

    def test_checkovs_report_is_read(self):
        stacks = {"as configured": SimpleNamespace(resources={"OrdersTable": {}})}
        self.assertEqual(findings.read_checkov(self.report(1), "", 1, stacks), [NEW])

    def test_an_incomplete_report_is_refused(self):
        stacks = {"as configured": SimpleNamespace(resources={"OrdersTable": {}, "Api": {}})}
        for output, code in ((self.report(1), 1), (self.report(2, parsing_errors=1), 1), ("Traceback", 2)):
            with self.assertRaises(SystemExit):
                findings.read_checkov(output, "", code, stacks)

    def test_scripts_test_always_runs_it(self):
        [check] = [check for check in checks.all_checks() if check.argv[-1] == "checks.findings"]
        self.assertEqual((check.needs, check.unless), (None, None))


def keys(node):
    """The keys of all mappings in the value."""
    if isinstance(node, list):
        return set().union(*map(keys, node))
    if isinstance(node, dict):
        return set(node).union(*map(keys, node.values()))
    return set()


if __name__ == "__main__":
    unittest.main()

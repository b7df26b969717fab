"""Tests how the emulator reads JSON filter patterns of CloudWatch Logs."""

import json
import unittest

from stack.emulator.emulated_logs import Unsupported, matches


class Patterns(unittest.TestCase):
    def check(self, pattern, line, expected):
        self.assertIs(matches(pattern, line if isinstance(line, str) else json.dumps(line)), expected, (pattern, line))

    def test_a_missing_text_is_neither_equal_nor_different(self):
        for line, equal, different in (
            ({"level": "ERROR"}, True, False),
            ({"level": "INFO"}, False, True),
            ({"level": 5}, False, False),
            ({}, False, False),
            ({"level": {"level": "ERROR"}}, False, False),
        ):
            self.check('{ $.level = "ERROR" }', line, equal)
            self.check('{$.level != "ERROR"}', line, different)

    def test_a_selector_goes_into_objects(self):
        self.check('{ $.record.status = "error" }', {"record": {"status": "error"}}, True)
        self.check('{ $.record.status = "error" }', {"record": "error"}, False)
        self.check('{ $.record.status = "error" }', {"status": "error"}, False)

    def test_parentheses_bind_before_and_and_that_before_or(self):
        line = {"a": "1", "b": "2"}
        self.check('{ $.a = "1" || $.b = "9" && $.a = "9" }', line, True)
        self.check('{ ($.a = "1" || $.b = "9") && $.a = "9" }', line, False)
        self.check('{ (($.a = "1") && ($.b = "2")) }', line, True)
        self.check('{ $.a = "1" && $.b = "9" }', line, False)
        self.check('{ $.b = "9" || $.a = "1" }', line, True)

    def test_a_line_that_is_not_a_json_object_does_not_match(self):
        for line in ("ERROR", "", "[]", '"ERROR"', "null", '{"level":"ERROR"'):
            self.check('{ $.level = "ERROR" }', line, False)
            self.check('{ $.level != "ERROR" }', line, False)

    def test_a_pattern_of_another_form_is_unsupported(self):
        for pattern in (
            "", "ERROR", "?ERROR", "[a, b]", "%x%", "{}", "{ $.a }", "{ $.a = 1 }", "{ $.a = * }", '{ $.a = "1" ',
            '{ $.a = "1" || }', '{ ($.a = "1" }', '{ $.a = "1" $.b = "2" }', '{ $.a = "1") }', '{ "1" = $.a }',
            "{ $.a EXISTS }", '{ $.a[0] = "1" }',
        ):
            with self.subTest(pattern), self.assertRaises(Unsupported):
                matches(pattern, "{}")


if __name__ == "__main__":
    unittest.main()

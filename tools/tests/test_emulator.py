"""Tests how emulator.py converts parameter values for MiniStack.

The tests need no MiniStack; the local stack shows that it accepts the values.
"""

import unittest

from stack.emulator.emulator import typed, with_typed_properties, with_values_as_defaults


class TypedProperties(unittest.TestCase):
    def test_text_is_converted_to_the_propertys_type(self):
        given = {"Policies": {"PasswordPolicy": {"MinimumLength": "12", "RequireNumbers": "false"}}}
        wanted = {"Policies": {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": False}}}
        self.assertEqual(typed(given), wanted)

    def test_a_name_like_a_number_or_boolean_stays_text(self):
        given = {"UserPoolName": "12", "ClientName": "true", "ExplicitAuthFlows": ["7"]}
        self.assertEqual(typed(given), given)

    def test_typed_values_do_not_change(self):
        given = {"MinimumLength": 12, "GenerateSecret": False}
        self.assertEqual(typed(given), given)

    def test_a_text_that_is_not_a_boolean_is_refused(self):
        with self.assertRaises(KeyError):
            typed({"GenerateSecret": "yes"})

    def test_a_handler_gets_typed_old_and_new_properties(self):
        seen = []
        handler = with_typed_properties(lambda *arguments, **named: seen.append((arguments, named)))
        handler("id", {"IdTokenValidity": "5"}, {"IdTokenValidity": "6"}, "stack", logical_id="Client")
        expected = (("id", {"IdTokenValidity": 5}, {"IdTokenValidity": 6}, "stack"), {"logical_id": "Client"})
        self.assertEqual(seen, [expected])


class ValuesAsDefaults(unittest.TestCase):
    def test_the_transform_finds_given_values_in_the_defaults(self):
        transform = with_values_as_defaults(lambda template, given, previous: template, lambda *_: {"Ttl": "0"})
        template = {"Parameters": {"Ttl": {"Type": "Number", "Default": 300}, "Name": {"Type": "String"}}}
        parameters = transform(template)["Parameters"]
        self.assertEqual(parameters, {"Ttl": {"Type": "Number", "Default": "0"}, "Name": {"Type": "String"}})
        self.assertEqual(template["Parameters"]["Ttl"]["Default"], 300)


if __name__ == "__main__":
    unittest.main()

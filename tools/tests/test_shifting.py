"""Tests that a rollout without enough time is refused, and that the table of times matches the template."""

import json
import unittest

from stack.aws import shifting
from stack.checks.transform import deployed, source
from stack.run.failure import Failure
from test_template import of_type


class Table(unittest.TestCase):
    def test_the_table_has_the_templates_rollouts(self):
        self.assertEqual(set(shifting.MINUTES), set(source()["Parameters"]["Rollout"]["AllowedValues"]))

    def test_a_canary_waits_once_and_a_linear_rollout_ten_times(self):
        for name, minutes in shifting.MINUTES.items():
            kind, _, rest = name.partition("10Percent")
            number = int("".join(letter for letter in rest if letter.isdigit()) or 0)
            self.assertEqual(minutes, {"Canary": number, "Linear": 10 * number, "AllAtOnce": 0}[kind], name)

    def test_aliases_shift_in_parallel(self):
        stack = deployed(Rollout="Linear10PercentEvery10Minutes")
        aliases = of_type(stack, "AWS::Lambda::Alias")
        self.assertGreater(len(aliases), 1)
        for name in aliases:
            others = set(aliases) - {name}
            self.assertIn(name.removesuffix("Aliaslive"), before(stack.resources, name))
            self.assertFalse(others & before(stack.resources, name), name)


def before(resources, name):
    """All resources that CloudFormation makes before this one."""
    found, ahead = set(), [name]
    while ahead:
        text = json.dumps(resources[ahead.pop()])
        # Every way to refer to a resource has its whole name in it.
        for other in resources:
            if other not in found and any(form in text for form in (f'"{other}"', f"${{{other}}}", f"${{{other}.")):
                found.add(other)
                ahead.append(other)
    return found - {name}


class Within(unittest.TestCase):
    SLOW = {"Rollout": "Linear10PercentEvery10Minutes"}

    def test_a_rollout_with_enough_time_is_accepted(self):
        shifting.check(self.SLOW, None)
        shifting.check(self.SLOW, 115)
        shifting.check({"Rollout": "AllAtOnce"}, 15)
        shifting.check({}, 15)

    def test_a_rollout_without_enough_time_is_refused(self):
        with self.assertRaises(Failure) as refused:
            shifting.check(self.SLOW, 114)
        self.assertIn(
            "shifting takes 100 minutes and the rest of the deploy up to 15, but the limit is 114",
            refused.exception.message,
        )

    def test_without_codedeploy_nothing_shifts(self):
        shifting.check({**self.SLOW, "CodeDeploy": "false"}, 15)


if __name__ == "__main__":
    unittest.main()

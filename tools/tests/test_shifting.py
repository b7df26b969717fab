"""A rollout that cannot finish in time is refused, and the table of times fits the template."""

import json
import unittest

from stack.aws import shifting
from stack.checks.transform import deployed, source
from stack.run.failure import Failure
from test_template import of_type


class Table(unittest.TestCase):
    def test_it_has_every_rollout_that_the_template_allows_and_no_other(self):
        self.assertEqual(set(shifting.MINUTES), set(source()["Parameters"]["Rollout"]["AllowedValues"]))

    def test_a_canary_takes_its_minutes_and_a_linear_one_ten_times_its_interval(self):
        for name, minutes in shifting.MINUTES.items():
            kind, _, rest = name.partition("10Percent")
            number = int("".join(letter for letter in rest if letter.isdigit()) or 0)
            self.assertEqual(minutes, {"Canary": number, "Linear": 10 * number, "AllAtOnce": 0}[kind], name)

    def test_no_alias_waits_for_another_so_that_they_shift_side_by_side(self):
        stack = deployed(Rollout="Linear10PercentEvery10Minutes")
        aliases = of_type(stack, "AWS::Lambda::Alias")
        self.assertGreater(len(aliases), 1)
        for name in aliases:
            others = set(aliases) - {name}
            self.assertIn(name.removesuffix("Aliaslive"), before(stack.resources, name))
            self.assertFalse(others & before(stack.resources, name), name)


def before(resources, name):
    """All that CloudFormation makes before this resource."""
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

    def test_what_fits_is_not_spoken_of(self):
        shifting.check(self.SLOW, None)
        shifting.check(self.SLOW, 115)
        shifting.check({"Rollout": "AllAtOnce"}, 15)
        shifting.check({}, 15)

    def test_what_does_not_fit_is_refused_with_the_reason(self):
        with self.assertRaises(Failure) as refused:
            shifting.check(self.SLOW, 114)
        self.assertIn(
            "shifting takes 100 minutes and the rest of a deploy up to 15, but there are 114", refused.exception.message
        )

    def test_without_codedeploy_nothing_shifts(self):
        shifting.check({**self.SLOW, "CodeDeploy": "false"}, 15)


if __name__ == "__main__":
    unittest.main()

"""A deploy that is to use a user pool that is there: what `gatehouse pool check` finds in it."""

import json
import sys
import unittest
from pathlib import Path

import asking
import existing_pool
from test_deploys import Deploys

POOL = {"ExistingUserPoolId": "us-east-1_theirs", "ExistingUserPoolClientId": "app,machine"}


def check(verdict, name="sign-in attributes", **more):
    return {
        "name": name, "verdict": verdict, "need": "e-mail", "found": "an alias", "follows": "Nobody can sign up.",
        "mend": "cannot be changed: a new pool", "resetsWhatIsNotGiven": False, "source": "https://docs.aws.amazon.com", **more,
    }


class Judge(unittest.TestCase):
    def test_what_is_ok_is_not_told_and_what_is_broken_stops(self):
        answer = {"userPoolId": "p", "checks": [check("ok"), check("warning"), check("broken")]}
        warning, broken = existing_pool.judge(answer)
        self.assertEqual((warning.stops, broken.stops), (False, True))
        self.assertIn("p, sign-in attributes: an alias. Nobody can sign up.", broken.text)
        self.assertEqual(existing_pool.judge({}), [])

    def test_a_line_that_resets_what_it_is_not_given_says_so(self):
        [found] = existing_pool.judge({"userPoolId": "p", "checks": [check("warning", resetsWhatIsNotGiven=True)]})
        self.assertIn(existing_pool.RESETS, found.advice)


@unittest.skipUnless(sys.platform == "linux", "the stand-ins are for Linux")
class Deploying(Deploys):
    def setUp(self):
        super().setUp()
        self.configure(**POOL)

    def found(self, *checks):
        self.repository.path("pool.json").write_text(json.dumps({"userPoolId": "us-east-1_theirs", "checks": checks}))

    def test_the_pool_is_asked_for_with_its_first_client_before_anything_is_built(self):
        self.found(check("broken"))
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("nothing was deployed. us-east-1_theirs, sign-in attributes: an alias.", result.stderr)
        self.assertFalse(self.repository.path("sam-calls").exists() and "build" in self.repository.text("sam-calls"))
        asked = self.repository.text("pool-checks").splitlines()[0]
        self.assertTrue(asked.endswith("--user-pool-id us-east-1_theirs --client-id app"), asked)

    def test_a_warning_is_told_once_and_stops_nothing(self):
        self.found(check("warning"))
        self.assertEqual(self.deploy().stderr.count("us-east-1_theirs, sign-in attributes"), 1)

    def test_where_the_stack_uses_the_pool_already_it_is_told_and_stops_nothing(self):
        self.there(resources={}, **POOL)
        self.found(check("broken"))
        self.assertIn("note  us-east-1_theirs, sign-in attributes", self.deploy().stderr)
        self.configure(**POOL | {"ExistingUserPoolClientId": "another"})
        self.assertEqual(self.run_script("deploy", "--no-smoke").returncode, 1)

    def test_without_an_answer_the_deploy_goes_on_and_says_so(self):
        self.repository.path("pool-refused").touch()
        said = "note  Check the user pool: the user pool could not be looked at. allow the caller cognito-idp:DescribeUserPool"
        self.assertIn(said, self.deploy().stderr)

    def test_a_pool_or_client_that_is_not_there_stops_the_deploy(self):
        self.repository.path("pool-gone").touch()
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("pool and client: there is no user pool us-east-1_theirs in us-east-1. Nobody can sign in.", result.stderr)
        self.assertIn("Correct userPool.id and userPool.clientId.", result.stderr)

    def test_how_gatehouse_says_so_is_known(self):
        source = (Path(__file__).resolve().parents[1] / "gatehouse/src/error.rs").read_text(encoding="utf-8")
        self.assertIn(f'"{asking.NO_POOL.removeprefix("error: ")}', source)

    def test_a_pool_of_the_stacks_own_is_not_asked_for(self):
        self.configure()
        self.deploy()
        self.assertFalse(self.repository.path("pool-checks").exists())


if __name__ == "__main__":
    unittest.main()

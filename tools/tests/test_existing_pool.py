"""Tests deploys with an existing user pool: the findings of `gatehouse pool check`."""

import json
import re
import sys
import unittest

from botocore import xform_name
from botocore.session import Session

from stack.pool import existing_pool
from stack.root import ROOT
from test_deploy_states import Deploys

MODEL = Session().get_service_model("cognito-idp")
POOL = {"ExistingUserPoolId": "us-east-1_theirs", "ExistingUserPoolClientId": "app,machine"}


def check(verdict, name="sign-in attributes", **more):
    return {
        "name": name,
        "verdict": verdict,
        "need": "e-mail",
        "found": "an alias",
        "follows": "Nobody can sign up.",
        "mend": "cannot be changed: a new pool",
        "resetsWhatIsNotGiven": False,
        "source": "https://docs.aws.amazon.com",
        **more,
    }


class Judge(unittest.TestCase):
    def test_only_a_broken_setting_stops_the_deploy(self):
        answer = {"userPoolId": "p", "checks": [check("ok"), check("warning"), check("broken")]}
        warning, broken = existing_pool.judge(answer)
        self.assertEqual((warning.stops, broken.stops), (False, True))
        self.assertIn("p, sign-in attributes: an alias. Nobody can sign up.", broken.text)
        self.assertEqual(existing_pool.judge({}), [])

    def test_a_command_that_resets_other_settings_says_so(self):
        [found] = existing_pool.judge({"userPoolId": "p", "checks": [check("warning", resetsWhatIsNotGiven=True)]})
        self.assertIn(existing_pool.RESETS, found.advice)


class Mending(unittest.TestCase):
    """Compares the advised commands with the model from which the AWS CLI makes its options."""

    OPERATIONS = ("UpdateUserPool", "UpdateUserPoolClient")

    def options(self):
        """Each option that a check prints, with its value; `{}` stands for a value known only at run time."""
        for source in sorted((ROOT / "cli/src/pool_check/checks").glob("*.rs")):
            for option, value in re.findall(r'"--([a-z-]+)([^"]*)"', source.read_text(encoding="utf-8")):
                yield option, value.strip()

    def members(self, shape, found=None):
        """All members of a shape and of its inner shapes."""
        found = {} if found is None else found
        if shape.type_name == "list":
            self.members(shape.member, found)
        for name, member in getattr(shape, "members", {}).items():
            found[name] = member
            self.members(member, found)
        return found

    def test_advised_options_and_settings_exist_in_the_aws_cli(self):
        shapes = {}
        for operation in self.OPERATIONS:
            for name, shape in MODEL.operation_model(operation).input_shape.members.items():
                shapes[xform_name(name, "-")] = shape
        options = list(self.options())
        self.assertGreater(len(options), 10)
        for option, value in options:
            shape = shapes[option]
            names = re.findall(r"(\w+)=", value)
            self.assertLessEqual(set(names), set(self.members(shape)), option)
            if not value:
                self.assertEqual(shape.type_name, "boolean", option)
            elif not names and "{" not in value:
                self.assertIn(value, getattr(shape, "member", shape).enum, option)
            for name, text in re.findall(r"(\w+)=([A-Za-z_]+)", value):
                allowed = getattr(self.members(shape)[name], "member", self.members(shape)[name])
                if getattr(allowed, "enum", None):
                    self.assertIn(text, allowed.enum, f"{option} {name}")

    def test_the_pages_files_hold_exactly_the_changeable_settings(self):
        page = (ROOT / existing_pool.GUIDE).read_text(encoding="utf-8")
        lines = re.findall(r"jq 'del\(([^)]*)\)'", page)
        for operation, described, taken_out in zip(
            self.OPERATIONS, ("UserPoolType", "UserPoolClientType"), lines, strict=True
        ):
            takes = MODEL.operation_model(operation).input_shape.members
            odd = {name for name in MODEL.shape_for(described).members if name not in takes}
            self.assertEqual(
                {name for name in re.findall(r"\.(\w+)(?=[,\s]|$)", taken_out) if name != "UnusedAccountValidityDays"},
                odd,
            )


@unittest.skipUnless(sys.platform == "linux", "the stand-ins are for Linux")
class Deploying(Deploys):
    def setUp(self):
        super().setUp()
        self.configure(**POOL)

    def found(self, *checks):
        self.repository.path("pool.json").write_text(json.dumps({"userPoolId": "us-east-1_theirs", "checks": checks}))

    def test_pool_and_clients_are_checked_before_the_build(self):
        self.found(check("broken"))
        result = self.run_script("deploy", "--no-smoke")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("nothing was deployed. us-east-1_theirs, sign-in attributes: an alias.", result.stderr)
        self.assertFalse(self.repository.path("sam-calls").exists() and "build" in self.repository.text("sam-calls"))
        asked = self.repository.text("pool-checks").splitlines()[0]
        self.assertTrue(asked.endswith("--user-pool-id us-east-1_theirs --client-id app,machine"), asked)

    def test_a_warning_is_printed_once_and_stops_nothing(self):
        self.found(check("warning"))
        self.assertEqual(self.deploy().stderr.count("us-east-1_theirs, sign-in attributes"), 1)

    def test_a_pool_already_in_use_does_not_stop_the_deploy(self):
        self.there(resources={}, **POOL)
        self.found(check("broken"))
        self.assertIn("note  us-east-1_theirs, sign-in attributes", self.deploy().stderr)
        self.configure(**POOL | {"ExistingUserPoolClientId": "another"})
        self.assertEqual(self.run_script("deploy", "--no-smoke").returncode, 1)

    def test_a_failed_check_does_not_stop_the_deploy(self):
        self.repository.path("pool-refused").touch()
        said = (
            "note  Check the user pool: the user pool could not be read. allow the"
            " caller cognito-idp:DescribeUserPool"
        )
        self.assertIn(said, self.deploy().stderr)

    def test_the_stacks_own_pool_is_not_checked(self):
        self.configure()
        self.deploy()
        self.assertFalse(self.repository.path("pool-checks").exists())


if __name__ == "__main__":
    unittest.main()

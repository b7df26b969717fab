"""A revision is used again only where nothing changes, and a failed one never."""

import re
import tempfile
import unittest
from pathlib import Path

from stack.build import revisions
from stack.checks.transform import deployed, source
from test_template import of_type, variables

DIGEST = "0123456789abcdef" * 2


class Digests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = Path(folder.name)
        (self.build / "A").mkdir()
        (self.build / "A" / "bootstrap").write_bytes(b"one")
        (self.build / "template.yaml").write_text("Resources: {}")

    def test_the_same_is_the_same_and_anything_else_is_not(self):
        first = revisions.digest(self.build, {"Groups": "a"})
        self.assertRegex(first, "^[0-9a-f]{32}$")
        self.assertEqual(revisions.digest(self.build, {"Groups": "a"}), first)
        others = {revisions.digest(self.build, {"Groups": "b"}), revisions.digest(self.build, {})}
        (self.build / "template.yaml").write_text("Resources: {A: {}}")
        others.add(revisions.digest(self.build, {"Groups": "a"}))
        (self.build / "A" / "bootstrap").write_bytes(b"two")
        others.add(revisions.digest(self.build, {"Groups": "a"}))
        (self.build / "A").rename(self.build / "B")
        others.add(revisions.digest(self.build, {"Groups": "a"}))
        self.assertEqual(len(others - {first}), 5)

    def test_what_is_nothing_to_a_function_gives_it_no_new_version(self):
        plain = revisions.digest(self.build, {"Groups": "a"})
        for name in revisions.NOT_OF_THE_FUNCTIONS:
            self.assertEqual(revisions.digest(self.build, {"Groups": "a", name: "x"}), plain, name)

    def test_what_is_said_to_be_nothing_to_a_function_changes_none_in_the_template(self):
        before = deployed()
        for name, value in (
            ("GatewayLogRole", "true"),
            ("ApiId", "abc"),
            ("CodeDeploy", "false"),
            ("PoolDeletionProtection", "INACTIVE"),
            ("TableDeletionProtection", "false"),
        ):
            if name in source()["Parameters"]:
                after = deployed(**{name: value})
                for kind in ("AWS::Lambda::Function", "AWS::Lambda::Version"):
                    self.assertEqual(of_type(before, kind), of_type(after, kind), name)


class Choice(unittest.TestCase):
    def test_what_is_deployed_is_used_again_with_its_stamp_or_without_one(self):
        self.assertEqual(revisions.choose(DIGEST, "89abcdef" + DIGEST, "01234567"), "89abcdef" + DIGEST)
        self.assertEqual(revisions.choose(DIGEST, DIGEST, "01234567"), DIGEST)

    def test_anything_else_is_new(self):
        for there in ("", "f" * 32, "89abcdef" + "f" * 32, DIGEST[:10]):
            self.assertEqual(revisions.choose(DIGEST, there, "01234567"), "01234567" + DIGEST)

    def test_two_stamps_are_two_versions_of_each_function_that_the_template_takes(self):
        pattern = source()["Parameters"]["Revision"]["AllowedPattern"]
        names = []
        for stamp in (revisions.new_stamp(), revisions.new_stamp()):
            revision = revisions.choose(DIGEST, "", stamp)
            self.assertTrue(re.search(pattern, revision), revision)
            stack = deployed(Revision=revision)
            names.append(set(of_type(stack, "AWS::Lambda::Version")))
            for function in of_type(stack, "AWS::Lambda::Function"):
                self.assertEqual(variables(stack, function)["REVISION"], revision)
        self.assertFalse(names[0] & names[1])


if __name__ == "__main__":
    unittest.main()

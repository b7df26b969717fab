"""Tests that a revision is used again only if nothing changes, and never after a failure."""

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

    def test_only_equal_input_has_an_equal_digest(self):
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

    def test_parameters_without_effect_make_no_new_version(self):
        plain = revisions.digest(self.build, {"Groups": "a"})
        for name in revisions.NOT_OF_THE_FUNCTIONS:
            self.assertEqual(revisions.digest(self.build, {"Groups": "a", name: "x"}), plain, name)

    def test_parameters_listed_without_effect_have_none(self):
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
    def test_a_deployed_revision_is_used_again_with_or_without_stamp(self):
        self.assertEqual(revisions.choose(DIGEST, "89abcdef" + DIGEST, "01234567"), "89abcdef" + DIGEST)
        self.assertEqual(revisions.choose(DIGEST, DIGEST, "01234567"), DIGEST)

    def test_any_other_digest_gets_a_new_revision(self):
        for there in ("", "f" * 32, "89abcdef" + "f" * 32, DIGEST[:10]):
            self.assertEqual(revisions.choose(DIGEST, there, "01234567"), "01234567" + DIGEST)

    def test_two_stamps_make_two_versions_of_each_function(self):
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

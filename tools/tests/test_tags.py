"""Tests that tags reach CloudFormation unchanged, by reading them with the parser of the installed sam."""

import unittest

from samcli.cli.types import CfnTags

from stack.aws import tags
from stack.run.failure import Failure


def told(**given):
    """The tags that sam reads from our arguments."""
    found = tags.arguments({"operations": {"tags": given}})
    return CfnTags().convert(tuple(found[1:]), None, None) if found else {}


class Tags(unittest.TestCase):
    def test_each_tag_arrives_unchanged(self):
        for value in ("shop", "two words", "a=b", "", "Größe", "管理", "a/b:c@d.e+f-g_h", " ", "x y z", "=", "1"):
            with self.subTest(value):
                self.assertEqual(told(team=value, other="x"), {"team": value, "other": "x"})

    def test_tag_names_arrive_unchanged(self):
        for name in ("cost centre", "a=b", "Größe", "-dash", "--tags", "a/b:c@d.e+f-g_h"):
            with self.subTest(name):
                self.assertEqual(told(**{name: "value", "other": "x"}), {name: "value", "other": "x"})

    def test_a_tag_that_sam_would_split_is_refused(self):
        for name, value in (("team", "x y=z"), ("a b", "c=d"), ("a=b", "c d")):
            with self.assertRaises(Failure) as refused:
                told(**{name: value})
            self.assertIn("both a space and an equals sign", refused.exception.message)

    def test_a_character_that_aws_does_not_accept_is_refused(self):
        for value in ('say "hi"', "it's", "a\\b", "a,b", "line\nbreak", "end\n", "a$b"):
            with self.assertRaises(Failure) as refused:
                told(team=value)
            self.assertEqual(refused.exception.code, 2)

    def test_without_tags_sam_gets_no_option(self):
        for config in ({}, {"operations": {}}, {"operations": {"tags": {}}}, {"operations": {"tags": None}}):
            self.assertEqual(tags.arguments(config), [])

    def test_sam_then_sends_an_empty_list_that_removes_old_tags(self):
        # "If you specify an empty value, CloudFormation removes all associated tags" (UpdateStack).
        import botocore.session
        from botocore.serialize import create_serializer

        model = botocore.session.Session().get_service_model("cloudformation")
        request = create_serializer(model.metadata["protocol"]).serialize_to_request(
            {"StackName": "gatehouse", "ChangeSetName": "c", "Tags": []}, model.operation_model("CreateChangeSet")
        )
        self.assertEqual(request["body"]["Tags"], "")


if __name__ == "__main__":
    unittest.main()

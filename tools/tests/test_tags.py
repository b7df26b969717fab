"""Tags reach CloudFormation as config.json has them: read back with the parser of the sam that is installed."""

import unittest

from samcli.cli.types import CfnTags

from stack.aws import tags
from stack.run.failure import Failure


def told(**given):
    """What sam makes of the arguments for these tags."""
    found = tags.arguments({"operations": {"tags": given}})
    return CfnTags().convert(tuple(found[1:]), None, None) if found else {}


class Tags(unittest.TestCase):
    def test_each_arrives_as_it_is(self):
        for value in ("shop", "two words", "a=b", "", "Größe", "管理", "a/b:c@d.e+f-g_h", " ", "x y z", "=", "1"):
            with self.subTest(value):
                self.assertEqual(told(team=value, other="x"), {"team": value, "other": "x"})

    def test_names_too(self):
        for name in ("cost centre", "a=b", "Größe", "-dash", "--tags", "a/b:c@d.e+f-g_h"):
            with self.subTest(name):
                self.assertEqual(told(**{name: "value", "other": "x"}), {name: "value", "other": "x"})

    def test_what_sam_would_take_apart_is_refused_instead(self):
        for name, value in (("team", "x y=z"), ("a b", "c=d"), ("a=b", "c d")):
            with self.assertRaises(Failure) as refused:
                told(**{name: value})
            self.assertIn("both a space and an equals sign", refused.exception.message)

    def test_a_character_that_aws_does_not_take_is_refused(self):
        for value in ('say "hi"', "it's", "a\\b", "a,b", "line\nbreak", "end\n", "a$b"):
            with self.assertRaises(Failure) as refused:
                told(team=value)
            self.assertEqual(refused.exception.code, 2)

    def test_without_tags_sam_is_told_none(self):
        for config in ({}, {"operations": {}}, {"operations": {"tags": {}}}, {"operations": {"tags": None}}):
            self.assertEqual(tags.arguments(config), [])

    def test_the_list_that_sam_then_sends_is_there_and_empty_so_that_old_ones_go(self):
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

"""Tests that each stack has its own uploads. sam names a file by its checksum, so two stacks of one commit would share
it, and deleting one stack would delete what the other needs for a rollback."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from samcli.lib.package.artifact_exporter import Template
from samcli.lib.package.s3_uploader import S3Uploader
from samcli.lib.package.uploaders import Uploaders

from stack.build.deployment import Deployment, Place
from stack.run.progress import Progress

PACKAGED = """
Resources:
  AuthFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://bucket/{key}
"""


class Recorder:
    """Processes that records the command lines."""

    def __init__(self):
        self.argv = []

    def run(self, argv, *_, **__):
        self.argv = argv
        return 0

    attend = run


class Prefix(unittest.TestCase):
    def deployed(self, stack, guided=False):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            place = Place(root, root / "build", root / "parameters.yaml", root, {}, "us-east-1", stack)
            processes = Recorder()
            deployment = Deployment(place, processes, Progress())
            with contextlib.redirect_stderr(io.StringIO()):
                (deployment.deploy_guided if guided else deployment.deploy)({})
            return processes.argv

    def test_each_stack_uploads_under_its_own_prefix(self):
        for stack in ("gatehouse", "gatehouse-dev"):
            for guided in (False, True):
                argv = self.deployed(stack, guided)
                self.assertIn("--resolve-s3", argv)
                self.assertEqual(argv[argv.index("--s3-prefix") + 1], stack)

    def test_sam_deletes_the_prefix_with_the_stack(self):
        """`sam delete` reads bucket and prefix from the deployed template (delete_context.py)."""
        uploaders = Uploaders(S3Uploader(mock.Mock(), None), None)
        for key, prefix in (("gatehouse-dev/0a1b", "gatehouse-dev"), ("0a1b", None)):
            template = Template(None, None, uploaders, None, template_str=PACKAGED.format(key=key))
            self.assertEqual(template.get_s3_info(), {"s3_bucket": "bucket", "s3_prefix": prefix})


if __name__ == "__main__":
    unittest.main()

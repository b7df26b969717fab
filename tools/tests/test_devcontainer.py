"""The development container has the versions that CI has, and names all of them. It was not started."""

import json
import re
import unittest

import yaml

from stack.root import ROOT
from stack.run.tools import NodeTools

FOLDER = ROOT / ".devcontainer"
CONTAINER = json.loads((FOLDER / "devcontainer.json").read_text(encoding="utf-8"))
DOCKERFILE = (FOLDER / CONTAINER["build"]["dockerfile"]).read_text(encoding="utf-8")
CI = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]["checks"]
TOOLCHAIN = (ROOT / "rust-toolchain.toml").read_text(encoding="utf-8")
FEATURE = re.compile(r"^ghcr\.io/devcontainers/features/([a-z-]+):(\d+\.\d+\.\d+)$")


def feature(name):
    [found] = [options for key, options in CONTAINER["features"].items() if FEATURE.match(key)[1] == name]
    return found


class Versions(unittest.TestCase):
    def test_image_and_features_are_named_by_their_whole_version(self):
        self.assertRegex(DOCKERFILE, r"(?m)^FROM \S+:\d+\.\d+\.\d+-ubuntu\d+\.\d+$")
        self.assertEqual({FEATURE.match(key)[1] for key in CONTAINER["features"]}, {"rust", "node", "docker-in-docker"})

    def test_the_system_is_that_of_ci(self):
        [system] = re.findall(r"(?m)^FROM \S+-ubuntu(\S+)$", DOCKERFILE)
        self.assertEqual(CI["runs-on"], f"ubuntu-{system}")

    def test_rust_is_that_of_the_toolchain_file(self):
        [channel] = re.findall(r'^channel = "(.+)"$', TOOLCHAIN, re.MULTILINE)
        [listed] = re.findall(r"^components = \[(.+)\]$", TOOLCHAIN, re.MULTILINE)
        self.assertEqual(feature("rust")["version"], channel)
        self.assertEqual(feature("rust")["components"].split(","), re.findall(r'"(\w+)"', listed))
        self.assertIn("rustup toolchain install", CONTAINER["postCreateCommand"])

    def test_python_is_that_of_ci(self):
        [python] = [step["with"]["python-version"] for step in CI["steps"] if "setup-python" in step.get("uses", "")]
        self.assertEqual(set(re.findall(r"python(\d+\.\d+)", DOCKERFILE)), {python})
        self.assertIn(f"python{python}-venv", DOCKERFILE)

    def test_node_is_new_enough_for_every_check(self):
        self.assertGreaterEqual((int(feature("node")["version"]), 0), NodeTools.LEAST_VERSION)


if __name__ == "__main__":
    unittest.main()

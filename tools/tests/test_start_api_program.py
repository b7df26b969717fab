"""Tests scripts/start-api: its image, the functions' variables, and how containers reach this machine.

The tests need no container engine. e2e/tests/it/start_api.rs tests all of it with a real one, if there is one.
"""

import contextlib
import http.server
import io
import json
import os
import tempfile
import unittest
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from fake_repository import Repository, serving
from stack.build import glibc
from stack.containers import base_image
from stack.containers.asking_engine import NO_ENGINE_BECAUSE, Found
from stack.containers.base_image import GLIBC, STAND_IN, BaseImage
from stack.local import start_api
from stack.run.failure import Failure
from stack.run.progress import Progress
from stack.run.state import State, read_env, render_env

LAMBDA = base_image.of_lambda()
OWN = BaseImage(LAMBDA, glibc.NEWEST, is_stand_in=False)
INSTEAD = BaseImage(STAND_IN, (2, 36), is_stand_in=True)


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode() * 100_000)

    def log_message(self, *_):
        pass


class Containers:
    """An engine whose containers reach this machine at `address` and at the given ports."""

    def __init__(self, address, reaches=lambda port: True):
        self.address, self.reaches = address, reaches

    def reach(self, _image, port):
        return self.address, self.reaches(port)


class Image(unittest.TestCase):
    def find(self, found, pulled=None):
        engine = SimpleNamespace(look=lambda *_: found, pull=lambda *_: pulled is not None)
        self.output = io.StringIO()
        return start_api.find_image(engine, Progress(self.output))

    def refused(self, found):
        with self.assertRaises(Failure) as raised:
            self.find(found)
        self.assertEqual(raised.exception.code, start_api.NOT_HERE)
        return raised.exception.message

    def test_lambdas_image_is_preferred_to_the_stand_in(self):
        both = {LAMBDA: {}, STAND_IN: {GLIBC: "2.36"}}
        self.assertEqual(self.find(Found("Docker", "", both)), OWN)
        self.assertEqual(self.find(Found("Docker", "", {**both, LAMBDA: None})), INSTEAD)
        self.assertIn(f"{STAND_IN} stands in for Lambda's image", self.output.getvalue())

    def test_an_unlabelled_image_with_the_name_is_no_stand_in(self):
        self.assertEqual(self.find(Found("Docker", "", {LAMBDA: None, STAND_IN: {}}), pulled=LAMBDA), OWN)

    def test_a_missing_engine_or_image_is_the_reason(self):
        with mock.patch.dict(os.environ):
            os.environ.pop(NO_ENGINE_BECAUSE, None)
            self.assertEqual(self.refused(Found(None, "a reason.", {})), "no container engine answers: a reason.")
            os.environ[NO_ENGINE_BECAUSE] = "dockerd is not installed."
            self.assertIn("answers: dockerd is not installed.", self.refused(Found(None, "a reason.", {})))
        self.assertIn(f"does not have {LAMBDA}", self.refused(Found("Docker", "", {LAMBDA: None, STAND_IN: None})))

    def test_only_root_on_debian_can_make_the_stand_in(self):
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as release:
            release.write('NAME="Debian GNU/Linux"\nVERSION_CODENAME=trixie\nID=debian\n')
            release.flush()
            with mock.patch.object(base_image, "RELEASE", Path(release.name)), mock.patch.object(
                base_image.os, "geteuid", lambda: 0
            ), mock.patch.object(base_image.shutil, "which", lambda _: "/usr/sbin/debootstrap"):
                self.assertEqual(base_image.debian(), "trixie")
                with mock.patch.object(base_image.os, "geteuid", lambda: 1000):
                    self.assertRaisesRegex(Failure, "by root alone", base_image.debian)
                with mock.patch.object(base_image.shutil, "which", lambda _: None):
                    self.assertRaisesRegex(Failure, "debootstrap is missing", base_image.debian)
                release.write("ID=ubuntu\n")
                release.flush()
                self.assertRaisesRegex(Failure, "on Debian alone", base_image.debian)

    def test_the_stand_in_comes_from_the_apt_source(self):
        lines = ["bookworm-updates main http://a/", "bookworm contrib http://b/", "bookworm main http://mirror/c/"]
        asked = SimpleNamespace(stdout="\n".join(lines) + "\n")
        with mock.patch.object(base_image, "debian", lambda: "bookworm"):
            with mock.patch.object(base_image.subprocess, "run", lambda *_, **__: asked):
                self.assertEqual(base_image.mirror_of({}), "http://mirror/c/")
            with mock.patch.object(base_image.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout="")):
                self.assertRaisesRegex(Failure, "name no mirror", base_image.mirror_of, {})


class Programs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.stack = State(Path(folder.name))
        self.own = State(Path(folder.name) / "start-api")
        self.stack.build.mkdir()
        self.stack.parameters.write_text('StageName: "v1"\n', encoding="utf-8")
        self.output = io.StringIO()
        env = {"CARGO_LAMBDA_COMPILER": "another"}
        known = {"AWS_REGION": "us-east-1", "STACK_NAME": "gatehouse"}
        self.session = start_api.Session(
            self.stack, self.own, known, Path("/tools"), env, mock.Mock(), Progress(self.output)
        )

    def folder(self, wanted, image):
        with mock.patch.object(start_api, "newest_glibc", lambda _: wanted):
            return start_api.programs(image, self.session)

    def test_programs_of_scripts_local_are_used_if_the_image_fits(self):
        self.assertEqual(self.folder((2, 34), OWN), self.stack.build)
        self.assertEqual(self.folder((2, 36), INSTEAD), self.stack.build)
        self.assertEqual(self.folder((0, 0), OWN), self.stack.build)

    def test_programs_that_need_a_newer_glibc_are_built_again(self):
        with mock.patch.object(start_api, "Deployment") as made, mock.patch.object(glibc, "check") as check:
            self.assertEqual(self.folder((2, 39), OWN), self.own.build)
        made.return_value.build.assert_called_once_with({"StageName": "v1"})
        env = made.call_args.args[0].env
        self.assertEqual((env["SAM_BUILD_MODE"], env["CARGO_TARGET_DIR"]), ("debug", str(start_api.TARGET)))
        self.assertEqual(check.call_args.args[0], self.own.build)
        self.assertIn("need glibc 2.39, but the image has 2.34.", self.output.getvalue())

    def test_sam_gets_an_image_name_only_for_the_stand_in(self):
        def command(image):
            return start_api.command(self.session, self.stack.build, Path("variables.json"), image, 3000)

        self.assertNotIn("--invoke-image", command(OWN))
        self.assertEqual(command(INSTEAD)[-2:], ["--invoke-image", STAND_IN])
        for argv in (command(OWN), command(INSTEAD)):
            self.assertIn("host.docker.internal:host-gateway", argv)
            self.assertIn(f"file://{self.stack.parameters}", argv)

    def test_functions_get_their_variables_and_ministacks_address(self):
        deployed = {"OrdersFunction": {"TABLE_NAME": "orders", "USER_POOL_ID": "p"}, "AuthFunction": {}}
        self.session.processes.ask.return_value = (0, json.dumps(deployed))
        where = {"AWS_ENDPOINT_URL": "http://host.docker.internal:4711"}
        self.assertEqual(
            start_api.variables(self.session, 4711),
            {"OrdersFunction": {"TABLE_NAME": "orders", "USER_POOL_ID": "p", **where}, "AuthFunction": where},
        )


class Way(unittest.TestCase):
    def test_an_engine_that_reaches_the_loopback_needs_no_relay(self):
        with start_api.reachable_port(Containers("192.168.65.254"), OWN, 4566) as port:
            self.assertEqual(port, 4566)

    def test_otherwise_a_relay_listens_on_the_bridge(self):
        with serving(Hello) as address:
            served = int(address.rpartition(":")[2])
            with start_api.reachable_port(Containers("127.0.0.1", lambda port: port != served), OWN, served) as port:
                self.assertNotEqual(port, served)
                for _ in range(3):
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/hello", timeout=10) as answer:
                        self.assertEqual(answer.read(), b"/hello" * 100_000)
            with self.assertRaises(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/hello", timeout=10)

    def test_unreachable_containers_are_the_reason(self):
        # An address for documents (RFC 5737), which no machine has; none at all; and one that a firewall keeps from us.
        for address in ("192.0.2.1", "", "127.0.0.1"):
            with self.assertRaises(Failure) as raised:
                with start_api.reachable_port(Containers(address, lambda _: False), OWN, 4566):
                    self.fail("there is no way")
            self.assertEqual(raised.exception.code, start_api.NOT_HERE)
            self.assertIn("cannot reach this machine", raised.exception.message)


class Command(unittest.TestCase):
    def test_without_a_local_stack_it_says_how_to_start_one(self):
        repository = Repository()
        self.addCleanup(repository.close)
        result = repository.run("start-api")
        self.assertEqual(result.returncode, 1)
        self.assertIn("Failed: no local stack runs in .local.\nStart one: scripts/local --detach", result.stderr)
        self.assertFalse(repository.path(".local").exists())

    def test_a_harness_reads_the_reason_instead_of_the_address(self):
        with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()) as said:
            reason = Failure("no container engine answers.", "", code=start_api.NOT_HERE)
            with mock.patch.object(start_api, "values"), mock.patch.object(start_api, "serve", side_effect=reason):
                with mock.patch.multiple(start_api.interrupts, install=mock.DEFAULT, ignore=mock.DEFAULT):
                    with contextlib.redirect_stderr(io.StringIO()) as told:
                        code = start_api.main(["--until-eof", "--state", name])
        self.assertEqual((code, said.getvalue()), (start_api.NOT_HERE, "no container engine answers.\n"))
        self.assertIn("skip  sam local start-api: no container engine answers.", told.getvalue())

    def test_the_env_file_is_read_unchanged(self):
        values = {"API_URL": "http://127.0.0.1:4566/a", "ADMIN_PASSWORD": "a b'=\"$c", "EMPTY": ""}
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / "env"
            file.write_text(render_env(values), encoding="utf-8")
            self.assertEqual(read_env(file), values)


if __name__ == "__main__":
    unittest.main()

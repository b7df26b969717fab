"""A container engine for one command: what the command sees of it, and that nothing of it stays.

dockerd is a stand-in here, of a few lines; the real one is started by `.ci/run`.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from fake_repository import is_running
from stack.containers import base_image, engine, mounts
from stack.containers.asking_engine import NO_ENGINE_BECAUSE, Engine, Found
from stack.root import ROOT
from stack.run import system
from stack.run.failure import Failure
from stack.run.progress import Progress

NONE = Found(None, "there is none.", {})
SOME = Found("Docker Engine 1", "", {})

# Listens where it is told to, notes its own process, and ends when it is asked to.
DOCKERD = """#!{python}
import http.server, os, socketserver, sys
if os.path.exists("{root}/dockerd-fails"):
    exit("failed to start daemon: no rights")
place = sys.argv[sys.argv.index("--host") + 1].removeprefix("unix://")
open("{root}/dockerd-pid", "w").write(str(os.getpid()))
os.makedirs("{root}/run")
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def address_string(self):
        return ""
    def log_message(self, *_):
        pass
socketserver.UnixStreamServer(place, Answer).serve_forever()
"""


@unittest.skipUnless(sys.platform == "linux", "the engine runs on Linux")
class EngineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.output = io.StringIO()
        self.progress = Progress(self.output)
        # Where it keeps its files, which have to be gone.
        (self.root / "temporary").mkdir()
        (self.root / "bin").mkdir()
        path = f"{self.root}/bin{os.pathsep}{os.environ['PATH']}"
        for patch in (
            mock.patch.dict(os.environ, {"PATH": path, "DOCKER_HOST": "tcp://theirs", "DOCKER_CONTEXT": "theirs"}),
            mock.patch.object(tempfile, "tempdir", str(self.root / "temporary")),
            mock.patch.object(engine, "ELSEWHERE", (str(self.root / "run"), str(self.root / "theirs"))),
            mock.patch.object(engine, "BRIDGE", "no-such-bridge"),
            mock.patch.object(engine, "CGROUPS", self.root / "cgroups"),
            mock.patch.object(engine.os, "geteuid", lambda: 0),
            # What ignores a signal has children that do.
            mock.patch.object(engine.interrupts, "ignore"),
            mock.patch.object(engine.interrupts, "install"),
            mock.patch.object(engine.Tools, "ensure", lambda *_: Path("/tools")),
            mock.patch.object(Engine, "look", lambda *_: NONE),
            mock.patch.object(base_image, "pull", self.pull),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        self.pulled = []

    def pull(self, made, _progress):
        self.pulled.append(made.env["DOCKER_HOST"])
        return base_image.BaseImage("image", (2, 34), is_stand_in=False)

    def dockerd(self):
        program = self.root / "bin/dockerd"
        program.write_text(DOCKERD.format(python=sys.executable, root=self.root), encoding="utf-8")
        program.chmod(0o755)

    def run_command(self, shell):
        return engine.run(["sh", "-c", shell], self.progress)

    def seen(self):
        return (self.root / "seen").read_text(encoding="utf-8").strip()

    def assert_nothing_left(self):
        self.assertEqual(os.listdir(self.root / "temporary"), [])
        self.assertFalse((self.root / "run").exists())
        if (self.root / "dockerd-pid").exists():
            self.assertFalse(is_running(int((self.root / "dockerd-pid").read_text())))

    def test_the_command_finds_the_engine_which_has_an_image_and_is_gone_afterwards(self):
        self.dockerd()
        tell = f'echo "$DOCKER_HOST $DOCKER_CONTEXT" > {self.root}/seen; test -S "${{DOCKER_HOST#unix://}}"'
        self.assertEqual(self.run_command(tell), 0)
        self.assertEqual([self.seen()], self.pulled)
        self.assertTrue(self.seen().startswith(f"unix://{self.root}/temporary/gatehouse-"))
        self.assert_nothing_left()

    def test_the_command_s_exit_code_is_ours_and_the_engine_goes_after_a_failed_one_too(self):
        self.dockerd()
        self.assertEqual(self.run_command("exit 7"), 7)
        self.assert_nothing_left()

    def test_what_was_there_before_stays(self):
        self.dockerd()
        (self.root / "theirs").mkdir()
        self.assertEqual(self.run_command("true"), 0)
        self.assertTrue((self.root / "theirs").exists())

    def test_an_engine_that_answers_already_is_left_to_the_command(self):
        with mock.patch.object(Engine, "look", lambda *_: SOME):
            self.assertEqual(self.run_command(f'echo "$DOCKER_HOST" > {self.root}/seen'), 0)
        self.assertEqual(self.seen(), "tcp://theirs")
        self.assertIn("Docker Engine 1 answers already", self.output.getvalue())
        self.assert_nothing_left()

    def test_without_an_engine_the_command_runs_and_is_told_why(self):
        tell = f'echo "${NO_ENGINE_BECAUSE}" > {self.root}/seen; exit 5'
        with mock.patch.object(engine.shutil, "which", lambda *_, **__: None):
            self.assertEqual(self.run_command(tell), 5)
        self.assertEqual(self.seen(), "dockerd is not installed.")
        self.dockerd()
        with mock.patch.object(engine.os, "geteuid", lambda: 1000):
            self.assertEqual(self.run_command(tell), 5)
        self.assertEqual(self.seen(), "dockerd is started by root alone.")
        (self.root / "dockerd-fails").touch()
        self.assertEqual(self.run_command(tell), 5)
        self.assertEqual(self.seen(), "dockerd did not start: failed to start daemon: no rights")
        self.assert_nothing_left()

    def test_without_an_image_the_command_has_the_engine_all_the_same(self):
        self.dockerd()
        refused = mock.Mock(side_effect=Failure("made on Debian alone."))
        with mock.patch.object(base_image, "pull", lambda *_: None), mock.patch.object(base_image, "make", refused):
            self.assertEqual(self.run_command('test -S "${DOCKER_HOST#unix://}"'), 0)
        self.assertIn("Failed: made on Debian alone.", self.output.getvalue())
        self.assert_nothing_left()

    def test_without_a_command_nothing_is_begun(self):
        for argv in ([], ["--"], ["scripts/test"]):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(engine.main(argv), 2)
            self.assertIn("usage: ", said.getvalue())


class ContinuousIntegration(unittest.TestCase):
    def test_where_all_is_there_it_installs_nothing_and_runs_every_check_with_an_engine(self):
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            for folder in (".ci", "bin", "tools"):
                (root / folder).mkdir(parents=True)
            shutil.copy(ROOT / ".ci" / "run", root / ".ci")
            (root / "tools/launch").write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
            for program in ("cargo-deny", "dockerd", "debootstrap", "apt-get", "cargo"):
                failing = "exit 1" if program in ("apt-get", "cargo") else "exit 0"
                (root / "bin" / program).write_text(f"#!/bin/sh\necho {program}\n{failing}\n", encoding="utf-8")
            for program in (root / "tools/launch", *(root / "bin").iterdir()):
                program.chmod(0o755)
            path = f"{root}/bin{os.pathsep}{os.environ['PATH']}"
            env = {**os.environ, "PATH": path, "CARGO_HOME": str(root / "cargo")}
            made = subprocess.run([root / ".ci/run", "--help"], env=env, capture_output=True, text=True, check=True)
            self.assertEqual(made.stdout, f"containers.engine -- {root}/scripts/test --help\n")


class Mounts(unittest.TestCase):
    def test_the_innermost_comes_first_and_a_neighbour_is_not_ours(self):
        lines = [
            "40 27 254:0 / /run/a/data rw shared:1 - ext4 /dev/vda rw",
            "41 27 0:30 / /run/a/data/overlay rw shared:2 - overlay overlay rw",
            "42 27 0:31 / /run/ab rw - tmpfs tmpfs rw",
        ]
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as table:
            table.write("\n".join(lines) + "\n")
            table.flush()
            below = system.Linux().mounts_below(Path("/run/a"), Path(table.name))
            self.assertEqual(below, ["/run/a/data/overlay", "/run/a/data"])

    def test_a_folder_in_which_something_stays_mounted_is_not_deleted(self):
        with tempfile.TemporaryDirectory() as name:
            mounted = SimpleNamespace(mounts_below=lambda folder: [f"{folder}/data"])
            with mock.patch.object(system, "current", lambda: mounted), mock.patch.object(mounts.ctypes, "CDLL"):
                with self.assertRaisesRegex(Failure, "is still mounted"):
                    mounts.delete(Path(name))
            self.assertTrue(os.path.isdir(name))


if __name__ == "__main__":
    unittest.main()

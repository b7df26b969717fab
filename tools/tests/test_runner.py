"""Tests how a program's run ends, and with which exit code."""

import io
import os
import signal
import tempfile
import unittest
from pathlib import Path

from stack.run import interrupts, runner
from stack.run.failure import Failure
from stack.run.progress import Progress
from stack.run.state import State


class TurnTest(unittest.TestCase):
    def setUp(self):
        self.handlers = {number: signal.getsignal(number) for number in interrupts.SIGNALS}
        self.folder = tempfile.TemporaryDirectory()
        self.output = io.StringIO()

    def tearDown(self):
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        self.folder.cleanup()

    def take(self, work):
        state = State(Path(self.folder.name) / "state")
        return runner.run(state, Failure("busy", code=9), Progress(self.output), work, stopped="Over.")

    def test_the_exit_code_is_that_of_the_work(self):
        self.assertEqual(self.take(lambda _: 7), 7)
        self.assertEqual(self.output.getvalue(), "")

    def test_a_failure_is_printed_and_has_its_own_exit_code(self):
        def work(_):
            raise Failure("no such stage", code=2)

        self.assertEqual(self.take(work), 2)
        self.assertIn("no such stage", self.output.getvalue())

    def test_a_signal_gives_the_exit_code_that_shells_expect(self):
        def work(_):
            raise interrupts.Interrupted(signal.SIGTERM)

        self.assertEqual(self.take(work), 128 + signal.SIGTERM)
        self.assertIn("Over.", self.output.getvalue())

    def test_only_one_run_works_in_a_folder(self):
        self.assertEqual(self.take(lambda _: self.take(lambda _: 0)), 9)
        self.assertIn("busy", self.output.getvalue())

    def test_a_closed_stdin_is_a_normal_end(self):
        def work(_):
            raise interrupts.InputEnded

        self.assertEqual(self.take(work), 0)
        self.assertEqual(self.output.getvalue(), "")

    # What ends the child writes into the folder; were the folder gone by then, it would find no place.
    LAST_WORD = (
        "trap 'sleep 0.3; echo done > last-word && echo written > ../seen; exit' TERM; touch ready; "
        "while :; do sleep 0.01; done"
    )

    def in_temporary_folder(self, work, **options):
        place = runner.temporary_folder("run-", within=Path(self.folder.name), **options)
        code = runner.run_in(place, Progress(self.output), work)
        self.assertEqual([name for name in os.listdir(self.folder.name) if name.startswith("run-")], [])
        return code

    def test_a_temporary_folder_is_deleted_after_the_last_child(self):
        def work(folder, processes):
            processes.start(["sh", "-c", self.LAST_WORD], folder / "log", os.environ, cwd=folder)
            while not (folder / "ready").exists():
                processes.pause()
            return 3

        self.assertEqual(self.in_temporary_folder(work), 3)
        self.assertEqual((Path(self.folder.name) / "seen").read_text(), "written\n")

    def test_a_temporary_folder_is_deleted_after_a_failure_too(self):
        def work(_folder, _processes):
            raise Failure("no room", code=2)

        self.assertEqual(self.in_temporary_folder(work), 2)

    def test_a_folder_that_cannot_be_deleted_is_a_failure(self):
        def delete(folder):
            folder.rmdir()
            raise Failure("still mounted", code=4)

        self.assertEqual(self.in_temporary_folder(lambda *_: 0, delete=delete), 4)
        self.assertIn("still mounted", self.output.getvalue())


if __name__ == "__main__":
    unittest.main()

"""How a program's turn ends, and with which exit code."""

import io
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

    def test_its_exit_code_is_that_of_the_work(self):
        self.assertEqual(self.take(lambda _: 7), 7)
        self.assertEqual(self.output.getvalue(), "")

    def test_a_failure_is_told_and_has_its_own_code(self):
        def work(_):
            raise Failure("no such stage", code=2)

        self.assertEqual(self.take(work), 2)
        self.assertIn("no such stage", self.output.getvalue())

    def test_a_signal_ends_it_with_the_code_that_shells_expect(self):
        def work(_):
            raise interrupts.Interrupted(signal.SIGTERM)

        self.assertEqual(self.take(work), 128 + signal.SIGTERM)
        self.assertIn("Over.", self.output.getvalue())

    def test_a_folder_has_one_at_work(self):
        self.assertEqual(self.take(lambda _: self.take(lambda _: 0)), 9)
        self.assertIn("busy", self.output.getvalue())


if __name__ == "__main__":
    unittest.main()

"""What each system tells of its processes. The part for macOS is tried with what people's Macs have printed."""

import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from stack.run import processes, system
from stack.run.failure import Failure
from stack.run.system import Linux, MacOS, Running, parse_processes

# Lines of `ps` on macOS as they were reported. None of the reports has our five columns, so the groups are ours: each
# process in that of its parent's child, as processes.py makes them.
# - macOS 26.5.1, a shell and one that nobody has collected yet: https://github.com/stablyai/orca/pull/13973
# - macOS 26.6.2, shells that lost their parent and have launchd's id for one:
#   https://github.com/anthropics/claude-code/issues/89625
# - a command with blanks and brackets: http://www.mactech.com/articles/mactech/Vol.19/19.08/TheProcessTree/index.html
RECORDED = """\
    1     0     1 Ss   /sbin/launchd
17446 17445 17446 SNs+ /bin/bash
17458 17448 17446 ZN+  <defunct>
92318     1 92300 R    /bin/zsh
92319     1 92300 R    /bin/zsh
  540   539   540 S    -tcsh (tcsh)
"""


class MacOSTest(unittest.TestCase):
    def test_the_list_of_processes_is_read(self):
        asked = []

        def ask(argv):
            asked.append(argv)
            return RECORDED

        found = MacOS().processes(ask)
        self.assertEqual(found[17446], Running(17445, 17446, "SNs+", "/bin/bash"))
        self.assertEqual(found[540].command, "-tcsh (tcsh)")
        self.assertEqual(len(found), 6)
        self.assertEqual(asked[0][:2], ["/bin/ps", "-axww"])

    def test_an_orphan_is_found_by_its_group_though_launchd_is_its_parent(self):
        found = parse_processes(RECORDED)
        self.assertEqual({found[pid].parent for pid, each in found.items() if each.group == 92300}, {1})
        self.assertEqual([pid for pid, each in found.items() if each.group == 92300], [92318, 92319])

    def test_one_that_has_ended_and_was_not_collected_is_told_from_the_others(self):
        self.assertEqual([pid for pid, running in parse_processes(RECORDED).items() if running.has_ended], [17458])

    def test_a_line_that_is_no_process_is_passed_over(self):
        self.assertEqual(parse_processes("  PID  PPID  PGID STAT COMMAND\n\nps: illegal option\n"), {})

    def test_a_group_of_which_nobody_is_left_is_one_that_has_ended(self):
        # https://github.com/NousResearch/hermes-agent/issues/104696: EPERM until somebody has collected its leader.
        child = subprocess.Popen(["true"], start_new_session=True)
        with mock.patch.object(processes.os, "killpg", side_effect=PermissionError):
            begun = time.monotonic()
            processes.stop_group(child, grace=30)
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(child.returncode, 0)

    def test_nothing_is_mounted_and_the_processor_has_a_name(self):
        self.assertEqual(MacOS().mounts_below(Path("/tmp/a")), [])
        self.assertEqual(MacOS().processor(lambda _: "Apple M2\n"), "Apple M2")
        with mock.patch.multiple(platform, processor=lambda: "", machine=lambda: "arm64"):
            self.assertEqual(MacOS().processor(mock.Mock(side_effect=FileNotFoundError)), "arm64")


class LinuxTest(unittest.TestCase):
    def test_the_list_of_processes_is_read(self):
        with tempfile.TemporaryDirectory() as name:
            place = Path(name) / "4711"
            place.mkdir()
            # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: a name may have brackets and blanks.
            (place / "stat").write_text("4711 (a) b (c) Z 12 34 34 0 -1")
            (place / "cmdline").write_bytes(b"")
            (Path(name) / "4712").mkdir()
            (Path(name) / "self").mkdir()
            self.assertEqual(Linux().processes(Path(name)), {4711: Running(12, 34, "Z", "[a) b (c]")})

    @unittest.skipUnless(sys.platform == "linux", "reads /proc")
    def test_we_are_in_it(self):
        own = Linux().processes()[os.getpid()]
        self.assertEqual((own.parent, own.group, own.has_ended), (os.getppid(), os.getpgrp(), False))
        self.assertIn("python", own.command)

    def test_the_processor_has_a_name(self):
        with tempfile.NamedTemporaryFile("w") as table:
            table.write("processor\t: 0\nmodel name\t: A fast one\n")
            table.flush()
            self.assertEqual(Linux().processor(Path(table.name)), "A fast one")


class EachTest(unittest.TestCase):
    def test_both_have_the_same_parts(self):
        parts = {name for name in vars(system.System) if not name.startswith("_")}
        for each in system.SYSTEMS.values():
            self.assertLessEqual(parts - {"name"}, set(dir(each)))
            self.assertTrue(each.name)

    def test_another_system_is_refused_with_what_to_do(self):
        with mock.patch.object(sys, "platform", "win32"):
            with self.assertRaises(Failure) as raised:
                system.current()
        self.assertIn("WSL", raised.exception.render())
        with mock.patch.object(sys, "platform", "darwin"):
            self.assertEqual(system.current().name, "macOS")
            with self.assertRaisesRegex(Failure, "runs on Linux only: it reads /proc"):
                system.require_linux("scripts/bench", "it reads /proc")

    @unittest.skipUnless(sys.platform in system.SYSTEMS, "not made for this system")
    def test_a_grandchild_whose_parent_has_died_ends_with_the_group(self):
        with tempfile.TemporaryDirectory() as name, processes.Processes() as started:
            argv = ["sh", "-c", "sleep 1000 & echo $! > orphan"]
            child = started.start(argv, Path(name) / "log", os.environ, cwd=name)
            child.wait()
            orphan = int((Path(name) / "orphan").read_text())
            self.assertEqual(system.current().processes()[orphan].group, child.pid)
            started.stop_all()
            left = system.current().processes().get(orphan)
            self.assertTrue(left is None or left.has_ended)

    def test_it_is_the_one_place_that_asks_which_system_it_is(self):
        for file in sorted((Path(system.__file__).parents[1]).rglob("*.py")):
            if file.name == "system.py" or "bench" in file.parts:
                continue
            text = file.read_text(encoding="utf-8")
            for word in ("sys.platform", "platform.system", "prctl(", '"/proc'):
                self.assertNotIn(word, text, file)


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    unittest.main()

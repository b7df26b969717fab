"""Tests the reader of ELF files with generated files and a real one."""

import contextlib
import io
import platform
import struct
import sys
import tempfile
import unittest
from pathlib import Path

from stack.build import glibc
from stack.run.failure import Failure

ARM = 183


def elf(*versions: str, machine: int = ARM) -> bytes:
    """A minimal ELF file that needs these symbol versions of one library."""
    names, offsets = b"\0", []
    for version in versions:
        offsets.append(len(names))
        names += version.encode() + b"\0"
    header = 64
    needed = struct.pack("<HHIII", 1, len(versions), 0, 16, 0)
    for index, offset in enumerate(offsets):
        following = 0 if index == len(offsets) - 1 else 16
        needed += struct.pack("<IHHII", 0, 0, 0, offset, following)
    sections = header + len(names) + len(needed)

    def section(kind: int, offset: int, size: int, link: int, info: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, offset, size, link, info, 0, 0)

    table = section(0, 0, 0, 0, 0) + section(3, header, len(names), 0, 0)
    table += section(glibc.NEEDED_VERSIONS, header + len(names), len(needed), 1, 1 if versions else 0)
    start = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    start += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, sections, 0, header, 0, 0, 64, 3, 1)
    return start + names + needed + table


class Glibc(unittest.TestCase):
    def test_versions_are_compared_as_numbers(self):
        self.assertEqual(glibc.highest(elf("GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.4")), (2, 34))
        self.assertEqual(glibc.highest(elf("GLIBC_2.9", "GLIBC_2.17", "GCC_3.0")), (2, 17))

    def test_a_program_without_glibc_is_accepted(self):
        self.assertIsNone(glibc.highest(elf("GCC_3.0")))
        self.assertIsNone(glibc.highest(elf()))

    def test_an_incomplete_program_is_refused(self):
        whole = elf("GLIBC_2.34")
        for text in (b"", b"#!/bin/sh\n", whole[:20], whole[:-100]):
            with self.assertRaises(glibc.NotReadable):
                glibc.highest(text)

    @unittest.skipUnless(sys.platform == "linux", "programs here are ELF files")
    def test_a_real_program_is_read(self):
        found = glibc.highest(Path(sys.executable).resolve().read_bytes())
        self.assertTrue(found is None or (2, 0) < found < (3, 0), found)

    def build(self, *programs: bytes) -> Path:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for number, program in enumerate(programs):
            function = Path(folder.name) / f"Function{number}"
            function.mkdir()
            (function / "bootstrap").write_bytes(program)
        return Path(folder.name)

    def test_a_build_passes_if_every_program_starts_on_lambda(self):
        glibc.check(self.build(elf("GLIBC_2.34"), elf("GLIBC_2.17"), elf()), "arm64")

    def test_a_program_that_would_not_start_is_named(self):
        with self.assertRaises(Failure) as raised:
            glibc.check(self.build(elf("GLIBC_2.17"), elf("GLIBC_2.35")), "arm64")
        self.assertIn("Function1 needs glibc 2.35, but Lambda has 2.34", raised.exception.message)

    def test_a_build_without_programs_is_refused(self):
        with self.assertRaises(Failure):
            glibc.check(self.build(), "arm64")

    def test_a_build_for_another_processor_is_refused(self):
        intel = elf("GLIBC_2.17", machine=62)
        glibc.check(self.build(intel, intel), "x86_64")
        for programs, wanted, words in (
            ((elf(), intel), "arm64", "Function1 is a program for x86_64, but the functions have arm64."),
            ((elf(),), "x86_64", "Function0 is a program for arm64, but the functions have x86_64."),
            ((elf(machine=243),), "arm64", "Function0 is a program for another processor (ELF machine 243)"),
        ):
            with self.assertRaises(Failure) as raised:
                glibc.check(self.build(*programs), wanted)
            self.assertIn(words, raised.exception.message)

    @unittest.skipUnless(sys.platform == "linux", "programs here are ELF files")
    def test_a_real_programs_processor_is_read(self):
        machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
        self.assertEqual(glibc.architecture(Path(sys.executable).resolve().read_bytes()), machine)

    def test_it_prints_each_version_and_fails_for_a_newer_one(self):
        folder = self.build(elf("GLIBC_2.17"), elf("GLIBC_2.40"))
        files = [str(file) for file in sorted(folder.glob("*/bootstrap"))]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual((glibc.main(files[:1]), glibc.main(files)), (0, 1))
        self.assertIn(": 2.40", said.getvalue())


if __name__ == "__main__":
    unittest.main()

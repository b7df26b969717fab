"""Reads from a built program which glibc and which processor it needs. Lambda's Amazon Linux 2023 has glibc 2.34.

`python tools build.glibc FILE...` prints the glibc version of each file. The function `check` refuses a build that
Lambda could not start. The file reads ELF itself, so that no objdump is needed. It must not run the program."""

import re
import struct
import sys
from pathlib import Path

from stack.run.failure import Failure

NEWEST = (2, 34)
VERSION = re.compile(rb"^GLIBC_(\d+)\.(\d+)(?:\.\d+)?$")
# Section type SHT_GNU_verneed (Linux Standard Base 5.0, 10.7.2): the symbol versions that a program needs.
NEEDED_VERSIONS = 0x6FFFFFFE
# The values of e_machine, with Lambda's names. https://www.sco.com/developers/gabi/latest/ch4.eheader.html
MACHINES = {62: "x86_64", 183: "arm64"}


class NotReadable(ValueError):
    """Not a 64-bit little-endian ELF file."""


def highest(program: bytes) -> tuple[int, int] | None:
    """The highest glibc version that the program needs; None if it needs none, like a static program."""
    require_elf(program)
    try:
        found = [VERSION.match(name) for name in _version_names(program)]
    except (struct.error, IndexError) as error:
        raise NotReadable("the ELF file is cut off") from error
    return max(((int(match[1]), int(match[2])) for match in found if match), default=None)


def architecture(program: bytes) -> str:
    """The processor that the program is for."""
    require_elf(program)
    (machine,) = struct.unpack_from("<H", program, 18)
    return MACHINES.get(machine, f"another processor (ELF machine {machine})")


def require_elf(program: bytes) -> None:
    if program[:6] != b"\x7fELF\x02\x01" or len(program) < 64:
        raise NotReadable("not a 64-bit little-endian ELF file")


def _version_names(program: bytes) -> list[bytes]:
    (offset,) = struct.unpack_from("<Q", program, 0x28)
    size, count = struct.unpack_from("<HH", program, 0x3A)
    # Each entry: the section's type, its offset in the file, its linked section, its number of entries.
    sections = []
    for index in range(count):
        _, kind, _, _, start, _, link, info = struct.unpack_from("<IIQQQQII", program, offset + index * size)
        sections.append((kind, start, link, info))
    names = []
    for kind, start, link, info in sections:
        if kind != NEEDED_VERSIONS:
            continue
        texts = sections[link][1]
        for _ in range(info):
            _, versions, _, first, following = struct.unpack_from("<HHIII", program, start)
            entry = start + first
            for _ in range(versions):
                _, _, _, name, next_entry = struct.unpack_from("<IHHII", program, entry)
                names.append(program[texts + name : program.index(b"\0", texts + name)])
                entry += next_entry
            start += following
    return names


def check(build: Path, processor: str) -> None:
    """Refuses a build folder of sam with a program for another processor than the functions', or one that needs a newer
    glibc than Lambda has."""
    programs = sorted(build.glob("*/bootstrap"))
    if not programs:
        raise Failure(f"there is no program in {build}.")
    for program in programs:
        try:
            content = program.read_bytes()
            wanted, found = highest(content), architecture(content)
        except NotReadable as error:
            raise Failure(f"{program}: {error}") from error
        if found != processor:
            raise Failure(
                f"{program.parent.name} is a program for {found}, but the functions have {processor}.",
                "Build again for the functions' processor (--architecture).",
            )
        if wanted and wanted > NEWEST:
            raise Failure(
                f"{program.parent.name} needs glibc {wanted[0]}.{wanted[1]}, but Lambda has {NEWEST[0]}.{NEWEST[1]}.",
                "Build with cargo-lambda's own linker: unset CARGO_LAMBDA_COMPILER.",
            )


def main(files: list[str]) -> int:
    newest = 0
    for file in files:
        wanted = highest(Path(file).read_bytes())
        print(f"{file}: {f'{wanted[0]}.{wanted[1]}' if wanted else 'none'}")
        newest |= bool(wanted and wanted > NEWEST)
    return newest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

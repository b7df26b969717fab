"""Writes the lock files of the tool environments: every package's version, and the hash of each of its wheels.

For whoever changes a file in requirements/; nothing else calls it. pip refuses what is not in a lock, so a package that
is exchanged on its way, or on the index, is never installed. A hash is believed when it is first seen: a lock must be
looked at before it is committed. What a package asks for on another system than this one is not seen.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.root import TOOLS

REQUIREMENTS = TOOLS / "requirements"
# A lock that was resolved on the oldest Python has all that any newer one needs.
OLDEST = (3, 10)
PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9._,-]+\])?)==(?P<version>[0-9][0-9a-z.]*)"
    r"(?: ; (?P<marker>[a-z_ .<>=!()\"'0-9A-Z-]+?))?(?: \\)?$"
)
HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$")
# https://packaging.python.org/en/latest/specifications/simple-repository-api/
SIMPLE = "application/vnd.pypi.simple.v1+json"
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Pin:
    """One package of a lock."""

    version: str
    # Where it is needed; empty: everywhere. A package for old Pythons alone may have no wheel for new ones.
    marker: str = ""
    hashes: tuple[str, ...] = ()


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python3.10 tools run.lock", description="Writes requirements/NAME.lock.txt anew."
    )
    parser.add_argument("names", metavar="NAME", nargs="+", help="an environment: requirements/NAME.txt")
    parser.add_argument("--keep", action="store_true", help="keep the versions of the lock that is there")
    options = parser.parse_args(argv)
    if sys.version_info[:2] != OLDEST:
        parser.error(f"run it with Python {OLDEST[0]}.{OLDEST[1]}, the oldest that we support")
    for name in options.names:
        lock = REQUIREMENTS / f"{name}.lock.txt"
        pins = pins_of(resolve(name, read(lock) if options.keep else {}))
        lock.write_text(
            render(name, {project: with_hashes(project, pin) for project, pin in pins.items()}), encoding="utf-8"
        )
        print(f"{lock.name}: {len(pins)} pins")
    return 0


def read(file: Path) -> dict[str, Pin]:
    """The pins of a file, with hashes or without."""
    return parse(file.read_text(encoding="utf-8"), file.name)


def parse(text: str, source: str) -> dict[str, Pin]:
    """Anything but a pin, its hashes, a comment or an empty line is refused: pip takes options in these files too."""
    pins: dict[str, Pin] = {}
    project = ""
    for line in text.splitlines():
        if found := PIN.match(line):
            project = found["name"]
            pins[project] = Pin(found["version"], found["marker"] or "")
        elif (found := HASH.match(line)) and project:
            pin = pins[project]
            pins[project] = Pin(pin.version, pin.marker, (*pin.hashes, found[1]))
        elif line and not line.startswith("#"):
            raise ValueError(f"{source} has a line that is neither a pin nor its hash: {line}")
    return pins


def render(name: str, pins: Mapping[str, Pin]) -> str:
    lines = [
        f"# Exact versions of everything that {name}.txt brings, resolved on Python 3.10, the oldest that we support,"
        " with",
        f"# the hash of every wheel. To renew: python3.10 tools run.lock {name}",
    ]
    for project, pin in sorted(pins.items(), key=lambda entry: (canonical(entry[0]), entry[0])):
        head = f"{project}=={pin.version}" + (f" ; {pin.marker}" if pin.marker else "")
        lines.append(" \\\n".join([head, *(f"    --hash=sha256:{value}" for value in pin.hashes)]))
    return "\n".join(lines) + "\n"


def resolve(name: str, known: Mapping[str, Pin]) -> list[Mapping[str, Any]]:
    """What pip would install today for NAME.txt, with the versions that are known already: its report on each package.

    https://pip.pypa.io/en/stable/reference/installation-report/
    """
    argv = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--only-binary",
        ":all:",
        "--quiet",
    ]
    argv += ["--disable-pip-version-check", "--report", "-", "--requirement", str(REQUIREMENTS / f"{name}.txt")]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as constraints:
        # pip takes no extras here.
        constraints.writelines(f"{canonical(project)}=={pin.version}\n" for project, pin in known.items())
        constraints.flush()
        answer = subprocess.run(
            [*argv, "--constraint", constraints.name], check=True, stdout=subprocess.PIPE, text=True
        )
    packages: list[Mapping[str, Any]] = json.loads(answer.stdout)["install"]
    return packages


def pins_of(packages: list[Mapping[str, Any]]) -> dict[str, Pin]:
    """Each package by its name, and once more with the extras that another one asks of it.

    The pips that come with Python 3.10 to 3.12 take `botocore` and `botocore[crt]` for two packages, and want hashes
    for both. pip's report names no such extras.
    """
    wanted = Wanted(packages)
    pins = {}
    for metadata in (package["metadata"] for package in packages):
        project = canonical(metadata["name"])
        pin = Pin(metadata["version"], wanted.marker(project))
        pins[metadata["name"]] = pin
        if wanted.extras[project]:
            pins[f"{metadata['name']}[{','.join(sorted(wanted.extras[project]))}]"] = pin
    return pins


class Wanted:
    """Which package asks for which other, with what extras, and where."""

    def __init__(self, packages: list[Mapping[str, Any]]):
        from pip._vendor.packaging.requirements import Requirement  # as this pip reads them

        found = {canonical(package["metadata"]["name"]): package for package in packages}
        self._asks = {
            project: list(map(Requirement, package["metadata"].get("requires_dist", [])))
            for project, package in found.items()
        }
        self.extras: dict[str, set[str]] = {project: set() for project in found}
        # One package's extras can ask for another's.
        while self._spread():
            pass
        self._edges = self._active()
        self._everywhere = {project for project, package in found.items() if package.get("requested")}
        while more := {
            asked for parent, asked, marker in self._edges if not marker and parent in self._everywhere
        } - self._everywhere:
            self._everywhere |= more

    def _spread(self) -> bool:
        before = sum(map(len, self.extras.values()))
        for project in self._asks:
            for asked in self._here(project):
                self.extras[canonical(asked.name)].update(asked.extras)
        return sum(map(len, self.extras.values())) > before

    def _here(self, project: str) -> list[Any]:
        """What a package asks for on this machine."""
        extras = ("", *self.extras[project])
        return [
            asked for asked in self._asks[project]
            if canonical(asked.name) in self._asks
            and (asked.marker is None or any(asked.marker.evaluate({"extra": extra}) for extra in extras))
        ]

    def _active(self) -> list[tuple[str, str, str]]:
        """Each (package, what it asks for, where). An extra is no place, and what is said beside it is let go: the lock
        then has more than is needed somewhere."""
        return [
            (project, canonical(asked.name), "" if "extra" in str(asked.marker) else str(asked.marker or ""))
            for project in self._asks
            for asked in self._here(project)
        ]

    def marker(self, project: str, seen: tuple[str, ...] = ()) -> str:
        """Where a package is needed; empty when that is everywhere."""
        if project in self._everywhere:
            return ""
        places = set()
        for parent, asked, own in self._edges:
            if asked == project and parent not in seen:
                places.add(joined(" and ", [self.marker(parent, (*seen, project)), own]))
        return joined(" or ", sorted(places))


def joined(word: str, markers: list[str]) -> str:
    found = [marker for marker in dict.fromkeys(markers) if marker]
    return word.join(f"({marker})" for marker in found) if len(found) > 1 else "".join(found)


def with_hashes(project: str, pin: Pin) -> Pin:
    """The same with the hashes of all wheels of the version, for whatever system and Python."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    request = urllib.request.Request(f"{index}/{canonical(project)}/", headers={"Accept": SIMPLE})
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        return Pin(pin.version, pin.marker, pick(json.load(answer), project, pin.version))


def pick(page: Mapping[str, Any], project: str, version: str) -> tuple[str, ...]:
    """Wheels alone: a source distribution runs a program of its own at the install, so pip is told to take none."""
    names = {entry["filename"]: entry["hashes"].get("sha256") for entry in page["files"]}
    # NAME-VERSION(-BUILD)-PYTHON-ABI-PLATFORM.whl, and no hyphen in a name.
    found = [names[name] for name in names if name.endswith(".whl") and name.split("-")[1] == version]
    if not found or not all(found):
        raise SystemExit(f"the index has no wheel of {project} {version} with a sha256: choose another version")
    return tuple(sorted(found))


def canonical(project: str) -> str:
    """The name by which a package is known, without extras.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", project.partition("[")[0]).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

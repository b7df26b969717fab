"""Writes the lock files of the tool environments: every package's version, and the hash of each of its wheels.

For whoever changes a file in requirements/; nothing else calls it. pip refuses what is not in a lock, so a package that
is exchanged on its way, or on the index, is never installed. A hash is believed when it is first seen: a lock must be
looked at before it is committed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Iterable, Mapping

REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
# A lock that was resolved on the oldest Python has all that any newer one needs: what a package asks for on old Pythons
# alone installs on new ones too.
OLDEST = (3, 10)
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[a-z0-9,-]+\])?)==([0-9][0-9a-z.]*)(?: \\)?$")
HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$")
# https://packaging.python.org/en/latest/specifications/simple-repository-api/
SIMPLE = "application/vnd.pypi.simple.v1+json"
TIMEOUT_SECONDS = 60


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lock.py", description="Writes requirements/NAME.lock.txt anew.")
    parser.add_argument("names", metavar="NAME", nargs="+", help="an environment: requirements/NAME.txt")
    parser.add_argument("--keep", action="store_true", help="keep the versions of the lock and look up hashes alone")
    options = parser.parse_args(argv)
    if not options.keep and sys.version_info[:2] != OLDEST:
        parser.error(f"versions are resolved with Python {OLDEST[0]}.{OLDEST[1]}, the oldest that we support")
    for name in options.names:
        lock = REQUIREMENTS / f"{name}.lock.txt"
        versions = {pin: version for pin, (version, _) in read(lock).items()} if options.keep else resolve(name)
        lock.write_text(render(name, {pin: (version, wheels(pin, version)) for pin, version in versions.items()}))
        print(f"{lock.name}: {len(versions)} packages")
    return 0


def read(file: Path) -> dict[str, tuple[str, list[str]]]:
    """Version and hashes of each package; the same for a file that has no hashes."""
    return parse(file.read_text(encoding="utf-8"), file.name)


def parse(text: str, source: str) -> dict[str, tuple[str, list[str]]]:
    """Anything but a pin, its hashes, a comment or an empty line is refused: pip takes options in these files too."""
    pins: dict[str, tuple[str, list[str]]] = {}
    hashes: list[str] = []
    for line in text.splitlines():
        if found := PIN.match(line):
            hashes = []
            pins[found[1]] = (found[2], hashes)
        elif (found := HASH.match(line)) and pins:
            hashes.append(found[1])
        elif line and not line.startswith("#"):
            raise ValueError(f"{source} has a line that is neither a pin nor its hash: {line}")
    return pins


def render(name: str, pins: Mapping[str, tuple[str, Iterable[str]]]) -> str:
    lines = [
        f"# Exact versions of everything that {name}.txt brings, resolved on Python 3.10, the oldest that we support, with",
        f"# the hash of every wheel. To renew: python3.10 scripts/stack/lock.py {name}",
    ]
    for pin, (version, hashes) in sorted(pins.items(), key=lambda entry: (canonical(entry[0]), entry[0])):
        lines.append(" \\\n".join([f"{pin}=={version}", *(f"    --hash=sha256:{value}" for value in hashes)]))
    return "\n".join(lines) + "\n"


def resolve(name: str) -> dict[str, str]:
    """What pip would install today for NAME.txt."""
    argv = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--only-binary", ":all:", "--quiet"]
    argv += ["--disable-pip-version-check", "--report", "-", "--requirement", str(REQUIREMENTS / f"{name}.txt")]
    return with_extras(json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout))


def with_extras(report: Mapping) -> dict[str, str]:
    """The version of each package, once more under the name with the extras that another package asks of it.

    The pips that come with Python 3.10 to 3.12 take `botocore` and `botocore[crt]` for two packages, and want hashes for
    both. pip's report names no such extras.
    https://pip.pypa.io/en/stable/reference/installation-report/
    """
    from pip._vendor.packaging.requirements import Requirement  # the markers are those that this pip went by

    found = {canonical(entry["metadata"]["name"]): entry["metadata"] for entry in report["install"]}
    extras: dict[str, set[str]] = {project: set() for project in found}
    while True:
        before = sum(map(len, extras.values()))
        for project, metadata in found.items():
            for wanted in map(Requirement, metadata.get("requires_dist", [])):
                marker = wanted.marker
                if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras[project])):
                    extras.get(canonical(wanted.name), set()).update(wanted.extras)
        if before == sum(map(len, extras.values())):
            break
    versions = {}
    for project, metadata in found.items():
        versions[metadata["name"]] = metadata["version"]
        if extras[project]:
            versions[f"{metadata['name']}[{','.join(sorted(extras[project]))}]"] = metadata["version"]
    return versions


def wheels(project: str, version: str) -> list[str]:
    """The hashes of all wheels of this version, for whatever system and Python."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    request = urllib.request.Request(f"{index}/{canonical(project)}/", headers={"Accept": SIMPLE})
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        return pick(json.load(answer), project, version)


def pick(page: Mapping, project: str, version: str) -> list[str]:
    """Wheels alone: a source distribution runs a program of its own at the install, so pip is told to take none."""
    names = {entry["filename"]: entry["hashes"].get("sha256") for entry in page["files"]}
    # NAME-VERSION(-BUILD)-PYTHON-ABI-PLATFORM.whl, and no hyphen in a name.
    found = [names[name] for name in names if name.endswith(".whl") and name.split("-")[1] == version]
    if not found or not all(found):
        raise SystemExit(f"the index has no wheel of {project} {version} with a sha256: choose another version")
    return sorted(found)


def canonical(project: str) -> str:
    """The name by which a package is known, without extras.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", project.partition("[")[0]).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

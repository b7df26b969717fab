"""The image in which sam runs the functions: Lambda's own, or a stand-in for machines that do not reach its registry.

`tools/launch containers.base_image` makes the stand-in: a small Debian of the release that runs here, so that it has
this machine's glibc, and what is built here runs in it. It has a name of its own, so that nobody takes it for Amazon's.
It must not be made but for somebody who asks.
"""

import argparse
import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.build import glibc, local_overrides
from stack.containers import mounts
from stack.containers.asking_engine import Engine, Found
from stack.root import ROOT
from stack.run import runner
from stack.run.environment import with_tools
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress, Skipped
from stack.run.tools import Tools

# sam adds the processor to it. https://gallery.ecr.aws/lambda/provided
OF_LAMBDA = "public.ecr.aws/lambda/provided:al2023"
STAND_IN = "gatehouse-stand-in:debian"
GLIBC = "gatehouse.glibc"
# For who wants it.
HOW = "on Debian, as root, with debootstrap: tools/launch containers.base_image"
RELEASE = Path("/etc/os-release")
# A registry that is out of reach may not answer at all; the image has 100 MB.
PULL_SECONDS = 180.0


@dataclass(frozen=True)
class BaseImage:
    """An image that the engine has."""

    name: str
    # The newest glibc that a program may want there.
    glibc: tuple[int, int]
    is_stand_in: bool


def of_lambda() -> str:
    return f"{OF_LAMBDA}-{local_overrides.parameters()['Architecture']}"


def known(found: Found) -> BaseImage | None:
    """The one that the engine has; Lambda's own goes first."""
    if found.images.get(of_lambda()) is not None:
        return BaseImage(of_lambda(), glibc.NEWEST, is_stand_in=False)
    version = (found.images.get(STAND_IN) or {}).get(GLIBC)
    return BaseImage(STAND_IN, numbers(version), is_stand_in=True) if version else None


def pull(engine: Engine, progress: Progress) -> BaseImage | None:
    """Lambda's own from its registry; `None` where that is out of reach."""
    try:
        with progress.step("Pull Lambda's image"):
            if not engine.pull(of_lambda(), local_overrides.parameters()["Architecture"], PULL_SECONDS):
                raise Skipped(f"{of_lambda()} cannot be pulled here.")
    except Skipped as skipped:
        progress.note(f"      {skipped}")
        return None
    return BaseImage(of_lambda(), glibc.NEWEST, is_stand_in=False)


def make(engine: Engine, folder: Path, env: Mapping[str, str], processes: Processes, progress: Progress) -> BaseImage:
    """The stand-in, built below `folder` and given to the engine. As root, on Debian, with debootstrap. What is left of
    it after a failure goes with the folder (mounts.py): debootstrap mounts something there while it works."""
    release, mirror = debian(), mirror_of(env)
    log, root, tar = folder / "debootstrap.log", folder / "root", folder / "root.tar"
    with progress.step(f"Make an image of Debian {release}"):
        run(["debootstrap", "--variant=minbase", release, str(root), mirror], log, env, processes)
        run(["tar", "--directory", str(root), "--create", "--file", str(tar), "."], log, env, processes)
        version = own_glibc()
        engine.take(tar, STAND_IN, f"{GLIBC}={version}")
        tar.unlink()
        mounts.delete(root)
    return BaseImage(STAND_IN, numbers(version), is_stand_in=True)


def run(argv: list[str], log: Path, env: Mapping[str, str], processes: Processes) -> None:
    if processes.run(argv, log, env) != 0:
        raise Failure(f"{argv[0]} did not succeed.", "", log)


def debian() -> str:
    """The release of Debian that runs here."""
    values = {}
    with contextlib.suppress(OSError):
        lines = RELEASE.read_text(encoding="utf-8").splitlines()
        values = dict(line.split("=", 1) for line in lines if "=" in line)
    name = "".join(shlex.split(values.get("VERSION_CODENAME", "")))
    if values.get("ID") != "debian" or not name:
        raise Failure("the stand-in for Lambda's image is made on Debian alone.")
    if os.geteuid() != 0:
        raise Failure("the stand-in for Lambda's image is made by root alone.")
    if shutil.which("debootstrap") is None:
        raise Failure("debootstrap is missing.", "Install it: apt-get install debootstrap")
    return name


def mirror_of(env: Mapping[str, str]) -> str:
    """Where apt gets this release from.

    https://manpages.debian.org/bookworm/apt/apt-get.8.en.html (indextargets)
    """
    argv = ["apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]
    answer = subprocess.run(argv, env=dict(env), capture_output=True, text=True, check=False).stdout
    wanted = [debian(), "main"]
    for line in answer.splitlines():
        *found, address = line.split(" ")
        if found == wanted:
            return address
    raise Failure("apt's own sources name no mirror of this release.", "Run: apt-get update")


def own_glibc() -> str:
    """This machine's."""
    return (os.confstr("CS_GNU_LIBC_VERSION") or "").removeprefix("glibc ")


def numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def main(argv: list[str]) -> int:
    argparse.ArgumentParser(
        prog="tools/launch containers.base_image",
        description=f"Makes {STAND_IN}, for the container engine that answers.",
    ).parse_args(argv)
    progress = Progress()
    place = runner.temporary_folder("gatehouse-", delete=mounts.delete)
    return runner.run_in(place, progress, lambda folder, processes: give(folder, processes, progress))


def give(folder: Path, processes: Processes, progress: Progress) -> int:
    """Makes the stand-in for the engine that answers."""
    debian()  # before anything is begun
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)
    engine = Engine(tools, folder, with_tools(os.environ, tools, folder / "sam"), processes)
    found = engine.look()
    if found.engine is None:
        raise Failure(f"no container engine answers: {found.why}", "Start one, or name it in DOCKER_HOST.")
    make(engine, folder, os.environ, processes, progress)
    progress.note(f"      {STAND_IN} is in {found.engine} now.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

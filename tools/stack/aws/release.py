"""What is deployed: the programs, the configuration and its parameters, built here or taken from an artifact.

Both ways end in the same `Release`. Nothing here asks AWS anything.
"""

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stack.aws import artifact
from stack.build import architecture, glibc, host_programs, local_overrides, parameters
from stack.build.deployment import Deployment, Place, build_gatehouse, check_config, merge_config, read_parameters
from stack.root import ROOT
from stack.run.environment import with_account, with_tools, without_account
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import State, write_private
from stack.run.tools import Tools


@dataclass(frozen=True)
class Release:
    """Something that can be deployed to a place, as soon as its programs are in the place's build folder."""

    gatehouse: Path
    # The configuration, merged: the file and what is in it.
    file: Path
    config: Mapping[str, Any]
    # What the configuration gives, and what this machine is.
    parameters: Mapping[str, str]
    place: Place
    tools: Path
    # The port on which AWS is on this machine, if it is.
    port: int | None
    # The processor that the programs are for; empty - there are none yet.
    built_for: str = ""
    stage: str = ""


def prepare(
    options: argparse.Namespace, name: str, state: State, processes: Processes, progress: Progress
) -> Release:
    """From the sources, up to the build."""
    overlays = find_overlays(options, state)
    gatehouse = build_gatehouse(ROOT, state.logs, os.environ, processes, progress)
    with progress.step("Check config.json"):
        check_config(gatehouse, ROOT, state.logs, os.environ, processes, overlays)
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)
    port = local_overrides.port_of(os.environ)
    env = environment(options, tools, state)
    place = Place(ROOT, state.build, state.parameters, state.logs, env, "", name, overlays)
    file, config, place = configured(gatehouse, place, state, processes)
    values = read_parameters(gatehouse, place, processes)
    if port is not None:
        values |= local_overrides.parameters()
        place = replace(place, env=host_programs.environment(place.env, state.folder / "bin"))
    return Release(gatehouse, file, config, values, place, tools, port, stage=options.stage or "")


def settled(release: Release, deployed: Mapping[str, str]) -> Release:
    """The same with the functions' processor among its parameters, and programs, if there are some already, for it.
    `deployed`: the stack's parameters, as far as there is a stack."""
    given, before = (values.get(architecture.PARAMETER, "") for values in (release.parameters, deployed))
    found = architecture.settled(release.place.stack_name, given, release.built_for, before)
    return replace(release, parameters={**release.parameters, architecture.PARAMETER: found}, built_for=found)


def build(release: Release, processes: Processes, progress: Progress) -> None:
    """Fills the build folder."""
    deployment = Deployment(release.place, processes, progress)
    deployment.validate()
    deployment.build(release.parameters)
    check(release, progress)


def check(release: Release, progress: Progress) -> None:
    """Refuses programs that Lambda could not start."""
    if release.port is None:
        with progress.step("Check what the programs want of the system"):
            glibc.check(release.place.build, release.built_for)


def pack(file: Path, release: Release, processes: Processes) -> str:
    """Writes what was built into an artifact; its checksum."""
    place = release.place
    commit, clean = source(place, processes)
    about = artifact.About(
        place.stack_name, release.stage, place.region, release.port is not None, release.built_for, commit, clean
    )
    # The processor is a fact of the programs. Among the parameters it would be a wish, and go before what the stack
    # has.
    values = {name: value for name, value in release.parameters.items() if name != architecture.PARAMETER}
    return artifact.pack(file, about, place.build, release.gatehouse, release.config, values)


def unpack(
    options: argparse.Namespace, about: artifact.About, state: State, progress: Progress
) -> Release:
    """From an artifact, with nothing built and nothing installed."""
    port = local_overrides.port_of(os.environ)
    artifact.require(about, options.stack, options.stage, options.region, port is not None)
    tools = Tools(ROOT / ".venv")
    if not tools.is_ready("sam"):
        raise Failure(
            "the tools of a deploy are not installed, and a deploy of an artifact installs nothing.",
            "Install them before, where there are no credentials: scripts/deploy --install-tools",
        )
    folder = state.folder / "artifact"
    with progress.step(f"Unpack {options.artifact.name}"):
        artifact.unpack(options.artifact, folder)
    env = in_region(environment(options, tools.root / "sam" / "bin", state), about.region)
    place = Place(ROOT, folder / artifact.BUILD, state.parameters, state.logs, env, about.region, about.stack)
    file = folder / artifact.CONFIG
    config = json.loads(file.read_text(encoding="utf-8"))
    values = json.loads((folder / artifact.PARAMETERS).read_text(encoding="utf-8"))
    sam = tools.root / "sam" / "bin"
    return Release(folder / artifact.GATEHOUSE, file, config, values, place, sam, port, about.architecture, about.stage)


def environment(options: argparse.Namespace, tools: Path, state: State) -> dict[str, str]:
    """For sam and gatehouse. What builds an artifact gets to see no account."""
    account = (
        without_account(os.environ, state.cloud) if options.build else with_account(os.environ, "", options.profile)
    )
    return {**with_tools(account, tools, state.sam), "TMPDIR": str(state.cloud)}


def in_region(env: Mapping[str, str], region: str) -> dict[str, str]:
    return {**env, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def find_overlays(options: argparse.Namespace, state: State) -> tuple[Path, ...]:
    """The stage's file, and one for what the command line says."""
    overlays = []
    if options.stage:
        overlay = ROOT / f"config.{options.stage}.json"
        if not overlay.is_file():
            raise Failure(
                f"there is no {overlay.name}, so {options.stage} is no stage.",
                'Write it: what the stage has other than config.json. "{}" if there is nothing.',
            )
        overlays.append(overlay)
    if options.region:
        overlay = state.folder / "command-line.json"
        write_private(overlay, json.dumps({"region": options.region}))
        overlays.append(overlay)
    return tuple(overlays)


def configured(gatehouse: Path, place: Place, state: State, processes: Processes) -> tuple[Path, dict[str, Any], Place]:
    """The configuration as a file, what is in it, and the place with its region and with that file to build in."""
    file, env = ROOT / "config.json", dict(place.env)
    if place.overlays:
        file = state.folder / "config.json"
        merge_config(gatehouse, place, file, processes)
        env["GATEHOUSE_CONFIG"] = str(file)
    config = json.loads(file.read_text(encoding="utf-8"))
    region = config.get("region", "us-east-1")
    return file, config, replace(place, env=in_region(env, region), region=region)


def with_given(release: Release, options: argparse.Namespace) -> Release:
    """The same with the parameters that the command line names; what this machine is goes before them."""
    given = read_given(options.parameters, template_of(release, options)) if options.parameters else {}
    if options.architecture:
        named = given.setdefault(architecture.PARAMETER, options.architecture)
        if named != options.architecture:
            raise Failure(
                f"{options.parameters} names the Architecture {named}, and --architecture is {options.architecture}.",
                "Leave one of them out.",
            )
    machine = local_overrides.parameters() if given and release.port is not None else {}
    return replace(release, parameters={**release.parameters, **given, **machine})


def read_given(file: Path, template: Path) -> dict[str, str]:
    """The parameters of the file that the command line names."""
    given = parameters.parse(read(file), str(file))
    parameters.require_declared(given, read(template), str(file))
    return given


def template_of(release: Release, options: argparse.Namespace) -> Path:
    """The template that is deployed: an artifact brings its own."""
    return (release.place.build if options.artifact else release.place.root) / "template.yaml"


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}") from error


def source(place: Place, processes: Processes) -> tuple[str, bool]:
    """The commit, and whether the work tree is that and nothing else; nothing where there is no Git."""
    answers = []
    for command in (("rev-parse", "HEAD"), ("status", "--porcelain")):
        try:
            code, answer = processes.ask(["git", *command], "", place.logs / "git.log", place.env, cwd=place.root)
        except Failure:
            return "", False
        if code != 0:
            return "", False
        answers.append(answer.strip())
    return answers[0], not answers[1]

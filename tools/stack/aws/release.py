"""A release: the programs, the configuration and its parameters, either built from the sources or unpacked from an
artifact.

Both ways result in the same `Release`. This file makes no calls to AWS.
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
    """What is deployed to a place. Its programs are in the place's build folder."""

    gatehouse: Path
    # The merged configuration: the file and its content.
    file: Path
    config: Mapping[str, Any]
    # From the configuration, --parameters and, on this machine, local_overrides.py.
    parameters: Mapping[str, str]
    place: Place
    tools: Path
    # The port of the emulated AWS on this machine; None for AWS in the cloud.
    port: int | None
    # The processor that the programs are for; empty before the build.
    built_for: str = ""
    stage: str = ""


def prepare(
    options: argparse.Namespace, name: str, state: State, processes: Processes, progress: Progress
) -> Release:
    """Makes a release from the sources, without building it yet."""
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


def with_architecture(release: Release, deployed: Mapping[str, str]) -> Release:
    """Adds the functions' processor to the parameters, and checks it against the programs, if they are built already.
    `deployed` holds the stack's parameters and is empty if there is no stack."""
    given, before = (values.get(architecture.PARAMETER, "") for values in (release.parameters, deployed))
    found = architecture.choose(release.place.stack_name, given, release.built_for, before)
    return replace(release, parameters={**release.parameters, architecture.PARAMETER: found}, built_for=found)


def build(release: Release, processes: Processes, progress: Progress) -> None:
    """Fills the build folder."""
    deployment = Deployment(release.place, processes, progress)
    deployment.validate()
    deployment.build(release.parameters)
    check(release, progress)


def check(release: Release, progress: Progress) -> None:
    """Refuses programs that Lambda cannot start."""
    if release.port is None:
        with progress.step("Check which glibc the programs need"):
            glibc.check(release.place.build, release.built_for)


def pack(file: Path, release: Release, processes: Processes) -> str:
    """Writes the build into an artifact and returns its checksum."""
    place = release.place
    commit, clean = source(place, processes)
    about = artifact.About(
        place.stack_name, release.stage, place.region, release.port is not None, release.built_for, commit, clean
    )
    # The artifact's description has the processor. Among the parameters it would count as requested by the person and
    # would override the stack's own.
    values = {name: value for name, value in release.parameters.items() if name != architecture.PARAMETER}
    return artifact.pack(file, about, place.build, release.gatehouse, release.config, values)


def unpack(
    options: argparse.Namespace, about: artifact.About, state: State, progress: Progress
) -> Release:
    """Makes a release from an artifact. It builds and installs nothing."""
    port = local_overrides.port_of(os.environ)
    artifact.require(about, options.stack, options.stage, options.region, port is not None)
    tools = Tools(ROOT / ".venv")
    if not tools.is_ready("sam"):
        raise Failure(
            "the tools that a deploy needs are not installed, and --from installs nothing.",
            "Install them before, in an environment without credentials: scripts/deploy --install-tools",
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
    """The environment of sam and gatehouse. With --build it holds no AWS credentials."""
    account = (
        without_account(os.environ, state.cloud) if options.build else with_account(os.environ, "", options.profile)
    )
    return {**with_tools(account, tools, state.sam), "TMPDIR": str(state.cloud)}


def in_region(env: Mapping[str, str], region: str) -> dict[str, str]:
    return {**env, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def find_overlays(options: argparse.Namespace, state: State) -> tuple[Path, ...]:
    """The stage's file, and a file for the region of the command line."""
    overlays = []
    if options.stage:
        overlay = ROOT / f"config.{options.stage}.json"
        if not overlay.is_file():
            raise Failure(
                f"there is no {overlay.name}, so there is no stage {options.stage}.",
                'Write the file with the settings that differ from config.json, or with "{}" if there are none.',
            )
        overlays.append(overlay)
    if options.region:
        overlay = state.folder / "command-line.json"
        write_private(overlay, json.dumps({"region": options.region}))
        overlays.append(overlay)
    return tuple(overlays)


def configured(gatehouse: Path, place: Place, state: State, processes: Processes) -> tuple[Path, dict[str, Any], Place]:
    """The merged configuration as a file, its content, and the place with the region and that file in its
    environment."""
    file, env = ROOT / "config.json", dict(place.env)
    if place.overlays:
        file = state.folder / "config.json"
        merge_config(gatehouse, place, file, processes)
        env["GATEHOUSE_CONFIG"] = str(file)
    config = json.loads(file.read_text(encoding="utf-8"))
    region = config.get("region", "us-east-1")
    return file, config, replace(place, env=in_region(env, region), region=region)


def with_given(release: Release, options: argparse.Namespace) -> Release:
    """Adds the parameters of the command line. On this machine, the local overrides take precedence over them."""
    given = read_given(options.parameters, template_of(release, options)) if options.parameters else {}
    if options.architecture:
        named = given.setdefault(architecture.PARAMETER, options.architecture)
        if named != options.architecture:
            raise Failure(
                f"{options.parameters} sets Architecture to {named}, but --architecture is {options.architecture}.",
                "Leave one of them out.",
            )
    machine = local_overrides.parameters() if given and release.port is not None else {}
    return replace(release, parameters={**release.parameters, **given, **machine})


def read_given(file: Path, template: Path) -> dict[str, str]:
    """Reads the file of --parameters, and refuses a parameter that the template does not declare."""
    given = parameters.parse(read(file), str(file))
    parameters.require_declared(given, read(template), str(file))
    return given


def template_of(release: Release, options: argparse.Namespace) -> Path:
    """The template that is deployed. An artifact contains its own."""
    return (release.place.build if options.artifact else release.place.root) / "template.yaml"


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}") from error


def source(place: Place, processes: Processes) -> tuple[str, bool]:
    """The commit, and whether the work tree has no other changes; an empty commit if there is no Git repository."""
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

"""The steps from the sources to a running stack: check config.json, build, deploy, read the outputs.

They are the same for the local stack and for AWS. Only the environment says where AWS is; this file must not know about
MiniStack.
"""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.build import parameters, revisions
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import write_private


class ConfigRefused(Failure):
    """config.json has mistakes. They are already printed, one on each line."""

    def __init__(self) -> None:
        super().__init__("config.json has mistakes, so nothing was started or deployed.", code=2)


@dataclass(frozen=True)
class Place:
    """The folders, environment, region and stack name of one deployment."""

    root: Path
    build: Path
    parameters: Path
    logs: Path
    # The environment of sam: PATH with the tools first, the credentials and the endpoint.
    env: Mapping[str, str]
    region: str
    stack_name: str
    # Merged over config.json in this order. The variable GATEHOUSE_CONFIG passes the result to the build of the
    # functions.
    overlays: tuple[Path, ...] = ()


class Deployment:
    """The steps of one deployment."""

    def __init__(self, place: Place, processes: Processes, progress: Progress):
        self._place = place
        self._processes = processes
        self._progress = progress

    def validate(self) -> None:
        argv = ["sam", "validate", "--lint", "--template-file", str(self._place.root / "template.yaml")]
        argv += ["--region", self._place.region]
        self._sam("sam-validate", "Validate the template", argv, "Correct the errors above and start again.")

    def build(self, values: Mapping[str, str]) -> None:
        """Builds every function into the build folder."""
        self._write(values)
        argv = ["sam", "build", "--template-file", str(self._place.root / "template.yaml")]
        argv += ["--build-dir", str(self._place.build), *self._common()]
        self._sam("sam-build", "Build the functions", argv, "Correct the errors above and start again.")

    def deploy(self, values: Mapping[str, str], tags: Sequence[str] = ()) -> None:
        """Deploys the build folder, and waits until the stack is complete."""
        self._write(values)
        argv = self._deploy_argv(tags)
        self._sam("sam-deploy", "Deploy the stack", argv, "The lines above say why.")

    def deploy_guided(self, values: Mapping[str, str], tags: Sequence[str] = ()) -> None:
        """Deploys with sam's questions in the terminal."""
        self._progress.note("      sam now asks for each parameter and suggests the value of config.json.")
        self._write(values)
        argv = [*self._deploy_argv(tags), "--guided"]
        if self._processes.attend(argv, self._place.env, cwd=self._place.root) != 0:
            raise Failure("sam deploy --guided failed.", "The lines above say why.")

    def revised(self, values: Mapping[str, str], deployed: str = "") -> dict[str, str]:
        """Adds the revision of the build folder to the parameters: the deployed one, if nothing has changed."""
        digest = revisions.digest(self._place.build, values)
        return {**values, "Revision": revisions.choose(digest, deployed, revisions.new_stamp())}

    def _write(self, values: Mapping[str, str]) -> None:
        write_private(self._place.parameters, parameters.render(values))

    def _deploy_argv(self, tags: Sequence[str]) -> list[str]:
        argv = ["sam", "deploy", "--template-file", str(self._place.build / "template.yaml"), *self._common()]
        # Each stack has its own prefix: sam names uploads only by checksum, and deletes them together with the stack.
        argv += ["--stack-name", self._place.stack_name, "--resolve-s3", "--s3-prefix", self._place.stack_name]
        argv += ["--capabilities", "CAPABILITY_IAM", *tags]
        return [*argv, "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]

    def outputs(self) -> dict[str, str]:
        """The outputs of the stack by name."""
        answer = self._place.logs / "outputs.json"
        argv = ["sam", "list", "stack-outputs", "--stack-name", self._place.stack_name, "--output", "json"]
        argv += ["--region", self._place.region]
        log = self._place.logs / "sam-list.log"
        with open(answer, "wb") as output, self._progress.step("Read the outputs of the stack"):
            code = self._processes.run(argv, log, self._place.env, stdout=output, cwd=self._place.root)
        if code != 0:
            raise Failure("sam could not read the outputs of the stack.", "The lines above say why.", log)
        rows = json.loads(answer.read_text(encoding="utf-8"))
        return {row["OutputKey"]: row["OutputValue"] for row in rows}

    def _common(self) -> list[str]:
        overrides = f"file://{self._place.parameters}"
        return ["--region", self._place.region, "--parameter-overrides", overrides]

    def _sam(self, name: str, title: str, argv: list[str], advice: str) -> None:
        log = self._place.logs / f"{name}.log"
        with self._progress.step(title):
            if self._processes.run(argv, log, self._place.env, cwd=self._place.root) != 0:
                raise Failure(f"{' '.join(argv[:2])} failed.", advice, log)


def build_gatehouse(root: Path, logs: Path, env: Mapping[str, str], processes: Processes, progress: Progress) -> Path:
    """Builds the gatehouse command, if cargo finds changes, and returns its path."""
    if shutil.which("cargo", path=env.get("PATH")) is None:
        raise Failure("cargo is missing.", "Install Rust from https://rustup.rs and open a new shell.")
    log, messages = logs / "cargo-gatehouse.log", logs / "cargo-gatehouse.json"
    argv = ["cargo", "build", "--package", "gatehouse", "--message-format", "json-render-diagnostics"]
    with open(messages, "wb") as output, progress.step("Build the gatehouse command"):
        code = processes.run(argv, log, env, stdout=output, cwd=root)
    if code != 0:
        raise Failure("cargo could not build gatehouse.", "Correct the errors above and start again.", log)
    for line in messages.read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "gatehouse":
            return Path(message["executable"])
    raise Failure("cargo built no program named gatehouse.", "", log)


def check_config(
    gatehouse: Path, root: Path, logs: Path, env: Mapping[str, str], processes: Processes, overlays: Sequence[Path] = ()
) -> None:
    """Runs `gatehouse config check`, and prints the mistakes that it finds."""
    log = logs / "config-check.log"
    code = processes.run([str(gatehouse), "config", "check", *as_flags(overlays)], log, env, cwd=root)
    if code == 0:
        return
    sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))
    if code == 2:
        raise ConfigRefused()
    raise Failure(f"gatehouse config check ended with exit code {code}.")


def merge_config(gatehouse: Path, place: Place, file: Path, processes: Processes) -> None:
    """Writes config.json with its overlays to `file`. An unchanged file is not written again, because cargo rebuilds
    when its modification time changes."""
    log = place.logs / "config-merge.log"
    answer = place.logs / "config-merge.out"
    with open(answer, "wb") as output:
        argv = [str(gatehouse), "config", "merge", *as_flags(place.overlays)]
        if processes.run(argv, log, place.env, stdout=output, cwd=place.root) != 0:
            raise Failure("gatehouse config merge failed.", "The lines above say why.", log)
    merged = answer.read_text(encoding="utf-8")
    if not file.exists() or file.read_text(encoding="utf-8") != merged:
        write_private(file, merged)


def as_flags(overlays: Sequence[Path]) -> list[str]:
    return [part for overlay in overlays for part in ("--overlay", str(overlay))]


def read_parameters(gatehouse: Path, place: Place, processes: Processes) -> dict[str, str]:
    """The template's parameters that follow from config.json."""
    answer, log = place.logs / "parameters.out", place.logs / "parameters.log"
    with open(answer, "wb") as output:
        argv = [str(gatehouse), "config", "parameters", *as_flags(place.overlays)]
        code = processes.run(argv, log, place.env, stdout=output, cwd=place.root)
    if code != 0:
        raise Failure("gatehouse config parameters failed.", "The lines above say why.", log)
    return parameters.parse(answer.read_text(encoding="utf-8"))

"""From the sources to a running stack: check config.json, build, deploy, read the outputs.

The same way for the local stack and for AWS: where AWS is comes in through the environment alone, and nothing here
may know about MiniStack.
"""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from failure import Failure
from processes import Processes
from progress import Progress

PARAMETER = re.compile(r'^([A-Za-z0-9]+): (".*")$')


class ConfigRefused(Failure):
    """config.json has mistakes. They have been printed, one a line; there is nothing to add."""

    def __init__(self) -> None:
        super().__init__("config.json has mistakes, nothing was started or deployed.", code=2)


@dataclass(frozen=True)
class Place:
    """Where one deployment keeps its files and what its tools see."""

    root: Path
    build: Path
    parameters: Path
    logs: Path
    # For sam: with the tools first in PATH, and the credentials and endpoint to use.
    env: Mapping[str, str]
    region: str
    stack_name: str


class Deployment:
    """One deployment, step by step."""

    def __init__(self, place: Place, processes: Processes, progress: Progress):
        self._place = place
        self._processes = processes
        self._progress = progress

    def build(self, overrides: Mapping[str, str], gatehouse: Path) -> None:
        """`sam build`: every function, into the build folder of this place."""
        parameters = {**read_parameters(gatehouse, self._place, self._processes), **overrides}
        self._place.parameters.write_text(render_parameters(parameters), encoding="utf-8")
        argv = ["sam", "build", "--template-file", str(self._place.root / "template.yaml")]
        argv += ["--build-dir", str(self._place.build), *self._common()]
        self._sam("sam-build", "Build the functions", argv, "Correct what is named above and start again.")

    def deploy(self) -> None:
        """`sam deploy` of what `build` made; waits until the stack is complete."""
        argv = ["sam", "deploy", "--template-file", str(self._place.build / "template.yaml"), *self._common()]
        argv += ["--stack-name", self._place.stack_name, "--resolve-s3", "--capabilities", "CAPABILITY_IAM"]
        argv += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
        self._sam("sam-deploy", "Deploy the stack", argv, "The reason is in the lines above.")

    def outputs(self) -> dict[str, str]:
        """The outputs of the stack by name."""
        answer = self._place.logs / "outputs.json"
        argv = ["sam", "list", "stack-outputs", "--stack-name", self._place.stack_name, "--output", "json"]
        argv += ["--region", self._place.region]
        log = self._place.logs / "sam-list.log"
        with open(answer, "wb") as output, self._progress.step("Read the outputs of the stack"):
            code = self._processes.run(argv, log, self._place.env, stdout=output, cwd=self._place.root)
        if code != 0:
            raise Failure("sam could not read the outputs of the stack.", "", log)
        rows = json.loads(answer.read_text(encoding="utf-8"))
        return {row["OutputKey"]: row["OutputValue"] for row in rows}

    def _common(self) -> list[str]:
        overrides = f"file://{self._place.parameters}"
        return ["--region", self._place.region, "--parameter-overrides", overrides]

    def _sam(self, name: str, title: str, argv: list[str], advice: str) -> None:
        log = self._place.logs / f"{name}.log"
        with self._progress.step(title):
            if self._processes.run(argv, log, self._place.env, cwd=self._place.root) != 0:
                raise Failure(f"{' '.join(argv[:2])} did not succeed.", advice, log)


def build_gatehouse(root: Path, logs: Path, env: Mapping[str, str], processes: Processes, progress: Progress) -> Path:
    """Builds the gatehouse CLI; cargo decides whether there is anything to do. The path of the program."""
    log, messages = logs / "cargo-gatehouse.log", logs / "cargo-gatehouse.json"
    argv = ["cargo", "build", "--package", "gatehouse", "--message-format", "json-render-diagnostics"]
    with open(messages, "wb") as output, progress.step("Build the gatehouse command"):
        code = processes.run(argv, log, env, stdout=output, cwd=root)
    if code != 0:
        raise Failure("cargo could not build gatehouse.", "Correct what is named above and start again.", log)
    for line in messages.read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "gatehouse":
            return Path(message["executable"])
    raise Failure("cargo built no program named gatehouse.", "", log)


def check_config(gatehouse: Path, root: Path, logs: Path, env: Mapping[str, str], processes: Processes) -> None:
    """Passes on what `gatehouse config check` says about config.json."""
    log = logs / "config-check.log"
    code = processes.run([str(gatehouse), "config", "check"], log, env, cwd=root)
    if code == 0:
        return
    sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))
    if code == 2:
        raise ConfigRefused()
    raise Failure(f"gatehouse config check ended with exit code {code}.")


def read_parameters(gatehouse: Path, place: Place, processes: Processes) -> dict[str, str]:
    """The parameters of the template as config.json has them."""
    answer, log = place.logs / "parameters.out", place.logs / "parameters.log"
    with open(answer, "wb") as output:
        argv = [str(gatehouse), "config", "parameters"]
        code = processes.run(argv, log, place.env, stdout=output, cwd=place.root)
    if code != 0:
        raise Failure("gatehouse config parameters did not succeed.", "", log)
    return parse_parameters(answer.read_text(encoding="utf-8"))


def parse_parameters(text: str) -> dict[str, str]:
    """`Name: "value"` lines. Anything else is refused: a parameter that is lost would be deployed as its default."""
    parameters = {}
    for line in text.splitlines():
        found = PARAMETER.match(line)
        if found is None:
            raise Failure(f'gatehouse config parameters printed a line that is not of the form Name: "value": {line}')
        parameters[found.group(1)] = json.loads(found.group(2))
    return parameters


def render_parameters(parameters: Mapping[str, str]) -> str:
    """YAML for sam. A JSON string is a YAML string, whatever it holds."""
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in parameters.items())

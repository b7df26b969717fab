"""How the scripts ask engine_client.py, which has the engine's client, and what its answers mean for a person."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.root import program
from stack.run.failure import Failure
from stack.run.processes import Processes, has_ended

# engine.py says in this variable why it could start none.
NO_ENGINE_BECAUSE = "GATEHOUSE_NO_ENGINE"


@dataclass(frozen=True)
class Found:
    """What answers where sam looks for an engine."""

    # `None`: nothing does, for this reason.
    engine: str | None
    why: str
    # The labels of each image that was asked for; `None` for one that is not there.
    images: Mapping[str, Mapping[str, str] | None]


@dataclass(frozen=True)
class Engine:
    """The one that the environment leads to, if there is one."""

    # The `bin` folder of the tools.
    tools: Path
    logs: Path
    env: Mapping[str, str]
    processes: Processes

    def look(self, *images: str) -> Found:
        return Found(**self._ask("look", *images))

    def pull(self, image: str, processor: str, seconds: float) -> bool:
        """Whether the registry gave the image in that time."""
        child = self.processes.start(self._argv("pull", image, processor), self._log("pull"), self.env)
        deadline = time.monotonic() + seconds
        while not has_ended(child) and time.monotonic() < deadline:
            self.processes.pause()
        if not has_ended(child):
            child.kill()
        return child.wait() == 0

    def take(self, tar: Path, image: str, *labels: str) -> None:
        """Makes an image of the files in `tar`."""
        self._ask("import", str(tar), image, *labels)

    def reach(self, image: str, port: int) -> tuple[str, bool]:
        """The address by which a container calls this machine, and whether something answers it at the port."""
        answer = self._ask("reach", image, str(port))
        return answer["address"], answer["reached"]

    def remove(self, folder: Path) -> int:
        """Removes the containers that run a program of this folder; how many there were."""
        return int(self._ask("remove", str(folder)))

    def _ask(self, *command: str) -> Any:
        log = self._log(command[0])
        code, answer = self.processes.ask(self._argv(*command), "", log, self.env)
        if code != 0:
            raise Failure(f"the container engine did not do what it was asked ({command[0]}).", "", log)
        return json.loads(answer)

    def _argv(self, *command: str) -> list[str]:
        return [str(self.tools / "python"), *program("containers.engine_client"), *command]

    def _log(self, name: str) -> Path:
        return self.logs / f"engine-{name}.log"

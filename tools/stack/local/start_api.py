"""scripts/start-api: `sam local start-api` beside a running scripts/local, until it is told to stop.

The functions run in containers of Lambda's image, and MiniStack stands in for the rest of AWS: this finds the way from
the ones to the other, and hands over what the functions were deployed with. It must not keep a container or a secret
behind, and where it cannot work (no engine, no image, no way) the exit code is NOT_HERE, and the reason one line.
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stack.build import glibc, local_overrides, parameters
from stack.build.deployment import Deployment, Place
from stack.containers import base_image
from stack.containers.asking_engine import NO_ENGINE_BECAUSE, Engine
from stack.containers.base_image import BaseImage
from stack.emulator import ministack
from stack.local import demo
from stack.local import main as local
from stack.local.relay import Relay
from stack.root import ROOT, program
from stack.run import interrupts, runner, system
from stack.run.environment import with_tools, without_account
from stack.run.failure import Failure
from stack.run.processes import Processes, has_ended
from stack.run.progress import Progress
from stack.run.state import State, read_env, write_private
from stack.run.tools import Tools

TARGET = ROOT / "target" / "older-glibc"
NOT_HERE = 3
DEFAULT_PORT = 3000
READY_SECONDS = 180
# sam removes one container after the other.
GRACE_SECONDS = 20.0
# As engine_client.py has it. Besides the loopback interface it is the only name from which the authorizer takes keys
# without TLS.
MACHINE = "host.docker.internal"


@dataclass(frozen=True)
class Beside:
    """The running stack, and what is started beside it."""

    stack: State
    own: State
    # The stack's env file.
    known: Mapping[str, str]
    # The `bin` folder of the tools.
    tools: Path
    # What sam, and the cargo below it, and the engine's client see.
    env: Mapping[str, str]
    processes: Processes
    progress: Progress


def main(argv: list[str]) -> int:
    options = parse(argv)
    progress = Progress()
    stack = State(ROOT / options.state)
    own = State(stack.folder / "start-api")
    watch = interrupts.end_with_stdin if options.until_eof else lambda: None
    busy = Failure("scripts/start-api already runs beside this stack.", "Stop it with Ctrl-C.")

    def ready(address: str, build: Path) -> None:
        if not options.until_eof:
            progress.note(hints(stack, own, build))
        print(address, flush=True)

    def work(processes: Processes) -> int:
        try:
            return serve(options.port, stack, own, processes, progress, ready)
        except Failure as failure:
            if not options.until_eof or failure.code != NOT_HERE:
                raise
            progress.note(f"skip  sam local start-api: {failure.message}")
            # In the place of the address.
            print(failure.message, flush=True)
            return NOT_HERE

    def tick() -> None:
        progress.tick()
        watch()

    try:
        values(stack)  # before a folder is made for nothing
    except Failure as failure:
        progress.note(failure.render())
        return failure.code
    return runner.run(own, busy, progress, work, tick=tick, grace=GRACE_SECONDS)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/start-api", description="Runs `sam local start-api` beside a running scripts/local."
    )
    parser.add_argument("--state", default=".local", metavar="DIR", help="the folder of that stack (.local)")
    parser.add_argument("--port", type=local.port, metavar="N", help="its port (3000, or a free one; 0: any free)")
    parser.add_argument("--until-eof", action="store_true", help="stop when stdin is closed (for test harnesses)")
    return parser.parse_args(argv)


def values(stack: State) -> dict[str, str]:
    """The env file of the running stack."""
    try:
        return read_env(stack.env_file)
    except OSError as error:
        where = local.shown(stack.folder)
        raise Failure(f"no local stack runs in {where}.", "Start one: scripts/local --detach") from error


def serve(
    wanted: int | None,
    stack: State,
    own: State,
    processes: Processes,
    progress: Progress,
    ready: Callable[[str, Path], None],
) -> int:
    """Does not return while all is well. `ready` is told the address and the folder of the programs."""
    known = values(stack)
    endpoint = local_overrides.port_of(known) or ministack.DEFAULT_PORT
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)
    env = environment(known, endpoint, own, tools)
    beside = Beside(stack, own, known, tools, env, processes, progress)
    engine = Engine(tools, own.logs, env, processes)
    image = find_image(engine, progress)
    build = programs(image, beside)
    file = own.folder / "variables.json"
    with way(engine, image, endpoint) as reached:
        try:
            write_private(file, json.dumps(variables(beside, reached), indent=2))
            port = choose_port(wanted)
            sam = start(command(beside, build, file, image, port), port, beside)
            ready(f"http://{ministack.HOST}:{port}", build)
            keep(sam, beside)
        finally:
            interrupts.ignore()
            processes.stop_all()
            file.unlink(missing_ok=True)
            # Those that sam had no time for. Nothing is watched any more that could end this.
            replace(engine, processes=Processes()).remove(build)
    return 0


def environment(known: Mapping[str, str], endpoint: int, own: State, tools: Path) -> dict[str, str]:
    base = with_tools(without_account(os.environ, own.cloud), tools, own.sam)
    return {
        **ministack.client_environment(endpoint, known["AWS_REGION"], base),
        # sam leaves files behind where temporary ones go; this folder is emptied at each start.
        "TMPDIR": str(own.cloud),
    }


def find_image(engine: Engine, progress: Progress) -> BaseImage:
    """What the functions run in: what the engine has, or what it can get."""
    found = engine.look(base_image.of_lambda(), base_image.STAND_IN)
    if found.engine is None:
        why = os.environ.get(NO_ENGINE_BECAUSE) or found.why
        raise Failure(f"no container engine answers: {why}", "Start one, or name it in DOCKER_HOST.", code=NOT_HERE)
    progress.note(f"note  {found.engine} runs the containers.")
    image = base_image.known(found) or base_image.pull(engine, progress)
    if image is None:
        why = f"the engine does not have {base_image.of_lambda()}, and it cannot be pulled."
        raise Failure(why, f"A stand-in for it: {base_image.HOW}", code=NOT_HERE)
    if image.is_stand_in:
        progress.note(f"note  {image.name} stands in for Lambda's image.")
    return image


def programs(image: BaseImage, beside: Beside) -> Path:
    """The folder of what scripts/local has built; of the same built again when the image cannot run that."""
    stack, own = beside.stack, beside.own
    reason = unfit(stack.build, image)
    if not reason:
        return stack.build
    beside.progress.note(f"note  {reason} It is built again, with cargo-lambda's own linker.")
    # A folder of its own: C code is compiled for another linker then, and all that stands on it would be compiled anew
    # at each change from the one to the other. aws_lambda_builders asks `cargo metadata` for it.
    env = {**beside.env, "SAM_BUILD_MODE": local_overrides.BUILD["SAM_BUILD_MODE"], "CARGO_TARGET_DIR": str(TARGET)}
    place = Place(ROOT, own.build, own.parameters, own.logs, env, beside.known["AWS_REGION"], local.STACK_NAME)
    given = parameters.parse(stack.parameters.read_text(encoding="utf-8"))
    Deployment(place, beside.processes, beside.progress).build(given)
    glibc.check(own.build, local_overrides.parameters()["Architecture"])
    return own.build


def unfit(build: Path, image: BaseImage) -> str:
    """Why the image cannot run what was built for this machine; empty where it can."""
    if not system.builds_for_lambda():
        return f"What scripts/local has built is for {system.current().name}."
    newest = newest_glibc(build)
    if newest <= image.glibc:
        return ""
    return "What scripts/local has built wants glibc {}.{}, and the image has {}.{}.".format(*newest, *image.glibc)


def newest_glibc(build: Path) -> tuple[int, int]:
    wanted = (glibc.highest(file.read_bytes()) for file in build.glob("*/bootstrap"))
    return max(filter(None, wanted), default=(0, 0))


@contextlib.contextmanager
def way(engine: Engine, image: BaseImage, port: int) -> Iterator[int]:
    """The port at which a container reaches MiniStack when it calls MACHINE, for as long as the block runs.

    MiniStack listens on the loopback interface. Docker Desktop leads containers there; other engines lead them to the
    bridge, where we listen for it. sam does not put containers into the machine's own network, whatever
    `--docker-network host` says (https://github.com/aws/aws-sam-cli/pull/7278), and their servers would want one and
    the same port there (https://github.com/aws/aws-sam-cli/issues/6347).
    """
    address, reached = engine.reach(image.name, port)
    if reached:
        yield port
        return
    try:
        relay = Relay(address, port)
    except OSError as error:
        raise unreachable(address or "nothing") from error
    with relay:
        if not engine.reach(image.name, relay.port)[1]:
            raise unreachable(f"{address}, port {relay.port}")
        yield relay.port


def unreachable(where: str) -> Failure:
    why = f"the engine's containers do not reach this machine: they call it {where}."
    return Failure(why, "Is the engine on another machine, or rootless, or is there a firewall?", code=NOT_HERE)


def variables(beside: Beside, port: int) -> dict[str, dict[str, str]]:
    """What each function gets: what it was deployed with, and where MiniStack is."""
    argv = [str(beside.tools / "python"), *program("local.function_variables"), beside.known["STACK_NAME"]]
    log = beside.own.log("variables")
    code, answer = beside.processes.ask(argv, "", log, beside.env)
    if code != 0:
        raise Failure("the local stack does not say what its functions were deployed with.", "", log)
    endpoint = f"http://{MACHINE}:{port}"
    return {name: {**given, "AWS_ENDPOINT_URL": endpoint} for name, given in json.loads(answer).items()}


def choose_port(wanted: int | None) -> int:
    """As late as possible, so that nobody takes it in the meantime."""
    if wanted and not ministack.is_free(wanted):
        raise Failure(f"port {wanted} is taken.", "Give another --port, or --port 0 for any free one.")
    if wanted is None and ministack.is_free(DEFAULT_PORT):
        return DEFAULT_PORT
    return wanted or ministack.any_free_port()


def command(beside: Beside, build: Path, file: Path, image: BaseImage, port: int) -> list[str]:
    argv = [str(beside.tools / "python"), *program("local.sam_host"), "local", "start-api"]
    argv += ["--template-file", str(build / "template.yaml"), "--region", beside.known["AWS_REGION"]]
    argv += ["--parameter-overrides", f"file://{beside.stack.parameters}", "--env-vars", str(file)]
    argv += ["--add-host", f"{MACHINE}:host-gateway", "--host", ministack.HOST, "--port", str(port)]
    # We have found the image; sam would ask the registry for a newer one at each start.
    argv += ["--warm-containers", "EAGER", "--skip-pull-image"]
    return [*argv, "--invoke-image", image.name] if image.is_stand_in else argv


def start(argv: list[str], port: int, beside: Beside) -> subprocess.Popen[bytes]:
    """A sam that answers. It starts the containers first."""
    log = beside.own.log("sam")
    with beside.progress.step("Start sam local start-api"):
        sam = beside.processes.start(argv, log, beside.env, stdin=subprocess.PIPE, cwd=ROOT)
        deadline = time.monotonic() + READY_SECONDS
        while not listens(port):
            if has_ended(sam):
                raise Failure("sam local start-api ended while it started.", "", log)
            if time.monotonic() > deadline:
                raise Failure(f"sam local start-api did not answer within {READY_SECONDS} seconds.", "", log)
            beside.processes.pause()
    return sam


def listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex((ministack.HOST, port)) == 0


def keep(sam: subprocess.Popen[bytes], beside: Beside) -> None:
    while not has_ended(sam):
        if not beside.stack.env_file.exists():
            raise Failure("the local stack has ended.", "Start it again: scripts/local --detach")
        beside.processes.pause()
    raise Failure("sam local start-api ended by itself.", "", beside.own.log("sam"))


def hints(stack: State, own: State, build: Path) -> str:
    return f"""
sam local start-api is up. The stage is not in its paths.

  Logs   {local.shown(own.log("sam"))} (sam's and the functions')
  Code   {local.shown(build)}

Try it in another terminal, in this folder, with the address below:

  ({demo.source(local.shown(stack.env_file))}
   printf %s "$ADMIN_PASSWORD" | cargo run -q -p gatehouse -- token "$ADMIN_EMAIL" --password-stdin |
     sed 's/^/Authorization: Bearer /' | curl -i -H @- ADDRESS/whoami)

Ctrl-C stops it. It ends with the local stack.
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""scripts/start-api: runs `sam local start-api` beside a running scripts/local until it is stopped.

The functions run in containers of Lambda's image, and MiniStack emulates the rest of AWS. This program finds an address
at which the containers reach MiniStack, and passes the deployed environment variables to the functions. It must not
leave a container or a secret behind. If it cannot work on this machine (no container engine, no image, no network
path), its exit code is NOT_HERE and the reason is one line."""

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
# The same name as in engine_client.py. Apart from the loopback interface it is the only host from which the authorizer
# fetches keys without TLS.
MACHINE = "host.docker.internal"


@dataclass(frozen=True)
class Session:
    """One run of this program: the running local stack, and what this program needs to start sam beside it."""

    stack: State
    own: State
    # The values in the stack's env file.
    known: Mapping[str, str]
    # The `bin` folder of the tools' Python environment.
    tools: Path
    # The environment of sam, of the cargo that sam starts, and of the engine's client.
    env: Mapping[str, str]
    processes: Processes
    progress: Progress


def main(argv: list[str]) -> int:
    options = parse(argv)
    progress = Progress()
    stack = State(ROOT / options.state)
    own = State(stack.folder / "start-api")
    watch = interrupts.end_with_stdin if options.until_eof else lambda: None
    busy = Failure("scripts/start-api is already running beside this stack.", "Stop it with Ctrl-C.")

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
            # A test harness reads this line instead of the address.
            print(failure.message, flush=True)
            return NOT_HERE

    def tick() -> None:
        progress.tick()
        watch()

    try:
        values(stack)  # fails without a local stack, before this program makes its folder
    except Failure as failure:
        progress.note(failure.render())
        return failure.code
    return runner.run(own, busy, progress, work, tick=tick, grace=GRACE_SECONDS)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/start-api", description="Runs `sam local start-api` beside a running scripts/local."
    )
    parser.add_argument("--state", default=".local", metavar="DIR", help="the folder of that stack (default: .local)")
    parser.add_argument(
        "--port", type=local.port, metavar="N", help="the port (default: 3000, or a free one; 0: any free one)"
    )
    parser.add_argument("--until-eof", action="store_true", help="stop when stdin is closed (for test harnesses)")
    return parser.parse_args(argv)


def values(stack: State) -> dict[str, str]:
    """The values in the env file of the running stack."""
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
    """Runs until it is stopped or something fails. Calls `ready` with the address and the folder of the programs."""
    known = values(stack)
    endpoint = local_overrides.port_of(known) or ministack.DEFAULT_PORT
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)
    env = environment(known, endpoint, own, tools)
    session = Session(stack, own, known, tools, env, processes, progress)
    engine = Engine(tools, own.logs, env, processes)
    image = find_image(engine, progress)
    build = programs(image, session)
    file = own.folder / "variables.json"
    with reachable_port(engine, image, endpoint) as reached:
        try:
            write_private(file, json.dumps(variables(session, reached), indent=2))
            port = choose_port(wanted)
            sam = start(command(session, build, file, image, port), port, session)
            ready(f"http://{ministack.HOST}:{port}", build)
            keep(sam, session)
        finally:
            interrupts.ignore()
            processes.stop_all()
            file.unlink(missing_ok=True)
            # Removes the containers that sam had no time to remove. The new Processes has no tick that could interrupt
            # it.
            replace(engine, processes=Processes()).remove(build)
    return 0


def environment(known: Mapping[str, str], endpoint: int, own: State, tools: Path) -> dict[str, str]:
    base = with_tools(without_account(os.environ, own.cloud), tools, own.sam)
    return {
        **ministack.client_environment(endpoint, known["AWS_REGION"], base),
        # sam leaves files in TMPDIR. This folder is emptied at each start.
        "TMPDIR": str(own.cloud),
    }


def find_image(engine: Engine, progress: Progress) -> BaseImage:
    """The image that the functions run in: one that the engine has, or one that it can pull."""
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


def programs(image: BaseImage, session: Session) -> Path:
    """The folder with the programs: those that scripts/local has built, or a new build if the image cannot run them."""
    stack, own = session.stack, session.own
    reason = unfit(stack.build, image)
    if not reason:
        return stack.build
    session.progress.note(f"note  {reason} They are built again with cargo-lambda's own linker.")
    # The build has a target folder of its own. It compiles C code for another linker, so in a shared folder each switch
    # between the two would recompile everything that depends on that code. aws_lambda_builders reads the folder from
    # `cargo metadata`.
    env = {**session.env, "SAM_BUILD_MODE": local_overrides.BUILD["SAM_BUILD_MODE"], "CARGO_TARGET_DIR": str(TARGET)}
    place = Place(ROOT, own.build, own.parameters, own.logs, env, session.known["AWS_REGION"], local.STACK_NAME)
    given = parameters.parse(stack.parameters.read_text(encoding="utf-8"))
    Deployment(place, session.processes, session.progress).build(given)
    glibc.check(own.build, local_overrides.parameters()["Architecture"])
    return own.build


def unfit(build: Path, image: BaseImage) -> str:
    """Why the image cannot run the programs that were built for this machine. Empty: it can."""
    if not system.builds_for_lambda():
        return f"The programs of scripts/local are for {system.current().name}."
    newest = newest_glibc(build)
    if newest <= image.glibc:
        return ""
    return "The programs of scripts/local need glibc {}.{}, but the image has {}.{}.".format(*newest, *image.glibc)


def newest_glibc(build: Path) -> tuple[int, int]:
    wanted = (glibc.highest(file.read_bytes()) for file in build.glob("*/bootstrap"))
    return max(filter(None, wanted), default=(0, 0))


@contextlib.contextmanager
def reachable_port(engine: Engine, image: BaseImage, port: int) -> Iterator[int]:
    """The port of MACHINE at which containers reach MiniStack while the block runs.

    MiniStack listens on the loopback interface. With Docker Desktop, MACHINE leads there. With other engines it leads
    to the bridge network, where a relay listens. The machine's own network is no alternative: sam does not put
    containers there, even with `--docker-network host` (https://github.com/aws/aws-sam-cli/pull/7278), and all
    containers would need the same port (https://github.com/aws/aws-sam-cli/issues/6347)."""
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
    why = f"the engine's containers cannot reach this machine at {where}."
    return Failure(why, "Check whether the engine is on another machine or rootless, and the firewall.", code=NOT_HERE)


def variables(session: Session, port: int) -> dict[str, dict[str, str]]:
    """Each function's environment variables: the deployed ones, and the address of MiniStack."""
    argv = [str(session.tools / "python"), *program("local.function_variables"), session.known["STACK_NAME"]]
    log = session.own.log("variables")
    code, answer = session.processes.ask(argv, "", log, session.env)
    if code != 0:
        raise Failure("the environment variables of the local stack's functions could not be read.", "", log)
    endpoint = f"http://{MACHINE}:{port}"
    return {name: {**given, "AWS_ENDPOINT_URL": endpoint} for name, given in json.loads(answer).items()}


def choose_port(wanted: int | None) -> int:
    """Chooses the port. It is called as late as possible, so that no other program takes the port first."""
    if wanted and not ministack.is_free(wanted):
        raise Failure(f"port {wanted} is in use.", "Choose another --port, or --port 0 for any free one.")
    if wanted is None and ministack.is_free(DEFAULT_PORT):
        return DEFAULT_PORT
    return wanted or ministack.any_free_port()


def command(session: Session, build: Path, file: Path, image: BaseImage, port: int) -> list[str]:
    argv = [str(session.tools / "python"), *program("local.sam_host"), "local", "start-api"]
    argv += ["--template-file", str(build / "template.yaml"), "--region", session.known["AWS_REGION"]]
    argv += ["--parameter-overrides", f"file://{session.stack.parameters}", "--env-vars", str(file)]
    argv += ["--add-host", f"{MACHINE}:host-gateway", "--host", ministack.HOST, "--port", str(port)]
    # The image is already there. Without the option sam would query the registry for a newer one at each start.
    argv += ["--warm-containers", "EAGER", "--skip-pull-image"]
    return [*argv, "--invoke-image", image.name] if image.is_stand_in else argv


def start(argv: list[str], port: int, session: Session) -> subprocess.Popen[bytes]:
    """Starts sam, and waits until it accepts connections. It starts the containers before that."""
    log = session.own.log("sam")
    with session.progress.step("Start sam local start-api"):
        sam = session.processes.start(argv, log, session.env, stdin=subprocess.PIPE, cwd=ROOT)
        deadline = time.monotonic() + READY_SECONDS
        while not listens(port):
            if has_ended(sam):
                raise Failure("sam local start-api ended during its start.", "The lines above say why.", log)
            if time.monotonic() > deadline:
                message = f"sam local start-api did not answer within {READY_SECONDS} seconds."
                raise Failure(message, "The lines above may say why.", log)
            session.processes.pause()
    return sam


def listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex((ministack.HOST, port)) == 0


def keep(sam: subprocess.Popen[bytes], session: Session) -> None:
    while not has_ended(sam):
        if not session.stack.env_file.exists():
            raise Failure("the local stack has ended.", "Start it again: scripts/local --detach")
        session.processes.pause()
    raise Failure("sam local start-api stopped unexpectedly.", "The lines above may say why.", session.own.log("sam"))


def hints(stack: State, own: State, build: Path) -> str:
    return f"""
sam local start-api is up. Its paths do not contain the stage.

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

"""scripts/local: the whole stack on this machine, until it is told to stop.

It puts the parts together: config check, MiniStack, build, deploy, two demo users, env file. It must not keep
anything alive that it started, and must not read or pass on AWS credentials of the user.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stack.build import host_programs, local_overrides
from stack.build.deployment import Deployment, Place, build_gatehouse, check_config, read_parameters
from stack.emulator import ministack
from stack.local import demo
from stack.root import ROOT
from stack.run import detach, interrupts, system
from stack.run.environment import with_tools, without_account
from stack.run.failure import Failure
from stack.run.processes import Processes, has_ended
from stack.run.progress import Progress
from stack.run.state import State
from stack.run.tools import Tools

STACK_NAME = "gatehouse"
STOP_SECONDS = 30


def main(argv: list[str]) -> int:
    options = parse(argv)
    # From the repository, so that a test means the same folder wherever it is started.
    state = State(ROOT / options.state)
    progress = Progress()
    try:
        if options.stop:
            return stop(state, progress)
        system.current()  # before anything is begun
        interrupts.install()
        if options.detach:
            return detach.run(lambda ready: serve(options, state, progress, ready), state.folder / "local.log")
        return serve(options, state, progress, lambda: None)
    except Failure as failure:
        progress.note(failure.render())
        return failure.code
    except interrupts.Interrupted as interrupted:
        progress.note("Stopped.")
        return 128 + interrupted.signum
    except interrupts.InputEnded:
        progress.note("Stopped: stdin was closed.")
        return 1


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/local", description="Runs the whole stack on this machine.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--detach", action="store_true", help="return when the stack is ready, and leave it running")
    mode.add_argument("--stop", action="store_true", help="stop the stack that runs")
    mode.add_argument("--until-eof", action="store_true", help="stop when stdin is closed (for test harnesses)")
    parser.add_argument("--state", default=".local", metavar="DIR", help="its folder, from the repository (.local)")
    parser.add_argument("--port", type=port, metavar="N", help="port of MiniStack (4566, or a free one; 0: any free)")
    parser.add_argument(
        "--parameter", type=parameter, action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of template.yaml, in the place of what config.json says",
    )
    return parser.parse_args(argv)


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535")
    return int(text)


def parameter(text: str) -> tuple[str, str]:
    name, is_given, value = text.partition("=")
    if not name.isalnum() or not is_given:
        raise argparse.ArgumentTypeError(f"{text!r} is not a parameter: write its NAME=VALUE")
    return name, value


def serve(options: argparse.Namespace, state: State, progress: Progress, ready: Callable[[], None]) -> int:
    """Brings the stack up, says that it is `ready`, and keeps it until somebody ends it."""
    claim(state, progress)
    watch = interrupts.end_with_stdin if options.until_eof else lambda: None

    def tick() -> None:
        progress.tick()
        watch()

    with Processes(tick) as processes:
        try:
            state.refresh()
            state.record("")
            require_free(options.port)
            emulator = bring_up(options, state, progress, processes)
            ready()
            while not has_ended(emulator):
                processes.pause()
            raise Failure("MiniStack ended by itself.", "", state.log("ministack"))
        except (interrupts.Interrupted, interrupts.InputEnded):
            # The env file is what tells others that the stack is up; ended from then on, all went well.
            if not state.env_file.exists():
                raise
        finally:
            interrupts.ignore()
            state.forget()
            processes.stop_all()
            state.release()
    progress.note("Stopped.")
    return 0


def claim(state: State, progress: Progress) -> None:
    if not state.claim():
        pid, url = state.recorded()
        what = f"is already running at {url}" if url else "is already being started"
        raise Failure(f"a local stack {what} (process {pid}).", f"Stop it with: {command(state, '--stop')}")
    pid, _ = state.recorded()
    if pid is not None:
        progress.note(f"note  The last stack here (process {pid}) ended without tidying up. Starting afresh.")


def bring_up(
    options: argparse.Namespace, state: State, progress: Progress, processes: Processes
) -> subprocess.Popen[bytes]:
    """Everything from sources to a ready stack; the running MiniStack."""
    gatehouse = build_gatehouse(ROOT, state.logs, os.environ, processes, progress)
    check_config(gatehouse, ROOT, state.logs, os.environ, processes)
    config = json.loads((ROOT / "config.json").read_text(encoding="utf-8"))
    tools = Tools(ROOT / ".venv")
    python = tools.ensure("ministack", processes, progress) / "python"
    sam = tools.ensure("sam", processes, progress)

    port, region, log = choose_port(options.port, progress), config["region"], state.log("ministack")
    emulator = ministack.start(python, port, region, state.cloud, log, processes)
    env = client_environment(port, region, state, sam)
    place = Place(ROOT, state.build, state.parameters, state.logs, env, region, STACK_NAME)
    deployment = Deployment(place, processes, progress)
    configured = read_parameters(gatehouse, place, processes)
    values = {**configured, **local_parameters(config, progress), **dict(options.parameter)}
    deployment.build(values)
    ministack.await_ready(emulator, port, log, processes)
    deployment.deploy(deployment.revised(values))
    outputs = deployment.outputs()

    env.update(USER_POOL_ID=outputs["UserPoolId"], USER_POOL_CLIENT_ID=outputs["UserPoolClientId"])
    with progress.step("Make the demo users"):
        users = demo.make_users(config, gatehouse, env, state.log("users"), processes)
    values = env_values(ministack.api_url(outputs["ApiUrl"], port), env, users)
    state.write_env(values)
    state.record(values["API_URL"])
    places = shown(state.env_file), shown(state.logs)
    print(demo.ready_block(config, values, users, *places, ending(options, state)), flush=True)
    return emulator


def require_free(wanted: int | None) -> None:
    """Before anything is built: a port that was asked for and cannot be had."""
    if wanted and not ministack.is_free(wanted):
        raise Failure(f"port {wanted} is taken.", "Give another --port, or --port 0 for any free one.")


def choose_port(wanted: int | None, progress: Progress) -> int:
    """As late as possible, so that nobody takes it in the meantime."""
    require_free(wanted)
    if wanted is not None:
        return wanted or ministack.any_free_port()
    if ministack.is_free(ministack.DEFAULT_PORT):
        return ministack.DEFAULT_PORT
    free = ministack.any_free_port()
    progress.note(f"note  Port {ministack.DEFAULT_PORT} is taken; using {free}.")
    return free


def client_environment(port: int, region: str, state: State, sam: Path) -> dict[str, str]:
    """What sam, and the cargo below it, and gatehouse see."""
    own = with_tools(without_account(os.environ, state.cloud), sam, state.sam)
    return {
        **host_programs.environment(ministack.client_environment(port, region, own), state.folder / "bin"),
        # sam leaves empty folders behind where temporary ones go; this one is emptied at each start.
        "TMPDIR": str(state.cloud),
    }


def local_parameters(config: dict[str, Any], progress: Progress) -> dict[str, str]:
    if config["userPool"]["id"]:
        progress.note("note  config.json names an existing user pool. The local stack makes its own pool instead.")
    return local_overrides.parameters()


def env_values(api_url: str, env: dict[str, str], users: demo.Users) -> dict[str, str]:
    """The env file's content: what a client of this stack needs to know."""
    return {
        "API_URL": api_url,
        "AWS_ENDPOINT_URL": env["AWS_ENDPOINT_URL"],
        "AWS_REGION": env["AWS_REGION"],
        **ministack.CREDENTIALS,
        "STACK_NAME": STACK_NAME,
        "USER_POOL_ID": env["USER_POOL_ID"],
        "USER_POOL_CLIENT_ID": env["USER_POOL_CLIENT_ID"],
        "ADMIN_EMAIL": users.admin.email,
        "ADMIN_PASSWORD": users.admin.password,
        "USER_EMAIL": users.user.email,
        "USER_PASSWORD": users.user.password,
    }


def ending(options: argparse.Namespace, state: State) -> str:
    if options.detach:
        return f"It runs in the background. Stop it with: {command(state, '--stop')}"
    return "It ends when stdin closes." if options.until_eof else "Ctrl-C stops it."


def command(state: State, *arguments: str) -> str:
    """scripts/local with these arguments, for the same folder."""
    folder = shown(state.folder)
    return " ".join(["scripts/local", *arguments, *([] if folder == ".local" else ["--state", folder])])


def shown(path: Path) -> str:
    """A path as one would type it at the repository root."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def stop(state: State, progress: Progress) -> int:
    """Stops the stack of this folder and waits until it has tidied up. Nothing to stop is fine."""
    if not state.folder.is_dir() or state.claim():
        if state.folder.is_dir():
            state.forget()  # what a crashed run has left
        progress.note(f"No local stack runs in {shown(state.folder)}.")
        return 0
    pid, _ = state.recorded()
    if pid is None:
        raise Failure("the local stack has only just been started.", "Try again in a moment.")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while not state.claim():
        if time.monotonic() > deadline:
            raise Failure(f"process {pid} did not stop within {STOP_SECONDS} seconds.", f"End it with: kill -9 {pid}")
        time.sleep(0.1)
    progress.note("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

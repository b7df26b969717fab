"""scripts/local: runs the whole stack on this machine until it is stopped.

It runs all steps: config check, MiniStack, build, deploy, two demo users, env file. When it ends it must stop
everything that it started. It must not read or pass on the user's AWS credentials."""

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
    # Relative to the repository, so that the current folder does not matter.
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
    mode.add_argument("--detach", action="store_true", help="return when the stack is ready, and keep it running")
    mode.add_argument("--stop", action="store_true", help="stop the running stack")
    mode.add_argument("--until-eof", action="store_true", help="stop when stdin is closed (for test harnesses)")
    parser.add_argument(
        "--state", default=".local", metavar="DIR", help="the stack's folder, in the repository (default: .local)"
    )
    parser.add_argument(
        "--port", type=port, metavar="N", help="MiniStack's port (default: 4566, or a free one; 0: any free one)"
    )
    parser.add_argument(
        "--parameter", type=parameter, action="append", default=[], metavar="NAME=VALUE",
        help="set a parameter of template.yaml instead of config.json's value",
    )
    return parser.parse_args(argv)


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535")
    return int(text)


def parameter(text: str) -> tuple[str, str]:
    name, is_given, value = text.partition("=")
    if not name.isalnum() or not is_given:
        raise argparse.ArgumentTypeError(f"{text!r} is not a parameter: write NAME=VALUE")
    return name, value


def serve(options: argparse.Namespace, state: State, progress: Progress, ready: Callable[[], None]) -> int:
    """Starts the stack, calls `ready`, and keeps the stack running until it is stopped."""
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
            raise Failure("MiniStack stopped unexpectedly.", "The lines above may say why.", state.log("ministack"))
        except (interrupts.Interrupted, interrupts.InputEnded):
            # The env file shows that the stack was ready, so an interrupt after that is a normal stop.
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
        progress.note(f"note  The last stack in this folder (process {pid}) crashed without cleaning up.")


def bring_up(
    options: argparse.Namespace, state: State, progress: Progress, processes: Processes
) -> subprocess.Popen[bytes]:
    """Builds, deploys and prepares the stack, and returns the process of MiniStack."""
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
    with progress.step("Create the demo users"):
        users = demo.make_users(config, gatehouse, env, state.log("users"), processes)
    values = env_values(ministack.api_url(outputs["ApiUrl"], port), env, users)
    state.write_env(values)
    state.record(values["API_URL"])
    places = shown(state.env_file), shown(state.logs)
    print(demo.ready_block(config, values, users, *places, ending(options, state)), flush=True)
    return emulator


def require_free(wanted: int | None) -> None:
    """Refuses a requested port that is in use. It is called before the build, which takes minutes."""
    if wanted and not ministack.is_free(wanted):
        raise Failure(f"port {wanted} is in use.", "Choose another --port, or --port 0 for any free one.")


def choose_port(wanted: int | None, progress: Progress) -> int:
    """Chooses MiniStack's port. It is called as late as possible, so that no other program takes the port first."""
    require_free(wanted)
    if wanted is not None:
        return wanted or ministack.any_free_port()
    if ministack.is_free(ministack.DEFAULT_PORT):
        return ministack.DEFAULT_PORT
    free = ministack.any_free_port()
    progress.note(f"note  Port {ministack.DEFAULT_PORT} is in use, so MiniStack uses {free}.")
    return free


def client_environment(port: int, region: str, state: State, sam: Path) -> dict[str, str]:
    """The environment of sam, of the cargo that sam starts, and of gatehouse."""
    own = with_tools(without_account(os.environ, state.cloud), sam, state.sam)
    return {
        **host_programs.environment(ministack.client_environment(port, region, own), state.folder / "bin"),
        # sam leaves empty folders in TMPDIR. This folder is emptied at each start.
        "TMPDIR": str(state.cloud),
    }


def local_parameters(config: dict[str, Any], progress: Progress) -> dict[str, str]:
    if config["userPool"]["id"]:
        progress.note("note  config.json names an existing user pool. The local stack makes its own pool instead.")
    return local_overrides.parameters()


def env_values(api_url: str, env: dict[str, str], users: demo.Users) -> dict[str, str]:
    """The content of the env file, with which clients use this stack."""
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
    """The command line of scripts/local with these arguments and the same folder."""
    folder = shown(state.folder)
    return " ".join(["scripts/local", *arguments, *([] if folder == ".local" else ["--state", folder])])


def shown(path: Path) -> str:
    """A path as a person types it in the repository's root folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def stop(state: State, progress: Progress) -> int:
    """Stops the stack of this folder and waits until it has cleaned up. It is no error if none runs."""
    if not state.folder.is_dir() or state.claim():
        if state.folder.is_dir():
            state.forget()  # the files of a crashed run
        progress.note(f"No local stack runs in {shown(state.folder)}.")
        return 0
    pid, _ = state.recorded()
    if pid is None:
        raise Failure("the local stack has only just started.", "Try again in a moment.")
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

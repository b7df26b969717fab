"""scripts/bench --gateway: measures requests through a local stack, for orientation only.

The emulated API Gateway is much slower than the functions behind it. So the figures show what developers see on their
machines, and nothing about AWS.
"""

import contextlib
import os
import subprocess
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from stack.run.failure import Failure
from stack.run.processes import Processes, has_ended
from stack.run.progress import Progress
from stack.run.state import State

CONNECTIONS, SECONDS = 4, 10.0
STACK = ".local/bench/stack"


def run(root: Path, state: State, processes: Processes, progress: Progress) -> int:
    env_file = root / STACK / "env"
    log = state.log("local")
    with progress.step("Start a local stack"):
        argv = [str(root / "scripts" / "local"), "--until-eof", "--state", STACK, "--port", "0"]
        # MiniStack enforces the stage's throttling limits, and the benchmark would measure only those.
        argv += ["--parameter", "ThrottleRatePerSecond=10000", "--parameter", "ThrottleBurst=5000"]
        local = processes.start(argv, log, os.environ, stdin=subprocess.PIPE, cwd=root)
        while not env_file.exists():
            if has_ended(local):
                raise Failure("scripts/local could not start the stack.", "The lines above say why.", log)
            processes.pause()
    values = read_env(env_file)
    token = mint(root, values, state, processes)
    url = values["API_URL"] + "/whoami"
    load(url, token, 1.0)
    with progress.step(f"Request /whoami over {CONNECTIONS} connections"):
        taken, seconds = load(url, token, SECONDS)
    print(render(taken, seconds), end="", flush=True)
    return 0


def read_env(file: Path) -> dict[str, str]:
    """The values in the env file. A shell would only remove quotes from them, so this does the same."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and " " not in line.partition("=")[0])
    return {name: value.strip("'") for name, _, value in pairs}


def mint(root: Path, values: dict[str, str], state: State, processes: Processes) -> str:
    log, printed = state.log("token"), state.folder / "token"
    argv = ["cargo", "run", "-q", "-p", "gatehouse", "--", "token", values["ADMIN_EMAIL"], "--password-stdin"]
    try:
        with open(printed, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as output:
            env = {**os.environ, **values}
            if processes.feed(argv, values["ADMIN_PASSWORD"] + "\n", log, env, stdout=output, cwd=root) != 0:
                raise Failure("gatehouse could not mint a token.", "", log)
        return printed.read_text(encoding="utf-8").strip()
    finally:
        printed.unlink(missing_ok=True)


def load(url: str, token: str, seconds: float) -> tuple[list[float], float]:
    """Sends requests for that long. Returns the seconds of each request, and those of all together."""
    taken: list[float] = []
    failures: list[str] = []
    start = time.monotonic()
    workers = [
        threading.Thread(target=_ask, args=(url, token, start + seconds, taken, failures), daemon=True)
        for _ in range(CONNECTIONS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise Failure(f"{url} answered {failures[0]}.")
    return taken, time.monotonic() - start


def _ask(url: str, token: str, until: float, taken: list[float], failures: list[str]) -> None:
    address = urlsplit(url)
    headers = {"Authorization": f"Bearer {token}"}
    with contextlib.closing(HTTPConnection(address.hostname or "", address.port, timeout=30)) as connection:
        while time.monotonic() < until and not failures:
            start = time.monotonic()
            try:
                connection.request("GET", address.path, headers=headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException) as error:
                failures.append(str(error) or type(error).__name__)
                return
            if answer.status != 200:
                failures.append(str(answer.status))
                return
            taken.append(time.monotonic() - start)


def render(taken: list[float], seconds: float) -> str:
    percentiles = quantiles(taken, n=100)
    return (
        f"{len(taken) / seconds:.0f} requests a second over {CONNECTIONS} connections; "
        f"p50 {percentiles[49] * 1e3:.1f} ms, p99 {percentiles[98] * 1e3:.1f} ms\n"
    )

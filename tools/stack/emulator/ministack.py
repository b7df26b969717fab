"""The AWS on this machine: one MiniStack process on the loopback interface, with a fresh state.

It must not know our template. Its environment is written from nothing, so that no AWS profile, credential or
MiniStack setting of the user reaches it or the functions that it runs.
"""

import http.client
import os
import re
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from stack.root import program
from stack.run.failure import Failure
from stack.run.processes import Processes, has_ended

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
READY_SECONDS = 60
# MiniStack takes these as they are; they open nothing anywhere else.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def any_free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def endpoint(port: int) -> str:
    return f"http://{HOST}:{port}"


def environment(port: int, region: str, folder: Path) -> dict[str, str]:
    """All that MiniStack, and through it every function, gets to see."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        # Without it MiniStack takes any signature, confirmation code or secret hash.
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": region,
        "STATE_DIR": str(folder / "state"),
        "PERSIST_STATE": "0",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Functions are told where AWS is through this.
        "AWS_ENDPOINT_URL": endpoint(port),
        "AWS_DEFAULT_REGION": region,
        **CREDENTIALS,
    }


def start(
    python: Path, port: int, region: str, folder: Path, log: Path, processes: Processes
) -> subprocess.Popen[bytes]:
    """Starts MiniStack; `await_ready` says when it can be used."""
    argv = [str(python), *program("emulator.emulator_host")]
    return processes.start(argv, log, environment(port, region, folder), stdin=subprocess.PIPE, cwd=folder)


def await_ready(child: subprocess.Popen[bytes], port: int, log: Path, processes: Processes) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(port):
        if has_ended(child):
            raise Failure("MiniStack ended while it started.", "", log)
        if time.monotonic() > deadline:
            raise Failure(f"MiniStack did not answer on port {port} within {READY_SECONDS} seconds.", "", log)
        processes.pause()


def _answers(port: int) -> bool:
    # http.client and not urllib: a proxy in the environment is none of our business here.
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def client_environment(port: int, region: str, base: Mapping[str, str]) -> dict[str, str]:
    """`base` for an AWS client that must reach this MiniStack and nothing else."""
    direct = ",".join(part for part in (base.get("NO_PROXY") or base.get("no_proxy"), HOST, "localhost") if part)
    return {
        **base,
        "AWS_ENDPOINT_URL": endpoint(port),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        # A proxy of the user cannot reach this machine's loopback interface.
        "NO_PROXY": direct,
        "no_proxy": direct,
        **CREDENTIALS,
    }


def api_url(output: str, port: int) -> str:
    """Where MiniStack serves the API whose AWS address is `output` (https://ID.execute-api.REGION.../STAGE)."""
    found = re.fullmatch(r"https://([a-z0-9]+)\.execute-api\.[^/]+/([^/]+)/?", output)
    if found is None:
        raise Failure(f"the stack's output ApiUrl is not the address of a REST API: {output}")
    return f"{endpoint(port)}/restapis/{found.group(1)}/{found.group(2)}/_user_request_"

"""Starts MiniStack, the emulated AWS, as one process on the loopback interface and without earlier state.

This file must not know our template. MiniStack gets a new environment, so that no AWS profile, credential or MiniStack
setting of the user reaches it or the functions that it runs.
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
# MiniStack accepts these credentials; they are not valid anywhere else.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def is_free(port: int) -> bool:
    """Whether a server can listen on this port of the loopback interface now."""
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
    """The environment of MiniStack and of the functions that it runs."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        # Without AUTH, MiniStack accepts any signature, confirmation code or secret hash.
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": region,
        "STATE_DIR": str(folder / "state"),
        "PERSIST_STATE": "0",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # The functions inherit this and so call MiniStack.
        "AWS_ENDPOINT_URL": endpoint(port),
        "AWS_DEFAULT_REGION": region,
        **CREDENTIALS,
    }


def start(
    python: Path, port: int, region: str, folder: Path, log: Path, processes: Processes
) -> subprocess.Popen[bytes]:
    """Starts MiniStack without waiting; `await_ready` waits until it is ready."""
    argv = [str(python), *program("emulator.emulator_host")]
    return processes.start(argv, log, environment(port, region, folder), stdin=subprocess.PIPE, cwd=folder)


def await_ready(child: subprocess.Popen[bytes], port: int, log: Path, processes: Processes) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(port):
        if has_ended(child):
            raise Failure("MiniStack ended during its start.", "The lines above say why.", log)
        if time.monotonic() > deadline:
            message = f"MiniStack did not answer on port {port} within {READY_SECONDS} seconds."
            raise Failure(message, "The lines above may say why.", log)
        processes.pause()


def _answers(port: int) -> bool:
    # http.client and not urllib, because urllib would use a proxy from the environment.
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def client_environment(port: int, region: str, base: Mapping[str, str]) -> dict[str, str]:
    """Adds to `base` the variables with which an AWS client calls only this MiniStack."""
    direct = ",".join(part for part in (base.get("NO_PROXY") or base.get("no_proxy"), HOST, "localhost") if part)
    return {
        **base,
        "AWS_ENDPOINT_URL": endpoint(port),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        # A proxy cannot reach this machine's loopback interface.
        "NO_PROXY": direct,
        "no_proxy": direct,
        **CREDENTIALS,
    }


def api_url(output: str, port: int) -> str:
    """MiniStack's URL of the API whose AWS URL is `output` (https://ID.execute-api.REGION.../STAGE)."""
    found = re.fullmatch(r"https://([a-z0-9]+)\.execute-api\.[^/]+/([^/]+)/?", output)
    if found is None:
        raise Failure(f"the stack's output ApiUrl is not the URL of a REST API: {output}")
    return f"{endpoint(port)}/restapis/{found.group(1)}/{found.group(2)}/_user_request_"

"""The app client's secret for the smoke test of a deploy, from where it is in use: the auth function.

Cognito shows the secret that a client was made with, and none after that one was removed (`gatehouse client`). So
whoever signs a user in beside the API has to be told the one in use. It is handed over as a file of this user alone,
which is gone again afterwards; it must not come into an argument, an environment or a log.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stack.build.deployment import Place
from stack.run.processes import Processes
from stack.run.state import write_private

# Prints the secret of the stack that the argument names; nothing where it has none.
ASK = """
import boto3, sys
made = boto3.client("cloudformation").describe_stack_resource(StackName=sys.argv[1], LogicalResourceId="AuthFunction")
name = made["StackResourceDetail"]["PhysicalResourceId"]
live = boto3.client("lambda").get_function_configuration(FunctionName=name, Qualifier="live")
print(live["Environment"]["Variables"].get("USER_POOL_CLIENT_SECRET", ""))
"""
# What gatehouse reads the file's name from.
VARIABLE = "USER_POOL_CLIENT_SECRET_FILE"


@contextlib.contextmanager
def at_hand(place: Place, config: Mapping[str, Any], tools: Path, processes: Processes) -> Iterator[dict[str, str]]:
    """The environment that leads gatehouse to the secret; empty where there is none, or nobody may read it. Then
    gatehouse goes by what Cognito shows, and says what is missing."""
    pool = config.get("userPool", {})
    if VARIABLE in place.env or not (pool.get("clientSecret") or pool.get("id")):
        yield {}
        return
    code, answer = processes.ask(
        [str(tools / "python"), "-c", ASK, place.stack_name], "", place.logs / "client-secret.log", place.env
    )
    secret = answer.strip() if code == 0 else ""
    if not secret:
        yield {}
        return
    file = place.logs.parent / "client-secret"
    try:
        write_private(file, secret)
        yield {VARIABLE: str(file)}
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(file)

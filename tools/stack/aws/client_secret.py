"""Gets the app client's secret for the smoke test of a deploy from the auth function, which uses it.

Cognito returns only the secret that a client was created with, and none after that one was removed (`gatehouse
client`). A sign-in that does not go through the API therefore needs the secret in use. gatehouse reads it from a file
that only this user can read and that is deleted afterwards. The secret must not get into an argument, an environment
variable or a log.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stack.build.deployment import Place
from stack.run.processes import Processes
from stack.run.state import write_private

# Prints the client secret of the stack that the argument names, or an empty line if it has none.
ASK = """
import boto3, sys
made = boto3.client("cloudformation").describe_stack_resource(StackName=sys.argv[1], LogicalResourceId="AuthFunction")
name = made["StackResourceDetail"]["PhysicalResourceId"]
live = boto3.client("lambda").get_function_configuration(FunctionName=name, Qualifier="live")
print(live["Environment"]["Variables"].get("USER_POOL_CLIENT_SECRET", ""))
"""
# gatehouse reads the file's name from this variable.
VARIABLE = "USER_POOL_CLIENT_SECRET_FILE"


@contextlib.contextmanager
def in_a_file(place: Place, config: Mapping[str, Any], tools: Path, processes: Processes) -> Iterator[dict[str, str]]:
    """The environment variables with which gatehouse finds the secret. They are empty if there is no secret or it may
    not be read. gatehouse then uses the secret that Cognito returns, and reports a missing one."""
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

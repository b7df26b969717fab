"""The API key that a stack with a usage plan (operations.usagePlan) asks for with every request.

The value goes from AWS to the caller through a pipe. It must not get into a file, an argument or an error.
"""

from collections.abc import Mapping
from pathlib import Path

from stack.run.failure import Failure
from stack.run.processes import Processes

# Prints the value of the key with the id that is the first argument; without one, of the stack's that is the second.
ASK = """
import boto3, sys
key, stack = sys.argv[1:]
if not key:
    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    key = {output["OutputKey"]: output["OutputValue"] for output in found}["ApiKeyId"]
print(boto3.client("apigateway").get_api_key(apiKey=key, includeValue=True)["value"])
"""


def value(
    key_id: str, stack: str, python: Path, env: Mapping[str, str], logs: Path, processes: Processes
) -> str:
    """The key's value, asked of AWS by its id, or by the stack whose output ApiKeyId it is."""
    log = logs / "api-key.log"
    code, answer = processes.ask([str(python), "-c", ASK, key_id, stack], "", log, env)
    if code != 0 or not answer.strip():
        raise Failure(
            "the API key could not be had, without which the API refuses everybody (operations.usagePlan).",
            "Set API_KEY to it, or check the stack's name, the region, and the right to apigateway:GET on /apikeys.",
            log,
        )
    return answer.strip()

"""Gets the API key that a stack with a usage plan (operations.usagePlan) requires with every request.

The key goes from AWS to the caller through a pipe. It must not get into a file, an argument or an error message.
"""

from collections.abc import Mapping
from pathlib import Path

from stack.run.failure import Failure
from stack.run.processes import Processes

# Prints the value of the API key whose id is the first argument. If that is empty, prints the key of the stack whose
# name is the second argument.
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
    """The key's value, looked up by its id, or by the output ApiKeyId of the stack."""
    log = logs / "api-key.log"
    code, answer = processes.ask([str(python), "-c", ASK, key_id, stack], "", log, env)
    if code != 0 or not answer.strip():
        raise Failure(
            "AWS did not return the API key, and without it the API refuses every request (operations.usagePlan).",
            "Set API_KEY to the key, or check the stack's name, the region and the right apigateway:GET on /apikeys.",
            log,
        )
    return answer.strip()

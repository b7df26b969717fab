"""The environment variables of a stack's functions, as they were deployed: `python tools local.function_variables
STACK` prints them as JSON, by the functions' names in the template.

Runs by itself, with the tools' Python. The endpoint, region and credentials come from the environment. There are
secrets among the values: what it prints goes to a pipe, and not to a log.
"""

import json
import sys
from typing import Any

import boto3

from stack.aws.account import functions, resources_of


def main(argv: list[str]) -> None:
    [stack] = argv
    client = boto3.client("lambda")
    found = functions(resources_of(boto3.client("cloudformation"), stack))
    print(json.dumps({name: variables(client, physical) for name, physical in found.items()}))


def variables(client: Any, function: str) -> Any:
    return client.get_function_configuration(FunctionName=function).get("Environment", {}).get("Variables", {})


if __name__ == "__main__":
    main(sys.argv[1:])

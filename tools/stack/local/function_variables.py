"""Reads the environment variables of a stack's deployed functions.

`python tools local.function_variables STACK` prints them as JSON by the functions' logical ids. It is a program of its
own because it needs boto3, which only the Python environment of the tools has. Endpoint, region and credentials come
from the environment. The values include secrets, so the output goes to a pipe and must not go to a log.
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

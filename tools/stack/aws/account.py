"""The calls that scripts/deploy makes to AWS itself: all reads, and the two changes made without CloudFormation or sam.

This is a program of its own because it needs boto3, which only the Python environment of the tools has. Each command
prints one JSON document. Endpoint, region and credentials come from the environment. The decisions are made by the
caller. This program must not delete a stack that ever ran.

| command | rights |
|---|---|
| `stack NAME` | cloudformation:DescribeStacks, cloudformation:ListStackResources, lambda:GetAlias |
| `log-role` | apigateway:GET on /account, iam:GetRole on the role that is named there |
| `remove ID` | cloudformation:DescribeStacks, cloudformation:DeleteStack, and deleting the stack's remaining resources
|
| `kept NAME` | cloudformation:GetTemplate |
| `back NAME` | the rights of `stack`, and lambda:ListVersionsByFunction, lambda:UpdateAlias |
| `mail REGION IDENTITY SET` | ses:GetAccount, ses:GetEmailIdentity, ses:GetConfigurationSet |
| `sms REGION` | sns:GetSMSSandboxAccountStatus, sns:GetSMSAttributes, sms-voice:DescribePhoneNumbers, -SenderIds |
| `pool REGION ID` | cognito-idp:DescribeUserPool, cognito-idp:DescribeUserPoolDomain |

The last three commands work without any of their rights: senders.py.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.exceptions

from stack.aws import rollback_choice
from stack.pool import senders

ALIAS = "live"
# This many characters are enough to tell one revision from another (revisions.py).
SHORT = 8
# ListStackResources also lists resources that the stack has deleted or released.
GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
# RetainExceptOnCreate deletes the resource only if the creation of the stack failed.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
KEEPS = ("Retain", "RetainExceptOnCreate")


def main(argv: list[str]) -> None:
    command, *arguments = argv
    commands: dict[str, Callable[..., object]] = {
        "stack": stack,
        "log-role": log_role,
        "remove": remove,
        "kept": kept,
        "back": back,
    }
    commands |= {"mail": senders.mail, "sms": senders.sms, "pool": senders.pool}
    print(json.dumps(commands[command](*arguments)))


def stack(name: str) -> dict[str, Any] | None:
    """The stack, its resources, and the version that each function's alias points to; null if there is no stack."""
    cloudformation = boto3.client("cloudformation")
    found = described(cloudformation, name)
    if found is None:
        return None
    resources = resources_of(cloudformation, found["StackId"])
    return {
        "id": found["StackId"],
        "status": found["StackStatus"],
        "parameters": {entry["ParameterKey"]: entry["ParameterValue"] for entry in found.get("Parameters", [])},
        "outputs": {entry["OutputKey"]: entry["OutputValue"] for entry in found.get("Outputs", [])},
        "resources": resources,
        "aliases": {name: alias_version(physical) for name, physical in functions(resources).items()},
    }


def described(cloudformation: Any, name: str) -> Any:
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except botocore.exceptions.ClientError as error:
        # CloudFormation has no error code for a missing stack. sam compares the same text
        # (samcli/lib/deploy/deployer.py).
        if code(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return found


def resources_of(cloudformation: Any, stack_id: str) -> dict[str, list[str]]:
    """Logical id to type and physical id."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    return {
        entry["LogicalResourceId"]: [entry["ResourceType"], entry.get("PhysicalResourceId", "")]
        for page in pages
        for entry in page["StackResourceSummaries"]
        if entry["ResourceStatus"] not in GONE
    }


def functions(resources: Mapping[str, list[str]]) -> dict[str, str]:
    return {
        name: physical for name, (kind, physical) in resources.items() if kind == "AWS::Lambda::Function" and physical
    }


def alias_version(function: str) -> Any:
    """The version that the alias points to; null if the function has no alias (yet)."""
    try:
        return boto3.client("lambda").get_alias(FunctionName=function, Name=ALIAS)["FunctionVersion"]
    except botocore.exceptions.ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return None


def log_role() -> dict[str, Any]:
    """The role with which API Gateway writes logs in this account and region, and whether the role exists. `there` is
    null if the credentials have no right to look the role up."""
    role = boto3.client("apigateway").get_account().get("cloudwatchRoleArn")
    if not role:
        return {"role": None, "there": False}
    try:
        boto3.client("iam").get_role(RoleName=role.rpartition("/")[2])
    except botocore.exceptions.ClientError as error:
        if code(error) == "NoSuchEntity":
            return {"role": role, "there": False}
        if code(error) in ("AccessDenied", "AccessDeniedException"):
            return {"role": role, "there": None}
        raise
    return {"role": role, "there": True}


def remove(stack_id: str) -> None:
    """Deletes the stack of a first deploy that failed, and waits until it is deleted."""
    cloudformation = boto3.client("cloudformation")
    [found] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    if found["StackStatus"] != "ROLLBACK_COMPLETE":
        raise SystemExit(f"The stack's status has changed to {found['StackStatus']}, so it was not deleted.")
    cloudformation.delete_stack(StackName=stack_id)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_id)


def kept(name: str) -> list[str]:
    """The resources that stay when the stack is deleted, by the template that it was deployed with. SAM retains a
    function's versions, but Lambda deletes them together with the function:
    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html"""
    # The stage "Processed" is JSON, which boto3 parses. The stage "Original" has the author's format.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
    body = boto3.client("cloudformation").get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    if isinstance(body, str):
        raise SystemExit("CloudFormation returned a template of the stack that is not JSON.")
    return sorted(
        logical
        for logical, resource in body["Resources"].items()
        if resource.get("DeletionPolicy") in KEEPS and resource["Type"] != "AWS::Lambda::Version"
    )


def back(name: str) -> dict[str, Any]:
    """Moves the aliases of all functions to one earlier revision; one row for each function. Moves nothing while
    CloudFormation changes the stack. Moves nothing either if a function cannot be read: the others could go to a
    revision that this function does not have."""
    cloudformation = boto3.client("cloudformation")
    found = described(cloudformation, name)
    if found is None or found["StackStatus"].endswith("_IN_PROGRESS"):
        return {"status": found and found["StackStatus"], "rows": []}
    named = functions(resources_of(cloudformation, found["StackId"]))
    read = {logical: standing(function) for logical, function in named.items()}
    choice = None
    if not any(state.get("unknown") for state in read.values()):
        histories = {logical: state["history"] for logical, state in read.items() if "history" in state}
        choice = rollback_choice.choose(histories)
    rows = [moved(logical, named[logical], state, choice) for logical, state in read.items()]
    return {"status": found["StackStatus"], "rows": rows}


def standing(function: str) -> dict[str, Any]:
    """The version that a function's alias points to, and all its versions; or the error that hides them. `unknown`
    means that the function serves requests, so it must be considered."""
    client = boto3.client("lambda")
    try:
        alias = client.get_alias(FunctionName=function, Name=ALIAS)
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        published = {
            int(found["Version"]): found for page in pages for found in page["Versions"] if found["Version"].isdigit()
        }
    except botocore.exceptions.ClientError as error:
        # Nothing calls a function except through its alias, so a function without an alias does not block the others.
        return {"error": str(error), "unknown": code(error) != "ResourceNotFoundException"}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    targets = [int(version) for version in (alias["FunctionVersion"], *weights) if version.isdigit()]
    if not targets:
        return {"error": f"its alias points to {alias['FunctionVersion']}, which is not a version", "unknown": True}
    if any((found.get("Environment") or {}).get("Error") for found in published.values()):
        return {
            "error": "Lambda does not return the environment of its versions, so their revisions are unknown",
            "unknown": True,
        }
    return {
        "history": rollback_choice.History(
            max(targets), {number: revision(found) for number, found in published.items()}
        ),
        "made": {number: found.get("LastModified", "") for number, found in published.items()},
        "from": alias["FunctionVersion"],
        "shifting": bool(weights),
    }


def revision(version: Mapping[str, Any]) -> Any:
    """The version's REVISION. Nothing else of its environment is read, because that also holds a secret.
    ListVersionsByFunction returns each version's own environment:
    https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html"""
    return ((version.get("Environment") or {}).get("Variables") or {}).get("REVISION", "")


def moved(
    logical: str, function: str, state: Mapping[str, Any], choice: rollback_choice.Choice | None
) -> dict[str, Any]:
    """One function's row: from, to, the revision and when that version was made; or why the alias was not moved."""
    if "error" in state:
        return {"function": logical, "error": state["error"]}
    row = {"function": logical, "from": state["from"]}
    if choice is None:
        return {**row, "left": "none for all" if state["history"].has_earlier() else "first"}
    if logical not in choice.versions:
        return {**row, "left": "first"}
    wanted = choice.versions[logical]
    if str(wanted) == state["from"] and not state["shifting"]:
        return {**row, "left": "there"}
    try:
        boto3.client("lambda").update_alias(
            FunctionName=function,
            Name=ALIAS,
            FunctionVersion=str(wanted),
            RoutingConfig={"AdditionalVersionWeights": {}},
        )
    except botocore.exceptions.ClientError as error:
        return {"function": logical, "error": str(error)}
    return {**row, "to": str(wanted), "made": state["made"][wanted], "revision": choice.revision[:SHORT]}


def code(error: Any) -> Any:
    return error.response["Error"]["Code"]


if __name__ == "__main__":
    main(sys.argv[1:])

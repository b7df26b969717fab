"""What scripts/deploy asks AWS, and the two things that it changes there without CloudFormation or sam.

Runs by itself, with the tools' Python: boto3 is there and not where the scripts run. Each command prints one JSON
document. The endpoint, region and credentials come from the environment. It decides as little as it can, and must not
delete a stack that ever ran.

| command | rights |
|---|---|
| `stack NAME` | cloudformation:DescribeStacks, cloudformation:ListStackResources, lambda:GetAlias |
| `log-role` | apigateway:GET on /account, iam:GetRole on the role that is named there |
| `remove ID` | cloudformation:DescribeStacks, cloudformation:DeleteStack, and to delete what is left of the stack |
| `kept NAME` | cloudformation:GetTemplate |
| `back NAME` | those of `stack`, and lambda:ListVersionsByFunction, lambda:UpdateAlias |
| `mail REGION IDENTITY SET` | ses:GetAccount, ses:GetEmailIdentity, ses:GetConfigurationSet |
| `sms REGION` | sns:GetSMSSandboxAccountStatus, sns:GetSMSAttributes, sms-voice:DescribePhoneNumbers, -SenderIds |
| `pool REGION ID` | cognito-idp:DescribeUserPool, cognito-idp:DescribeUserPoolDomain |

Of the last three each right may be missing: senders.py.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.exceptions

from stack.aws import earlier
from stack.pool import senders

ALIAS = "live"
# Of a revision: what tells it from others (revisions.py).
SHORT = 8
# What the stack has given up is listed among its resources all the same.
GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
# The second one deletes only what a creation that failed had made.
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
    """The stack, what it is made of, and where its functions' aliases point; null when there is none."""
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
        # There is no error code for it. sam goes by the same words (samcli/lib/deploy/deployer.py).
        if code(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return found


def resources_of(cloudformation: Any, stack_id: str) -> dict[str, list[str]]:
    """Id in the template to type and id in AWS."""
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
    """The version that the alias points to; null where there is no alias (yet)."""
    try:
        return boto3.client("lambda").get_alias(FunctionName=function, Name=ALIAS)["FunctionVersion"]
    except botocore.exceptions.ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return None


def log_role() -> dict[str, Any]:
    """The role with which API Gateway writes logs in this account and region, and whether it is (still) there; null for
    the latter when we may not look."""
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
    """Deletes what a first deploy left behind that did not come to its end, and waits until it is gone."""
    cloudformation = boto3.client("cloudformation")
    [found] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    if found["StackStatus"] != "ROLLBACK_COMPLETE":
        raise SystemExit(f"The stack is {found['StackStatus']} by now. It was left alone.")
    cloudformation.delete_stack(StackName=stack_id)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_id)


def kept(name: str) -> list[str]:
    """What the stack would leave behind, by the template that it was deployed with. SAM lets a function's versions
    stay, but they go with the function: https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html"""
    # Processed, as the other stage is as somebody wrote it: this one is JSON, which boto3 reads.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
    body = boto3.client("cloudformation").get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    if isinstance(body, str):
        raise SystemExit("CloudFormation's template of the stack is no JSON.")
    return sorted(
        logical
        for logical, resource in body["Resources"].items()
        if resource.get("DeletionPolicy") in KEEPS and resource["Type"] != "AWS::Lambda::Version"
    )


def back(name: str) -> dict[str, Any]:
    """Moves the aliases of all functions to one earlier revision, one row each. Nothing while a change is under way,
    and nothing when a function cannot be read, as the others must not go where it was not looked for."""
    cloudformation = boto3.client("cloudformation")
    found = described(cloudformation, name)
    if found is None or found["StackStatus"].endswith("_IN_PROGRESS"):
        return {"status": found and found["StackStatus"], "rows": []}
    named = functions(resources_of(cloudformation, found["StackId"]))
    read = {logical: standing(function) for logical, function in named.items()}
    choice = None
    if not any(state.get("unknown") for state in read.values()):
        choice = earlier.choose({logical: state["history"] for logical, state in read.items() if "history" in state})
    rows = [moved(logical, named[logical], state, choice) for logical, state in read.items()]
    return {"status": found["StackStatus"], "rows": rows}


def standing(function: str) -> dict[str, Any]:
    """Where a function's alias is, and its versions; or why that cannot be told. `unknown`: of one that serves."""
    client = boto3.client("lambda")
    try:
        alias = client.get_alias(FunctionName=function, Name=ALIAS)
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        published = {
            int(found["Version"]): found for page in pages for found in page["Versions"] if found["Version"].isdigit()
        }
    except botocore.exceptions.ClientError as error:
        # Nothing calls a function past its alias, so one without keeps no other from going back.
        return {"error": str(error), "unknown": code(error) != "ResourceNotFoundException"}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    led = [int(version) for version in (alias["FunctionVersion"], *weights) if version.isdigit()]
    if not led:
        return {"error": f"its alias leads to {alias['FunctionVersion']}, which is no version", "unknown": True}
    if any((found.get("Environment") or {}).get("Error") for found in published.values()):
        return {
            "error": "Lambda does not tell the environment of its versions, and so not their revisions",
            "unknown": True,
        }
    return {
        "history": earlier.History(max(led), {number: revision(found) for number, found in published.items()}),
        "made": {number: found.get("LastModified", "") for number, found in published.items()},
        "from": alias["FunctionVersion"],
        "shifting": bool(weights),
    }


def revision(version: Mapping[str, Any]) -> Any:
    """The one word of the version's environment that may be looked at: there is a secret in it, too.
    ListVersionsByFunction tells each version's own:
    https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html"""
    return ((version.get("Environment") or {}).get("Variables") or {}).get("REVISION", "")


def moved(
    logical: str, function: str, state: Mapping[str, Any], choice: earlier.Choice | None
) -> dict[str, Any]:
    """One function's row: from, to, the revision and when that version was made; or the reason why not."""
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

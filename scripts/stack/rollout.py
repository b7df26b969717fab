"""scripts/deploy: from config.json and a stage's overlay to a running stack that was asked whether it works.

The steps are those of deploy.py, which scripts/local takes too. Where AWS is comes from the environment: with
AWS_ENDPOINT_URL on this machine, the stack goes to the MiniStack there. It must not keep credentials.
"""

import signal

# Until main() takes over there is nothing to tidy up, so a Ctrl-C ends us at once and without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Mapping
from urllib.parse import urlsplit

import client_secret
import cloud
import glibc
import here
import smoke
import turn
from deploy import Deployment, Place, build_gatehouse, check_config, merge_config, parse_parameters
from environment import with_account, with_tools
from failure import Failure
from processes import Processes
from progress import Progress
from state import State, write_private
from tools import Tools

ROOT = Path(__file__).resolve().parents[2]
STACK_NAME = "gatehouse"
STAGE = re.compile(r"^[a-z][a-z0-9-]{0,31}$")
# Prints the API's id, if the stack that the argument names is there and has one.
ASK_FOR_API = """
import boto3, botocore.exceptions, sys
try:
    found = boto3.client("cloudformation").describe_stack_resource(StackName=sys.argv[1], LogicalResourceId="Api")
    print(found["StackResourceDetail"].get("PhysicalResourceId") or "")
except botocore.exceptions.ClientError as error:
    if error.response["Error"]["Code"] != "ValidationError":
        raise
"""
# Prints the role with which API Gateway writes logs in this account and region, if there is one.
ASK_FOR_LOG_ROLE = 'import boto3; print(boto3.client("apigateway").get_account().get("cloudwatchRoleArn") or "")'


def main(argv: list[str]) -> int:
    options = parse(argv)
    name = stack_name(options)
    progress = Progress()
    state = State(ROOT / ".local" / "deploy" / name)
    busy = Failure(f"{name} is being deployed from this folder already.", "Wait for it, or stop it with Ctrl-C.")
    stopped = "Stopped. What CloudFormation has begun goes on; look at it before the next deploy."

    def work(processes: Processes) -> int:
        return roll_out(options, name, state, processes, progress)

    return turn.take(state, busy, progress, work, stopped=stopped)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/deploy", description="Brings the stack to AWS.")
    add_stack_options(parser)
    parser.add_argument("--guided", action="store_true", help="let sam ask for each parameter")
    parser.add_argument("--parameters", type=Path, metavar="FILE",
                        help='further parameters of template.yaml, as lines Name: "value"')
    parser.add_argument("--no-smoke", action="store_true", help="do not ask the deployed API whether it works")
    return parser.parse_args(argv)


def add_stack_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", type=stage, metavar="S", help="merge config.S.json over config.json; stack gatehouse-S")
    parser.add_argument("--region", metavar="R", help="another AWS region than config.json's")
    parser.add_argument("--profile", metavar="P", help="the AWS profile (AWS_PROFILE)")
    parser.add_argument("--stack", metavar="NAME", help="another name for the stack")


def stage(text: str) -> str:
    if not STAGE.match(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no stage: lower-case letters, digits and hyphens")
    return text


def stack_name(options: argparse.Namespace) -> str:
    return options.stack or (f"{STACK_NAME}-{options.stage}" if options.stage else STACK_NAME)


def roll_out(
    options: argparse.Namespace, name: str, state: State, processes: Processes, progress: Progress
) -> int:
    overlays = find_overlays(options, state)
    gatehouse = build_gatehouse(ROOT, state.logs, os.environ, processes, progress)
    with progress.step("Check config.json"):
        check_config(gatehouse, ROOT, state.logs, os.environ, processes, overlays)
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)

    env = {**with_tools(with_account(os.environ, "", options.profile), tools, state.sam), "TMPDIR": str(state.cloud)}
    port = here.port_of(os.environ)
    if port is not None:
        env |= here.BUILD
    place = Place(ROOT, state.build, state.parameters, state.logs, env, "", name, overlays)
    config, place = configured(gatehouse, place, state, processes)
    deployment = Deployment(place, processes, progress)
    deployment.validate()
    given = overrides(options, port, config, place, tools, processes, progress)
    deployment.build(given, gatehouse)
    if port is None:
        with progress.step("Check what the programs want of the system"):
            glibc.check(place.build)
    deployment.deploy_guided() if options.guided else deployment.deploy()
    outputs = deployment.outputs()
    if given.get("ApiId", api_id(outputs)) != api_id(outputs):
        name_itself(deployment, api_id(outputs), options.guided, progress)

    url = outputs["ApiUrl"] if port is None else cloud.api_url(outputs["ApiUrl"], port)
    for output, value in {**outputs, "ApiUrl": url}.items():
        print(f"{output:<18} {value}", flush=True)
    if options.no_smoke:
        return 0
    client = outputs["UserPoolClientId"].partition(",")[0]
    known = {"STACK_NAME": name, "USER_POOL_ID": outputs["UserPoolId"], "USER_POOL_CLIENT_ID": client}
    signs_in = config.get("userPool", {}).get("mfa") != "ON"
    with client_secret.at_hand(place, config, tools, processes) as secret:
        target = smoke.Target(url, gatehouse, {**place.env, **known, **secret}, state.logs)
        smoke.run(target, smoke.OPEN, smoke.CLOSED, processes, progress, signs_in=signs_in)
    progress.note(f"{name} is deployed, and its gate is in force.")
    return 0


def find_overlays(options: argparse.Namespace, state: State) -> tuple[Path, ...]:
    """The stage's file, and one for what the command line says."""
    overlays = []
    if options.stage:
        overlay = ROOT / f"config.{options.stage}.json"
        if not overlay.is_file():
            raise Failure(
                f"there is no {overlay.name}, so {options.stage} is no stage.",
                'Write it: what the stage has other than config.json. "{}" if there is nothing.',
            )
        overlays.append(overlay)
    if options.region:
        overlay = state.folder / "command-line.json"
        write_private(overlay, json.dumps({"region": options.region}))
        overlays.append(overlay)
    return tuple(overlays)


def configured(gatehouse: Path, place: Place, state: State, processes: Processes) -> tuple[dict, Place]:
    """The configuration, and the place with its region and with the file that is built into the functions."""
    file, env = ROOT / "config.json", dict(place.env)
    if place.overlays:
        file = state.folder / "config.json"
        merge_config(gatehouse, place, file, processes)
        env["GATEHOUSE_CONFIG"] = str(file)
    config = json.loads(file.read_text(encoding="utf-8"))
    region = config.get("region", "us-east-1")
    env |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    return config, replace(place, env=env, region=region)


def overrides(
    options: argparse.Namespace, port: int | None, config: dict, place: Place, tools: Path, processes: Processes,
    progress: Progress,
) -> dict[str, str]:
    """What the template gets beside config.json: from the command line, from the account, from this machine."""
    given = {}
    if options.parameters:
        try:
            given = parse_parameters(options.parameters.read_text(encoding="utf-8"), str(options.parameters))
        except OSError as error:
            raise Failure(f"cannot read {options.parameters}: {error.strerror}") from error
    if port is not None:
        return {**given, **here.parameters()}
    if names_itself(config) and "ApiId" not in given:
        with progress.step("Ask for the API that is there"):
            given["ApiId"] = known_api(place, tools, processes)
    if config.get("operations", {}).get("accessLogs", True) and "GatewayLogRole" not in given:
        with progress.step("Ask whether API Gateway may write logs in this account"):
            given["GatewayLogRole"] = "false" if has_log_role(place, tools, processes) else "true"
    return given


def names_itself(config: dict) -> bool:
    """Whether a part of the API holds its own address, which without a domain has the id in it that the API gets from
    API Gateway: CloudFormation has it only once the API is there."""
    api = config.get("api", {})
    return bool(api.get("resourceMetadata")) and not api.get("domain")


def known_api(place: Place, tools: Path, processes: Processes) -> str:
    """The id of the stack's API; empty before the first deploy."""
    log = place.logs / "api.log"
    code, answer = processes.ask(
        [str(tools / "python"), "-c", ASK_FOR_API, place.stack_name], "", log, place.env
    )
    if code != 0:
        raise Failure(
            "AWS did not answer for this stack.",
            "Check the credentials (--profile), the region, and the right to cloudformation:DescribeStackResource.", log,
        )
    return answer.strip()


def api_id(outputs: Mapping[str, str]) -> str:
    """The id of the API whose address is in the outputs (https://ID.execute-api.REGION.../STAGE)."""
    return (urlsplit(outputs["ApiUrl"]).hostname or "").partition(".")[0]


def name_itself(deployment: Deployment, api: str, guided: bool, progress: Progress) -> None:
    """Deploys once more with the id that the API got in the first deploy."""
    if guided:
        # The answers that sam was given are not ours to repeat.
        progress.note(f"note  The API is new, and its 401 does not name its metadata yet. Deploy again with ApiId={api}.")
        return
    progress.note("note  The API is new. It is deployed once more, so that its 401 can name its metadata.")
    deployment.deploy(ApiId=api)


def has_log_role(place: Place, tools: Path, processes: Processes) -> bool:
    log = place.logs / "log-role.log"
    code, answer = processes.ask([str(tools / "python"), "-c", ASK_FOR_LOG_ROLE], "", log, place.env)
    if code != 0:
        raise Failure(
            "AWS did not answer for this account.",
            "Check the credentials (--profile), the region, and the right to apigateway:GET on /account.", log,
        )
    return bool(answer.strip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

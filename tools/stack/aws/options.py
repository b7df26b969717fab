"""The command line of scripts/deploy, and what scripts/destroy has of it. It must not look at anything but arguments,
config.json and the stages' files."""

import argparse
import json
import re
from pathlib import Path

from stack.aws.consequences import FLAG
from stack.build import architecture
from stack.root import ROOT

STACK_NAME = "gatehouse"
STAGE = re.compile(r"^[a-z][a-z0-9-]{0,31}$")


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/deploy", description="Brings the stack to AWS.")
    add_stack_options(parser)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--guided", action="store_true", help="let sam ask for each parameter")
    way.add_argument("--build", type=Path, metavar="FILE",
                     help="build alone, and put all that a deploy needs into FILE (.tar.gz); asks AWS nothing")
    way.add_argument("--from", type=Path, metavar="FILE", dest="artifact", help="deploy what --build has put into FILE")
    way.add_argument("--back", action="store_true",
                     help="move the aliases of all functions to the revision before, at once, and do nothing else")
    way.add_argument("--install-tools", action="store_true",
                     help="install the tools that --from needs, and do nothing else")
    parser.add_argument("--now", action="store_true", help="past CodeDeploy, its shifting and its alarms")
    parser.add_argument(
        "--within", type=minutes, metavar="MINUTES", help="refuse a rollout that cannot finish in this time"
    )
    parser.add_argument(FLAG, action="store_true", dest="consents",
                        help="agree to what ends sessions or moves the API; it is said first")
    parser.add_argument("--parameters", type=Path, metavar="FILE",
                        help='further parameters of template.yaml, as lines Name: "value"')
    parser.add_argument("--architecture", choices=architecture.ALL,
                        help="the functions' processor; else the one that the stack has, and arm64 at first")
    parser.add_argument("--no-smoke", action="store_true", help="do not ask the deployed API whether it works")
    options = parser.parse_args(argv)
    if options.build and options.parameters:
        # They may be secret, and an artifact is passed around.
        parser.error("--parameters is for the deploy: give it together with --from")
    return options


def add_stack_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stage", type=stage, metavar="S", help="merge config.S.json over config.json; stack gatehouse-S"
    )
    parser.add_argument("--region", metavar="R", help="another AWS region than config.json's")
    parser.add_argument("--profile", metavar="P", help="the AWS profile (AWS_PROFILE)")
    parser.add_argument("--stack", metavar="NAME", help="another name for the stack")


def stage(text: str) -> str:
    if not STAGE.match(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no stage: lower-case letters, digits and hyphens")
    return text


def minutes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes")
    return int(text)


def stack_name(options: argparse.Namespace) -> str:
    return options.stack or (f"{STACK_NAME}-{options.stage}" if options.stage else STACK_NAME)


def region_of(options: argparse.Namespace) -> str:
    """Where the deploy of these options goes, read without gatehouse."""
    region = "us-east-1"
    for file in ("config.json", f"config.{options.stage}.json" if options.stage else ""):
        if file and (ROOT / file).is_file():
            region = json.loads((ROOT / file).read_text(encoding="utf-8")).get("region") or region
    return options.region or region

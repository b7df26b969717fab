"""The command line of scripts/deploy, and the part of it that scripts/destroy shares. It must read only the arguments,
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
    parser = argparse.ArgumentParser(prog="scripts/deploy", description="Builds the stack and deploys it to AWS.")
    add_stack_options(parser)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--guided", action="store_true", help="let sam ask for each parameter")
    mode.add_argument("--build", type=Path, metavar="FILE",
                      help="only build, and write all that a deploy needs into FILE (.tar.gz), without calls to AWS")
    mode.add_argument("--from", type=Path, metavar="FILE", dest="artifact", help="deploy the FILE of --build")
    mode.add_argument("--back", action="store_true",
                      help="move the aliases of all functions to the previous revision at once, and do nothing else")
    mode.add_argument("--install-tools", action="store_true",
                      help="install the tools that --from needs, and do nothing else")
    parser.add_argument("--now", action="store_true",
                        help="deploy without CodeDeploy, so without traffic shifting and its alarms")
    parser.add_argument(
        "--within", type=minutes, metavar="MINUTES", help="refuse a rollout that cannot finish in this time"
    )
    parser.add_argument(FLAG, action="store_true", dest="consents",
                        help="agree to the printed consequences that end sessions or change the API's address")
    parser.add_argument("--parameters", type=Path, metavar="FILE",
                        help='a file with more parameters of template.yaml, as lines Name: "value"')
    parser.add_argument("--architecture", choices=architecture.ALL,
                        help="the functions' processor (default: the stack's; arm64 for a new stack)")
    parser.add_argument("--no-smoke", action="store_true", help="do not run the smoke test after the deploy")
    options = parser.parse_args(argv)
    if options.build and options.parameters:
        # Parameters may be secret, and an artifact is copied between machines.
        parser.error("--build does not take --parameters: pass it together with --from")
    return options


def add_stack_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stage", type=stage, metavar="S", help="merge config.S.json over config.json; stack gatehouse-S"
    )
    parser.add_argument("--region", metavar="R", help="the AWS region (default: the one in config.json)")
    parser.add_argument("--profile", metavar="P", help="the AWS profile (AWS_PROFILE)")
    parser.add_argument("--stack", metavar="NAME", help="the stack's name (default: gatehouse, or gatehouse-S)")


def stage(text: str) -> str:
    if not STAGE.match(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a stage: use lower-case letters, digits and hyphens")
    return text


def minutes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes")
    return int(text)


def stack_name(options: argparse.Namespace) -> str:
    return options.stack or (f"{STACK_NAME}-{options.stage}" if options.stage else STACK_NAME)


def region_of(options: argparse.Namespace) -> str:
    """The region that these options select, read without gatehouse, which may not be built yet."""
    region = "us-east-1"
    for file in ("config.json", f"config.{options.stage}.json" if options.stage else ""):
        if file and (ROOT / file).is_file():
            region = json.loads((ROOT / file).read_text(encoding="utf-8")).get("region") or region
    return options.region or region

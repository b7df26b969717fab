"""scripts/deploy --back: moves the aliases of all functions to the previous revision at once.

It is for an incident, so it builds nothing and reads only names from CloudFormation. It must not change the stack's
resources; the next deploy detects that the aliases were moved.
"""

import argparse
import os

from stack.aws.account_client import Account
from stack.aws.options import region_of
from stack.build import local_overrides
from stack.root import ROOT
from stack.run.environment import with_account, with_tools
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import State
from stack.run.tools import Tools

# Why account.py did not move a function's alias.
LEFT = {
    "first": "it has no earlier version",
    "none for all": "the functions have no earlier revision in common",
    "there": "it already has that revision",
}


def move(options: argparse.Namespace, name: str, state: State, processes: Processes, progress: Progress) -> int:
    """Moves the aliases and returns the exit code: 1 if one of them could not be moved."""
    local_overrides.port_of(os.environ)  # refuses an endpoint that is neither AWS nor this machine
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)
    region = region_of(options)
    env = with_tools(with_account(os.environ, region, options.profile), tools, state.sam)
    with progress.step("Move the aliases back"):
        answer = Account(tools, state.logs, env, processes).back(name)
    require_still(answer["status"], name, region)
    for row in answer["rows"]:
        print(render(row), flush=True)
    moved = [row for row in answer["rows"] if "to" in row]
    if moved:
        progress.note(
            f"{name} runs earlier versions of {len(moved)} of {len(answer['rows'])} functions. The API, the IAM roles"
            " and the parameters are still those of the last deploy. Run the same command again to go back one more"
            " revision; if an alias could not be moved, that run first moves it to this revision. To go forward, run"
            " scripts/deploy: it gives every function a new version, even of an unchanged commit, and moves all aliases"
            " to it."
        )
    else:
        progress.note("No alias was moved.")
    return 1 if any("error" in row for row in answer["rows"]) else 0


def require_still(status: str | None, name: str, region: str) -> None:
    """Refuses a stack that does not exist, or that CloudFormation is changing."""
    if status is None:
        raise Failure(f"there is no stack {name} in {region}.", "Name it with --stage or --stack, and --region.")
    if status.endswith("_IN_PROGRESS"):
        raise Failure(
            f"{name} is {status}: CloudFormation is changing the stack and would move the aliases again.",
            "Wait until it has ended. If the status is UPDATE_IN_PROGRESS, you can cancel the update instead; that also"
            f" moves the aliases back:\n  aws cloudformation cancel-update-stack --stack-name {name} --region {region}",
        )


def render(row: dict[str, str]) -> str:
    function = f"{row['function']:<20}"
    if "error" in row:
        return f"{function} not moved: {row['error']}"
    if "to" not in row:
        return f"{function} left at version {row['from']}: {LEFT[row['left']]}"
    revision = f"revision {row['revision']}, " if row["revision"] else ""
    return f"{function} from version {row['from']} to {row['to']} ({revision}made {row['made']})"

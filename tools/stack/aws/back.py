"""scripts/deploy --back: the aliases of all functions to the revision before, at once.

For the bad night: it builds nothing and asks CloudFormation for nothing but the names. It must not touch what the stack
is made of; the next deploy sees that the aliases were moved.
"""

import argparse
import os

from stack.aws.asking import Account
from stack.aws.options import region_of
from stack.build import local_overrides
from stack.root import ROOT
from stack.run.environment import with_account, with_tools
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import State
from stack.run.tools import Tools

# Why a function was left where it is.
LEFT = {
    "first": "there is no earlier one",
    "none for all": "no earlier revision is there for every function",
    "there": "it is of that revision already",
}


def move(options: argparse.Namespace, name: str, state: State, processes: Processes, progress: Progress) -> int:
    """The exit code: 1 when a function could not be moved."""
    local_overrides.port_of(os.environ)  # refuses an endpoint that is neither AWS nor this machine
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)
    region = region_of(options)
    env = with_tools(with_account(os.environ, region, options.profile), tools, state.sam)
    with progress.step("Move the aliases back"):
        answer = Account(tools, state.logs, env, processes).back(name)
    require_still(answer["status"], name, region)
    for row in answer["rows"]:
        print(told(row), flush=True)
    moved = [row for row in answer["rows"] if "to" in row]
    if moved:
        progress.note(
            f"{name} runs earlier versions of {len(moved)} of {len(answer['rows'])} functions. API, rights and"
            " parameters are those of the last deploy. One revision further back: the same again; first it moves what"
            " could not be moved, to the same one. Forward: the next scripts/deploy gives every function a new version,"
            " even of an unchanged commit, and moves all aliases to it."
        )
    else:
        progress.note("Nothing was moved.")
    return 1 if any("error" in row for row in answer["rows"]) else 0


def require_still(status: str | None, name: str, region: str) -> None:
    """Refuses what is not there, and what something else is moving."""
    if status is None:
        raise Failure(f"there is no stack {name} in {region}.", "Name it with --stage or --stack, and its --region.")
    if status.endswith("_IN_PROGRESS"):
        raise Failure(
            f"{name} is {status}: a change is under way, which would go on moving the aliases.",
            "Take it back, which moves them back too; that is for UPDATE_IN_PROGRESS, and anything else ends by"
            f" itself:\n  aws cloudformation cancel-update-stack --stack-name {name} --region {region}",
        )


def told(row: dict[str, str]) -> str:
    function = f"{row['function']:<20}"
    if "error" in row:
        return f"{function} not moved: {row['error']}"
    if "to" not in row:
        return f"{function} left at version {row['from']}: {LEFT[row['left']]}"
    revision = f"revision {row['revision']}, " if row["revision"] else ""
    return f"{function} from version {row['from']} to {row['to']} ({revision}of {row['made']})"

"""scripts/destroy: deletes a deployed stack after the person has typed its name.

It first lists what is deleted and what stays. The resources that stay (by the DeletionPolicy of the deployed template)
hold users and data, which no deploy can restore. This program must never delete one of them, and must not promise that
they stay unless it has read the deployed template.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence

from stack.aws.account_client import Account
from stack.aws.options import add_stack_options, region_of, stack_name
from stack.build import local_overrides
from stack.root import ROOT
from stack.run import runner
from stack.run.environment import with_account, with_tools
from stack.run.failure import Failure
from stack.run.processes import Processes
from stack.run.progress import Progress
from stack.run.state import State
from stack.run.tools import Tools


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/destroy", description="Deletes a deployed stack.")
    add_stack_options(parser)
    parser.add_argument("--confirm", metavar="NAME", help="the stack's name, if nobody is there to type it")
    options = parser.parse_args(argv)
    name = stack_name(options)
    progress = Progress()
    # Its own folder, so that it does not change the build and configuration of a deploy.
    state = State(ROOT / ".local" / "destroy" / name)

    def work(processes: Processes) -> int:
        return take_down(options, name, state, processes, progress)

    return runner.run(state, Failure(f"{name} is already being deleted.", "Wait for it."), progress, work)


def take_down(
    options: argparse.Namespace, name: str, state: State, processes: Processes, progress: Progress
) -> int:
    tools = Tools(ROOT / ".venv").ensure("sam", processes, progress)
    region = region_of(options)
    local_overrides.port_of(os.environ)  # refuses an endpoint that is neither AWS nor this machine
    env = {
        **with_tools(with_account(os.environ, region, options.profile), tools, state.sam),
        "TMPDIR": str(state.cloud),
    }
    found = resources(name, region, env, state, processes, progress)
    kept = read_kept(Account(tools, state.logs, env, processes), name)
    print(summary(name, region, found, kept), flush=True)
    confirm(name, options.confirm)
    log = state.log("sam-delete")
    with progress.step("Delete the stack"):
        argv = ["sam", "delete", "--stack-name", name, "--region", region, "--no-prompts"]
        if processes.run(argv, log, env, cwd=ROOT) != 0:
            raise Failure("sam delete failed.", "The lines above say why.", log)
    progress.note(f"{name} is deleted." + (" What stays is listed above." if kept is not None else ""))
    return 0


def resources(
    name: str, region: str, env: Mapping[str, str], state: State, processes: Processes, progress: Progress
) -> dict[str, str]:
    """The stack's resources: logical id to physical id."""
    log = state.log("sam-list")
    argv = ["sam", "list", "resources", "--stack-name", name, "--region", region, "--output", "json"]
    answer = state.logs / "resources.json"
    with open(answer, "wb") as output, progress.step("Look at the stack"):
        code = processes.run([*argv], log, env, stdout=output, cwd=ROOT)
    if code != 0:
        raise Failure(f"there is no stack {name} in {region}, or it cannot be read.", "", log)
    rows = json.loads(answer.read_text(encoding="utf-8") or "[]")
    found = {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows if row["PhysicalResourceId"] != "-"}
    # If there is no stack, sam lists the resources of the template, which have no physical ids.
    if not found:
        raise Failure(f"there is no stack {name} in {region}.", "Name it with --stage or --stack, and --region.")
    return found


def read_kept(account: Account, name: str) -> set[str] | None:
    """The resources that stay, by the stack's own template; None if it cannot be read."""
    try:
        return account.kept(name)
    except Failure as failure:
        print(failure.render(), file=sys.stderr, flush=True)
        return None


def retained(template: str) -> set[str]:
    """The resources that the text of a template retains. The Python that runs the scripts has no YAML library."""
    kept, name = set(), ""
    for line in template[template.index("\nResources:\n") : template.index("\nOutputs:\n")].splitlines():
        if found := re.match(r"^  (\w+):$", line):
            name = found[1]
        elif re.match(r"^    DeletionPolicy: Retain", line):
            kept.add(name)
    return kept


# The resources with data, for which people want to know how deletion protection behaves.
PROTECTED = {"UserPool", "OrdersTable"}
AUDIT = "AuthorizerLogs"


def summary(name: str, region: str, found: Mapping[str, str], kept: set[str] | None) -> str:
    lines = [
        "",
        f"{name} in {region}: {len(found)} resources. This deletes the API, its functions, their logs, alarms and",
    ]
    lines += ["dashboard. Metrics stay for up to 15 months."]
    if AUDIT in found and kept is None:
        lines += [f"The audit log ({AUDIT}) may be deleted too: export it first if you need it."]
    elif AUDIT in found and AUDIT not in (kept or ()):
        lines += [f"The audit log ({AUDIT}) is deleted too: export it first if you need it."]
    if kept is None:
        return "\n".join([*lines, "", *by_the_local_template(found)])
    staying = sorted(kept & set(found))
    if not staying:
        return "\n".join([*lines, "", "Nothing stays.", ""])
    lines += ["", "These stay, still cost money, and can be used again by their ids:", "", *listed(staying, found)]
    if PROTECTED & set(staying):
        lines += ["", "Deletion protection does not stop this: the stack releases the resources, and they keep it."]
    return "\n".join([*lines, ""])


def by_the_local_template(found: Mapping[str, str]) -> list[str]:
    """The resources that would stay if the template of this checkout were the deployed one."""
    would = retained((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return [
        "The stack's own template cannot be read, so it is unknown what stays.",
        "By the template of this checkout, which may differ, these would stay:", "",
        *listed(sorted(would & set(found)), found), "",
        "Go on only if all of them may be lost.", "",
    ]


def listed(names: Sequence[str], found: Mapping[str, str]) -> list[str]:
    return [f"  {logical:<18} {found[logical]}" for logical in names]


def confirm(name: str, given: str | None) -> None:
    if given is None:
        if not sys.stdin.isatty():
            raise Failure("there is no terminal to confirm at.", f"Pass --confirm {name}.", code=2)
        given = input(f"Type the name of the stack to delete it ({name}): ").strip()
    if given != name:
        raise Failure(f"{given!r} is not {name}: nothing was deleted.", code=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Runs `gatehouse pool check` on an existing user pool before a deploy, and turns its result into findings.

A broken setting stops a deploy that would start to use the pool, because users could not sign in. If the stack already
uses this pool and client, the finding is only printed: this deploy may be the one that fixes it. This file must not
change the pool.
"""

from collections.abc import Mapping
from typing import Any

from stack.aws.account_client import Account
from stack.aws.deployed import Deployed
from stack.aws.release import Release
from stack.pool.findings import Finding, notes, require_none
from stack.pool.needs import Say, ask, runs_with
from stack.run.progress import Progress

POOL, CLIENT = "ExistingUserPoolId", "ExistingUserPoolClientId"
GUIDE = "docs/existing-pool.md"
RESETS = "The file for it has to hold all present settings: Cognito resets a setting that the call leaves out."


def look(
    wanted: Mapping[str, str], found: Deployed | None, what: Release, account: Account, progress: Progress, say: Say
) -> None:
    """Prints the findings, and refuses a deploy that a finding stops. A parameter that `wanted` does not name keeps its
    value."""
    parameters = {**(found.parameters if found else {}), **wanted}
    pool = parameters.get(POOL, "")
    if not pool:
        return
    clients = parameters.get(CLIENT, "")
    answer = ask(
        progress, say, "Check the user pool", lambda: account.existing_pool(what.gatehouse, what.file, pool, clients)
    )
    findings = judge(answer)
    before = runs_with(parameters, found, (POOL, CLIENT))
    say(notes(findings, before))
    if before:
        say(finding.note for finding in findings if finding.stops)
    require_none(findings, before)


def judge(answer: Mapping[str, Any]) -> list[Finding]:
    """The findings; none if the check gave no result."""
    checks = answer.get("checks", [])
    return [finding(answer["userPoolId"], check) for check in checks if check["verdict"] != "ok"]


def finding(pool: str, check: Mapping[str, Any]) -> Finding:
    text = f"{pool}, {check['name']}: {check['found']}. {check['follows']}"
    advice = " ".join([check["mend"], *([RESETS] if check["resetsWhatIsNotGiven"] else []), f"See {GUIDE}."])
    return Finding(text, advice, stops=check["verdict"] == "broken")

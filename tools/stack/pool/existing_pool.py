"""What `gatehouse pool check` finds in a user pool that the stack did not make, and what a deploy makes of it.

What is broken stops a deploy that would begin to use the pool: people could not sign in. Where the stack uses this pool
and client already it is told, and stops nothing: the deploy may be the one that mends it. It must not change anything.
"""

from collections.abc import Mapping
from typing import Any

from stack.aws.asking import Account
from stack.aws.deployed import Deployed
from stack.aws.release import Release
from stack.pool.found_out import Finding, notes, require_none
from stack.pool.needs import Say, ask, runs_with
from stack.run.progress import Progress

POOL, CLIENT = "ExistingUserPoolId", "ExistingUserPoolClientId"
GUIDE = "docs/existing-pool.md"
RESETS = "Its file has to hold all settings of now: what a call does not give is set back to its default."


def look(
    wanted: Mapping[str, str], found: Deployed | None, what: Release, account: Account, progress: Progress, say: Say
) -> None:
    """Says what was found out, and refuses what cannot come to a good end. A parameter that is not among the wanted
    ones keeps its value."""
    parameters = {**(found.parameters if found else {}), **wanted}
    pool = parameters.get(POOL, "")
    if not pool:
        return
    clients = parameters.get(CLIENT, "")
    answer = ask(
        progress, say, "Check the user pool", lambda: account.existing_pool(what.gatehouse, what.file, pool, clients)
    )
    found_out = judge(answer)
    before = runs_with(parameters, found, (POOL, CLIENT))
    say(notes(found_out, before))
    if before:
        say(finding.note for finding in found_out if finding.stops)
    require_none(found_out, before)


def judge(answer: Mapping[str, Any]) -> list[Finding]:
    """Nothing, where there is no answer."""
    checks = answer.get("checks", [])
    return [finding(answer["userPoolId"], check) for check in checks if check["verdict"] != "ok"]


def finding(pool: str, check: Mapping[str, Any]) -> Finding:
    text = f"{pool}, {check['name']}: {check['found']}. {check['follows']}"
    advice = " ".join([check["mend"], *([RESETS] if check["resetsWhatIsNotGiven"] else []), f"See {GUIDE}."])
    return Finding(text, advice, stops=check["verdict"] == "broken")

"""What the settings of the user pool need of the account: asked before anything is built or deployed, so that nobody
hears it of CloudFormation afterwards.

Which question there is depends on the parameters alone, and a pool that is not the stack's is nobody's business here.
What an answer means is in mail.py, sms.py and tier.py. It must not change anything.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stack.aws.asking import Account
from stack.aws.deployed import GOOD, Deployed
from stack.pool import mail, sms, tier
from stack.pool.found_out import Finding, notes, require_none
from stack.run.failure import Failure
from stack.run.progress import Progress

# Prints notes that were not printed before.
Say = Callable[[Iterable[str]], None]


def look(
    parameters: Mapping[str, str], found: Deployed | None, name: str, region: str, account: Account, progress: Progress,
    say: Say,
) -> None:
    """Says what was found out, and refuses what cannot come to a good end. `name`: of the stage and the stack. A
    parameter that is not among the wanted ones keeps its value."""
    parameters = {**(found.parameters if found else {}), **parameters}
    say(finding.note for finding in mail.without(parameters, name))
    sent = mail.sender(parameters)
    if sent is not None:
        answer = ask(progress, say, "Ask Amazon SES about the pool's mail",
                     lambda: account.mail(sent.region, sent.identity, sent.configuration_set))
        weigh(mail.judge(sent, answer, parameters) if answer else [], as_before(parameters, found, mail.SETTINGS), say)
    place = sms.region(parameters, region)
    if place:
        answer = ask(progress, say, "Ask about the pool's text messages", lambda: account.sms(place))
        weigh(sms.judge(place, answer, parameters) if answer else [], False, say)
    pool = tier.pool_id(parameters, found)
    if found is not None and pool:
        answer = ask(progress, say, "Ask for the user pool's plan", lambda: account.pool(region, pool))
        weigh(tier.judge(answer, parameters, found.parameters) if answer else [], False, say)


def ask(progress: Progress, say: Say, step: str, question: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """The answer; empty when there is none, which is no reason not to deploy."""
    try:
        with progress.step(step):
            return question()
    except Failure as failure:
        say([f"note  {step}: {failure.message} The deploy goes on without an answer. {failure.log or ''}".rstrip()])
        return {}


def weigh(findings: list[Finding], is_as_before: bool, say: Say) -> None:
    say(notes(findings, is_as_before))
    require_none(findings, is_as_before)


def as_before(parameters: Mapping[str, str], found: Deployed | None, names: Iterable[str]) -> bool:
    """Whether the stack's own pool has these parameters as they are wanted."""
    return found is not None and "UserPool" in found.resources and runs_with(parameters, found, names)


def runs_with(parameters: Mapping[str, str], found: Deployed | None, names: Iterable[str]) -> bool:
    """Whether the stack runs with these parameters as they are wanted. After a change that was taken back that is not
    known (deployed.py)."""
    if found is None or found.status not in GOOD:
        return False
    return all(parameters.get(name, "") == found.parameters.get(name, "") for name in names)

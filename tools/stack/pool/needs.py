"""Checks before the build whether the account has what the user pool's settings need, so that no deploy fails for it.

The parameters decide which checks run. An existing pool is not checked here but in existing_pool.py. mail.py, sms.py
and tier.py judge the results. This file must not change anything in AWS."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stack.aws.account_client import Account
from stack.aws.deployed import GOOD, Deployed
from stack.pool import mail, sms, tier
from stack.pool.findings import Finding, notes, require_none
from stack.run.failure import Failure
from stack.run.progress import Progress

# Prints notes that were not printed before.
Say = Callable[[Iterable[str]], None]


def look(
    parameters: Mapping[str, str], found: Deployed | None, name: str, region: str, account: Account, progress: Progress,
    say: Say,
) -> None:
    """Prints the findings, and refuses a deploy that a finding stops. `name` is that of the stage and the stack. A
    parameter that `parameters` does not name keeps its value."""
    parameters = {**(found.parameters if found else {}), **parameters}
    say(finding.note for finding in mail.without(parameters, name))
    sent = mail.sender(parameters)
    if sent is not None:
        answer = ask(progress, say, "Check the pool's mail in Amazon SES",
                     lambda: account.mail(sent.region, sent.identity, sent.configuration_set))
        report(mail.judge(sent, answer, parameters) if answer else [], as_before(parameters, found, mail.SETTINGS), say)
    place = sms.region(parameters, region)
    if place:
        answer = ask(progress, say, "Check the pool's text messages", lambda: account.sms(place))
        report(sms.judge(place, answer, parameters) if answer else [], False, say)
    pool = tier.pool_id(parameters, found)
    if found is not None and pool:
        answer = ask(progress, say, "Check the user pool's plan", lambda: account.pool(region, pool))
        report(tier.judge(answer, parameters, found.parameters) if answer else [], False, say)


def ask(progress: Progress, say: Say, step: str, question: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """The result of the call. If the call fails, the result is empty and the deploy goes on."""
    try:
        with progress.step(step):
            return question()
    except Failure as failure:
        say([f"note  {step}: {failure.message} The deploy goes on without this check. {failure.log or ''}".rstrip()])
        return {}


def report(findings: list[Finding], is_as_before: bool, say: Say) -> None:
    say(notes(findings, is_as_before))
    require_none(findings, is_as_before)


def as_before(parameters: Mapping[str, str], found: Deployed | None, names: Iterable[str]) -> bool:
    """Whether the stack has its own pool and already runs with these values."""
    return found is not None and "UserPool" in found.resources and runs_with(parameters, found, names)


def runs_with(parameters: Mapping[str, str], found: Deployed | None, names: Iterable[str]) -> bool:
    """Whether the stack already runs with these values. After a rollback that is not known (deployed.py), so the result
    is False."""
    if found is None or found.status not in GOOD:
        return False
    return all(parameters.get(name, "") == found.parameters.get(name, "") for name in names)

"""Computes how long CodeDeploy takes to shift traffic to new versions, and checks it against the time that a deploy
has.

A CI job that ends in the middle of a rollout leaves it unattended. This file must not wait for anything.
"""

from collections.abc import Mapping

from stack.run.failure import Failure

# The minutes of CodeDeploy's predefined configurations. A canary waits once; a linear one shifts a tenth each interval.
# AWS does not document whether it also waits after the last tenth, so ten intervals are counted. All aliases shift in
# parallel.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
MINUTES = {
    "AllAtOnce": 0,
    "Canary10Percent5Minutes": 5,
    "Canary10Percent10Minutes": 10,
    "Canary10Percent15Minutes": 15,
    "Canary10Percent30Minutes": 30,
    "Linear10PercentEvery1Minute": 10,
    "Linear10PercentEvery2Minutes": 20,
    "Linear10PercentEvery3Minutes": 30,
    "Linear10PercentEvery10Minutes": 100,
}
# For the rest of a deploy: upload, change set, functions, stage and smoke test. The build is not included.
REST_MINUTES = 15


def needed(parameters: Mapping[str, str]) -> int:
    """The most minutes that a deploy with these parameters should take."""
    if parameters.get("CodeDeploy") == "false":
        return REST_MINUTES
    return of(parameters) + REST_MINUTES


def of(parameters: Mapping[str, str]) -> int:
    """The minutes of traffic shifting. The template refuses a configuration that the table lacks, so this does not."""
    return MINUTES.get(parameters.get("Rollout", "AllAtOnce"), max(MINUTES.values()))


def check(parameters: Mapping[str, str], within: int | None) -> None:
    """Refuses a rollout that cannot finish in `within` minutes."""
    if within is None or needed(parameters) <= within:
        return
    rollout = parameters.get("Rollout", "AllAtOnce")
    raise Failure(
        f"operations.rollout is {rollout}: shifting takes {of(parameters)} minutes and the rest of the deploy up to"
        f" {REST_MINUTES}, but the limit is {within} (--within).",
        "Give the deploy more time (for a CI job: a longer timeout, and credentials that last as long), or choose a"
        " shorter rollout.",
    )

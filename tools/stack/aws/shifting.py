"""How long CodeDeploy takes to move the traffic to new versions, and whether a deploy has that time.

A job that is ended in the middle of a rollout leaves it to itself. It must not wait for anything.
"""

from collections.abc import Mapping

from stack.run.failure import Failure

# What CodeDeploy's own configurations take: a canary waits once, and a linear one shifts a tenth each interval. Whether
# it waits after the last tenth too is not written there, so ten intervals are counted. Aliases shift side by side.
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
# For the rest of a deploy: upload, change set, functions, stage, the smoke test; not for a build.
REST_MINUTES = 15


def needed(parameters: Mapping[str, str]) -> int:
    """Minutes that a deploy with these parameters takes at the most, as far as it can be known."""
    if parameters.get("CodeDeploy") == "false":
        return REST_MINUTES
    return of(parameters) + REST_MINUTES


def of(parameters: Mapping[str, str]) -> int:
    """Minutes for the traffic alone. What the table lacks the template refuses; it is not for here to say so."""
    return MINUTES.get(parameters.get("Rollout", "AllAtOnce"), max(MINUTES.values()))


def check(parameters: Mapping[str, str], within: int | None) -> None:
    """Refuses a rollout that cannot finish in `within` minutes."""
    if within is None or needed(parameters) <= within:
        return
    rollout = parameters.get("Rollout", "AllAtOnce")
    raise Failure(
        f"operations.rollout is {rollout}: shifting takes {of(parameters)} minutes and the rest of a deploy up to"
        f" {REST_MINUTES}, but there are {within} (--within).",
        "Give the deploy more time (for a job: its timeout, and credentials that last as long), or take a shorter"
        " rollout.",
    )

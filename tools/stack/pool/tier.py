"""Checks a change of the plan of the stack's own user pool. It makes no calls; account.py reads the pool.

A plan can be changed in both directions at any time. But Cognito refuses a plan that lacks a feature in use ("The
following features need to be disabled for the LITE pricing tier configured: ..."), and CloudFormation rolls back:
https://docs.aws.amazon.com/cognito/latest/developerguide/feature-plans-deactivate.html,
https://github.com/aws-amplify/amplify-backend/issues/2805
"""

from collections.abc import Mapping
from typing import Any

from stack.aws import prices
from stack.aws.consequences import makes_pool
from stack.aws.deployed import Deployed
from stack.pool.findings import Finding, not_checked

# In ascending order.
PLANS = ("LITE", "ESSENTIALS", "PLUS")
# The features that each plan adds to those below it, as far as they matter to this stack's pool.
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html
ONLY_FROM = {
    "ESSENTIALS": "choice-based sign-in (USER_AUTH) and sign-in without passwords, codes by mail as second factor,"
    " refresh token rotation, password history, triggers that change access tokens, managed login, replicas in other"
    " regions",
    "PLUS": "threat protection and its log export",
}
# The plans whose price the cost model has.
PRICES = {plan: price for plan in PLANS if (price := getattr(prices, f"COGNITO_{plan}", None))}
PEOPLE = 100_000


def pool_id(parameters: Mapping[str, str], found: Deployed | None) -> str:
    """The pool whose plan may change; empty if the stack has no pool of its own, or the parameters name no plan."""
    if found is None or "UserPoolPlan" not in parameters or not makes_pool(parameters):
        return ""
    return found.resources.get("UserPool", ("", ""))[1]


def judge(answer: Mapping[str, Any], parameters: Mapping[str, str], before: Mapping[str, str]) -> list[Finding]:
    """What the pool's state (senders.py) means for the wanted plan. `before` holds the stack's present parameters."""
    return [*of_plan(answer, parameters, before), *by_hand(answer), *not_checked(answer["unknown"])]


def by_hand(answer: Mapping[str, Any]) -> list[Finding]:
    """The settings of the pool that do not come from the template. The next change of the pool removes them, because
    UpdateUserPool resets a setting that the call leaves out.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html"""
    found = [*first_factors(answer), *(f"the trigger {name}" for name in answer["triggers"])]
    if not found:
        return []
    return [
        Finding(
            f"The pool has settings that were made by hand: {', '.join(found)}. The next deploy that changes the pool"
            " removes them, and locks out users who can sign in only with them.",
            "To keep them, make the pool yourself and name it in `userPool.id`.",
        )
    ]


def of_plan(answer: Mapping[str, Any], parameters: Mapping[str, str], before: Mapping[str, str]) -> list[Finding]:
    now, wanted = answer["plan"], parameters["UserPoolPlan"]
    if now not in PLANS or wanted not in PLANS or now == wanted:
        return []
    if rank(wanted) > rank(now):
        return [Finding(f"The user pool changes from Cognito's plan {now} to {wanted}: {cost(now, wanted)}.")]
    text = down(now, wanted, before.get("UserPoolPlan") == wanted)
    found = [Finding(text, f'To keep it: "plan": "{now}" under userPool.')]
    in_use = [what for least, what in uses(answer, before) if rank(least) > rank(wanted)]
    if in_use:
        found.append(Finding(
            f"The pool uses features that {wanted} does not have and that do not come from config.json:"
            f" {', '.join(in_use)}. Either Cognito refuses the change and CloudFormation rolls it back, or the pool"
            " loses these features.",
        ))
    return found


def down(now: str, wanted: str, by_hand: bool) -> str:
    """The text for a change to a lower plan. `by_hand` means that the stack had the wanted plan already, so somebody
    has changed the pool outside of it."""
    lost = "; ".join(ONLY_FROM[plan] for plan in PLANS[rank(wanted) + 1 : rank(now) + 1])
    # CloudFormation updates a pool only if one of its properties in the template changes, and then sets all of them.
    text = (
        f"Somebody has set the user pool to Cognito's plan {now}. The next deploy that changes the pool sets it to"
        f" {wanted}"
        if by_hand else f"The user pool changes from Cognito's plan {now} down to {wanted}"
    )
    return f"{text}: {cost(now, wanted)}. {wanted} does not have: {lost}."


def rank(plan: str) -> int:
    return PLANS.index(plan)


def uses(answer: Mapping[str, Any], before: Mapping[str, str]) -> list[tuple[str, str]]:
    """The features that were set on the pool by hand, each with the lowest plan that has it. Features that the
    configuration had set are left out, because the configuration itself removes them."""
    found = [("ESSENTIALS", what) for what in first_factors(answer)]
    if answer["trigger"] not in ("", "V1_0"):
        found.append(("ESSENTIALS", f"a trigger that changes access tokens ({answer['trigger']})"))
    if answer["history"] and before.get("PasswordHistorySize", "0") == "0":
        found.append(("ESSENTIALS", "password history"))
    if answer["login"] >= 2:
        found.append(("ESSENTIALS", "managed login"))
    if answer["protection"] != "OFF" and before.get("ThreatProtection", "OFF") == "OFF":
        found.append(("PLUS", f"threat protection ({answer['protection']})"))
    return found


def first_factors(answer: Mapping[str, Any]) -> list[str]:
    """A text with the first factors other than a password; none if there are none."""
    others = [name for name in answer["firstFactors"] if name != "PASSWORD"]
    return [f"sign-in by {', '.join(others)}"] if others else []


def cost(now: str, wanted: str) -> str:
    """The price of a month with either plan."""
    if now in PRICES and wanted in PRICES:
        old, new = (PRICES[plan].of(PEOPLE) for plan in (now, wanted))
        return f"${new:,.0f} a month for {PEOPLE:,} active users in place of ${old:,.0f}"
    return "another price for each active user, https://aws.amazon.com/cognito/pricing/"

"""The plan of the stack's own user pool, as it is and as it is going to be. Pure: the answer comes from account.py.

A plan changes in both directions at any time, but Cognito refuses one that lacks what the pool uses ("The following
features need to be disabled for the LITE pricing tier configured: ..."), and CloudFormation takes the change back:
https://docs.aws.amazon.com/cognito/latest/developerguide/feature-plans-deactivate.html,
https://github.com/aws-amplify/amplify-backend/issues/2805
"""

from collections.abc import Mapping
from typing import Any

from stack.aws import prices
from stack.aws.consequences import makes_pool
from stack.aws.deployed import Deployed
from stack.pool.found_out import Finding, unasked

# From the least to the most.
PLANS = ("LITE", "ESSENTIALS", "PLUS")
# What each has and those below it lack, as far as it matters to this stack's pool.
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html
ONLY_FROM = {
    "ESSENTIALS": "sign-in by choice (USER_AUTH) and without passwords, codes by mail as second factor, rotated refresh"
    " tokens, password history, triggers that change access tokens, managed login, replicas in other regions",
    "PLUS": "threat protection and its log export",
}
# Those that the cost model knows.
PRICES = {plan: price for plan in PLANS if (price := getattr(prices, f"COGNITO_{plan}", None))}
PEOPLE = 100_000


def pool_id(parameters: Mapping[str, str], found: Deployed | None) -> str:
    """The pool whose plan may change; "" - there is none, or nothing is said of plans."""
    if found is None or "UserPoolPlan" not in parameters or not makes_pool(parameters):
        return ""
    return found.resources.get("UserPool", ("", ""))[1]


def judge(answer: Mapping[str, Any], parameters: Mapping[str, str], before: Mapping[str, str]) -> list[Finding]:
    """What the pool's answer (senders.py) means for the wanted plan. `before`: the parameters of the stack as it is."""
    return [*of_plan(answer, parameters, before), *by_hand(answer), *unasked(answer["unknown"])]


def by_hand(answer: Mapping[str, Any]) -> list[Finding]:
    """What the template does not set, or sets otherwise, and CloudFormation sets back with the next change of the pool:
    UpdateUserPool gives what it is not given its default.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html"""
    found = [*first_factors(answer), *(f"the trigger {name}" for name in answer["triggers"])]
    if not found:
        return []
    return [
        Finding(
            f"The pool has what was set by hand: {', '.join(found)}. The next deploy that changes the pool takes it"
            " away, and who signs in by it alone is locked out.",
            "To keep it: make the pool yourself and name it in `userPool.id`.",
        )
    ]


def of_plan(answer: Mapping[str, Any], parameters: Mapping[str, str], before: Mapping[str, str]) -> list[Finding]:
    now, wanted = answer["plan"], parameters["UserPoolPlan"]
    if now not in PLANS or wanted not in PLANS or now == wanted:
        return []
    if rank(wanted) > rank(now):
        return [Finding(f"The user pool goes from Cognito's plan {now} to {wanted}: {cost(now, wanted)}.")]
    text = down(now, wanted, before.get("UserPoolPlan") == wanted)
    found = [Finding(text, f'To keep it: "plan": "{now}" under userPool.')]
    in_use = [what for least, what in uses(answer, before) if rank(least) > rank(wanted)]
    if in_use:
        found.append(Finding(
            f"The pool uses what {wanted} does not have, and what is not from config.json: {', '.join(in_use)}."
            " Cognito refuses the change, which is then taken back, or the pool loses it.",
        ))
    return found


def down(now: str, wanted: str, by_hand: bool) -> str:
    """`by_hand`: the stack had set the wanted plan before."""
    lost = "; ".join(ONLY_FROM[plan] for plan in PLANS[rank(wanted) + 1 : rank(now) + 1])
    # CloudFormation changes a pool for a property of the template that is another one, and then sets all of them.
    text = (
        f"Somebody has set the user pool to Cognito's plan {now}. The next deploy that changes the pool sets it to"
        f" {wanted}"
        if by_hand else f"The user pool goes from Cognito's plan {now} down to {wanted}"
    )
    return f"{text}: {cost(now, wanted)}. {wanted} does not have: {lost}."


def rank(plan: str) -> int:
    return PLANS.index(plan)


def uses(answer: Mapping[str, Any], before: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was set on the pool by hand and needs a plan: the least one, and what it is. What the configuration had set
    it also takes away, knowingly."""
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
    """What people can sign in by beside a password: one phrase, or none."""
    others = [name for name in answer["firstFactors"] if name != "PASSWORD"]
    return [f"sign-in by {', '.join(others)}"] if others else []


def cost(now: str, wanted: str) -> str:
    """What a month costs with either."""
    if now in PRICES and wanted in PRICES:
        old, new = (PRICES[plan].of(PEOPLE) for plan in (now, wanted))
        return f"${new:,.0f} a month for {PEOPLE:,} active users in place of ${old:,.0f}"
    return "another price for each active user, https://aws.amazon.com/cognito/pricing/"

"""What a deploy replaces or ends for the users of the API, found by comparing parameters before anything is changed.

CloudFormation replaces a resource when a create-only property changes. This file covers every such property that a
parameter sets (test_consequences.py compares the list with AWS's own schemas). It makes no calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stack.aws import slots
from stack.pool import factors
from stack.run.failure import Failure

FLAG = "--accept-replacement"
# App client properties that need a higher Cognito plan than LITE
# (crates/platform/src/config/sections/user_pool/plan.rs).
PAID = ("RefreshTokenRotation", "AuthFlow")
# The values that apply to a stack whose template did not have these parameters yet: it remembered no devices, and
# Cognito's default plan is Essentials.
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
EARLIER = {"DeviceTracking": "OFF", "UserPoolPlan": "ESSENTIALS"}


@dataclass(frozen=True)
class Consequence:
    """A text for a person. `ends` is true if sessions, users, data or an address become unreachable."""

    text: str
    ends: bool


def consequences(
    deployed: Mapping[str, str], wanted: Mapping[str, str], outputs: Mapping[str, str]
) -> list[Consequence]:
    """The consequences of changing a stack's parameters. A parameter that `wanted` does not name keeps its value."""
    deployed = {**EARLIER, **deployed}
    after = {**deployed, **wanted}
    found = [*pools(deployed, after), *plans(deployed, after), *clients(deployed, after)]
    found += [
        *second_factors(deployed, after),
        *devices(deployed, after),
        *tables(deployed, after),
        *addresses(deployed, after, outputs),
    ]
    return [*found, *scopes(deployed, after), *keys(deployed, after)]


def require_consent(found: list[Consequence], given: bool) -> None:
    """Refuses a deploy that ends something, unless the person has agreed to it."""
    if given or not any(consequence.ends for consequence in found):
        return
    raise Failure(
        "nothing was deployed, because the deploy would have the consequences above.",
        f"If you want them, deploy with {FLAG}. If not, take the change out of the configuration.",
    )


def pools(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if not differ(before, after, "ExistingUserPoolId"):
        return []
    old, new = before["ExistingUserPoolId"], after["ExistingUserPoolId"]
    if not old:
        text = (
            "The stack's own user pool leaves the stack. It stays in the account with its users, but the API accepts"
            f" only tokens of {new}"
        )
    elif not new:
        text = f"The API no longer accepts tokens of {old}, but those of a new user pool, which has no users yet"
    else:
        text = f"The API no longer accepts tokens of {old}, but those of {new}"
    return [Consequence(f"{text}. All sessions end, and everybody has to sign in there.", True)]


def plans(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    """About the order of changes in one deploy. tier.py asks the pool itself what a lower plan lacks."""
    given_up = [name for name in PAID if differ(before, after, name)]
    goes_down = differ(before, after, "UserPoolPlan") and after["UserPoolPlan"] == "LITE"
    if not (goes_down and given_up and makes_pool(before) and makes_pool(after)):
        return []
    return [Consequence(
        f"The user pool goes to the plan LITE before its app client gives up what LITE lacks ({', '.join(given_up)})."
        " Cognito may refuse that, and CloudFormation then rolls the deploy back. In that case deploy twice: first"
        " with"
        f' `userPool.plan: "{before["UserPoolPlan"]}"`, then with `null`.', False,
    )]


def clients(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if makes_pool(before) and makes_pool(after) and differ(before, after, "ClientSecret"):
        gets = "with" if after["ClientSecret"] == "true" else "without"
        return [
            Consequence(
                f"The app client is replaced by one {gets} a secret. It has a new id (UserPoolClientId), every app"
                " needs the new id, and all sessions end. Cognito can neither give a client its first secret nor"
                " make it a client without a secret after its creation.",
                True,
            )
        ]
    if not makes_pool(before) and not differ(before, after, "ExistingUserPoolId"):
        allowed = after.get("ExistingUserPoolClientId", "").split(",")
        gone = [name for name in before.get("ExistingUserPoolClientId", "").split(",") if name not in allowed]
        return [Consequence(f"Tokens of app client {name} are refused after this deploy.", True) for name in gone]
    return []


def second_factors(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    """Consequences that need no consent, though users may be locked out: reverting the setting lets them in again."""
    if not (makes_pool(before) and makes_pool(after)):
        return []
    return [Consequence(text, False) for text in factors.changes(before, after)]


def devices(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    """Consequences that need no consent, as for second factors: reverting the setting lets clients refresh again.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html"""
    if not (makes_pool(before) and makes_pool(after) and differ(before, after, "DeviceTracking")):
        return []
    if before["DeviceTracking"] == "OFF":
        return [
            Consequence(
                "The user pool remembers devices after this deploy, and refreshes only sessions that name their device."
                " Every app has to confirm the device that a sign-in returns (`POST /user/devices/confirm`) and send"
                " its key (`deviceKey`) with each refresh. The users of an app that does not do so have to sign in"
                " again when their access token expires.",
                False,
            )
        ]
    if after["DeviceTracking"] == "OFF":
        skipped = before.get("DeviceSkipsSecondFactor") == "true"
        again = " Everybody who has a second factor is asked for it at each sign-in again." if skipped else ""
        return [Consequence(f"The user pool no longer remembers devices.{again}", False)]
    return []


def tables(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if not differ(before, after, "ExistingOrdersTable"):
        return []
    new = after["ExistingOrdersTable"] or "a new and empty table"
    return [
        Consequence(f"Orders go to {new}. Present orders stay in their table, but the API no longer shows them.", True)
    ]


def addresses(before: Mapping[str, str], after: Mapping[str, str], outputs: Mapping[str, str]) -> list[Consequence]:
    """The addresses at which the API no longer answers."""
    gone = served(before, outputs) - served(after, outputs)
    return [
        Consequence(f"{address} no longer answers: every app needs the new address.", True) for address in sorted(gone)
    ]


def served(parameters: Mapping[str, str], outputs: Mapping[str, str]) -> set[str]:
    found = set()
    if "ApiUrl" in outputs and "StageName" in parameters and parameters.get("DisableExecuteApiEndpoint") != "true":
        found.add(f"{outputs['ApiUrl'].rpartition('/')[0]}/{parameters['StageName']}")
    if parameters.get("DomainName"):
        found.add("/".join(part for part in ("https:/", parameters["DomainName"], parameters.get("BasePath")) if part))
    return found


def scopes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if not (makes_pool(before) and makes_pool(after)):
        return []
    found = []
    old, new = before.get("ResourceServerIdentifier", slots.FREE), after.get("ResourceServerIdentifier", slots.FREE)
    if old != new and slots.FREE not in (old, new):
        found.append(
            Consequence(
                f"The resource server {old} is replaced by {new}. Tokens no longer have scopes {old}/..., and every"
                " client that requests them, also one that was created by hand, has to request the new ones.",
                False,
            )
        )
    if has_machine_client(before) and not has_machine_client(after):
        found.append(
            Consequence(
                "The client for programs leaves the stack together with the scope `read`, and its tokens are refused."
                " If the scope is added again, the stack makes a client with another id and secret.",
                True,
            )
        )
    return found


def keys(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if not differ(before, after, "ApiKeyRequired"):
        return []
    if after["ApiKeyRequired"]:
        return [Consequence("Requests without an API key are refused after this deploy.", False)]
    return [
        Consequence(
            "The first API key is deleted with its usage plan. If keys are required again, the stack makes another"
            " key.",
            False,
        )
    ]


def makes_pool(parameters: Mapping[str, str]) -> bool:
    return not parameters.get("ExistingUserPoolId")


def has_machine_client(parameters: Mapping[str, str]) -> bool:
    server = parameters.get("ResourceServerIdentifier", slots.FREE)
    return server != slots.FREE and "read" in slots.names(parameters.get("ResourceServerScopes", ""))


def differ(before: Mapping[str, str], after: Mapping[str, str], name: str) -> bool:
    """Whether the value of a parameter changes. A parameter that the deployed template did not have does not count."""
    return name in before and before[name] != after[name]

"""What a deploy replaces or ends for those who use the API, found by comparing parameters before anything is changed.

CloudFormation replaces a resource when a property changes that can only be set at its creation; those that a parameter
reaches are looked at here (test_consequences.py holds the list against AWS's own schemas). Pure: it asks nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stack.aws import slots
from stack.pool import factors
from stack.run.failure import Failure

FLAG = "--accept-replacement"
# The least plan of Cognito for what a client has (crates/platform/src/config/sections/user_pool/plan.rs).
PAID = ("RefreshTokenRotation", "AuthFlow")
# What a stack amounts to whose template did not have these parameters yet: it remembered no devices, and Cognito gives
# a pool for which no plan is named Essentials.
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
EARLIER = {"DeviceTracking": "OFF", "UserPoolPlan": "ESSENTIALS"}


@dataclass(frozen=True)
class Consequence:
    """One sentence for a person; `ends` when sessions, users, data or an address get out of reach."""

    text: str
    ends: bool


def consequences(
    deployed: Mapping[str, str], wanted: Mapping[str, str], outputs: Mapping[str, str]
) -> list[Consequence]:
    """What changing a stack from one set of parameters to another does. A parameter that is not among the wanted ones
    keeps its value."""
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
    """Refuses what somebody has to know of before it happens."""
    if given or not any(consequence.ends for consequence in found):
        return
    raise Failure(
        "nothing was deployed, because of what is said above.",
        f"If that is what you want, deploy with {FLAG}. If not, take the change out of the configuration.",
    )


def pools(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if not differ(before, after, "ExistingUserPoolId"):
        return []
    old, new = before["ExistingUserPoolId"], after["ExistingUserPoolId"]
    if not old:
        text = (
            "The stack's own user pool leaves the stack. It stays in the account with its users, but the API takes"
            f" tokens of {new} alone"
        )
    elif not new:
        text = f"The API no longer takes tokens of {old}, but those of a new user pool, in which there is nobody yet"
    else:
        text = f"The API no longer takes tokens of {old}, but those of {new}"
    return [Consequence(f"{text}: all sessions end, and everybody has to sign in there.", True)]


def plans(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    """About the order of one deploy. What a lower plan costs and lacks is asked of the pool itself (tier.py)."""
    given_up = [name for name in PAID if differ(before, after, name)]
    goes_down = differ(before, after, "UserPoolPlan") and after["UserPoolPlan"] == "LITE"
    if not (goes_down and given_up and makes_pool(before) and makes_pool(after)):
        return []
    return [Consequence(
        f"The user pool goes to the plan LITE before its app client gives up what LITE has not ({', '.join(given_up)}):"
        f" Cognito may refuse that, and the deploy is taken back. Then deploy twice: first with `userPool.plan:"
        f' "{before["UserPoolPlan"]}"`, then with `null`.', False,
    )]


def clients(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if makes_pool(before) and makes_pool(after) and differ(before, after, "ClientSecret"):
        gets = "with" if after["ClientSecret"] == "true" else "without"
        return [
            Consequence(
                f"The app client is replaced by one {gets} a secret: it has a new id (UserPoolClientId), every app"
                " needs the new id, and all sessions end. Cognito cannot give a client a secret, or take it, after it"
                " was made.",
                True,
            )
        ]
    if not makes_pool(before) and not differ(before, after, "ExistingUserPoolId"):
        allowed = after.get("ExistingUserPoolClientId", "").split(",")
        gone = [name for name in before.get("ExistingUserPoolClientId", "").split(",") if name not in allowed]
        return [Consequence(f"Tokens of app client {name} are refused from then on.", True) for name in gone]
    return []


def second_factors(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    """Notes, though people may be locked out: setting it back lets them in again."""
    if not (makes_pool(before) and makes_pool(after)):
        return []
    return [Consequence(text, False) for text in factors.changes(before, after)]


def devices(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    """A note, as for second factors: setting it back lets clients refresh again.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html"""
    if not (makes_pool(before) and makes_pool(after) and differ(before, after, "DeviceTracking")):
        return []
    if before["DeviceTracking"] == "OFF":
        return [
            Consequence(
                "The user pool remembers devices from then on, and refreshes no session that does not name its device:"
                " every app has to confirm the device that a sign-in names (`POST /user/devices/confirm`) and send its"
                " key (`deviceKey`) with each refresh. One that does not has its users sign in again when their access"
                " token expires.",
                False,
            )
        ]
    if after["DeviceTracking"] == "OFF":
        skipped = before.get("DeviceSkipsSecondFactor") == "true"
        again = " Everybody who has a second factor is asked for it at each sign-in again." if skipped else ""
        return [Consequence(f"The user pool remembers no devices any more.{again}", False)]
    return []


def tables(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if not differ(before, after, "ExistingOrdersTable"):
        return []
    new = after["ExistingOrdersTable"] or "a new and empty one"
    return [
        Consequence(f"Orders are kept in {new}. Those of now stay in their table, and nobody sees them any more.", True)
    ]


def addresses(before: Mapping[str, str], after: Mapping[str, str], outputs: Mapping[str, str]) -> list[Consequence]:
    """Where the API is reached now and will not be any more."""
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
                f"The resource server {old} is replaced by {new}: nobody gets scopes {old}/... any more, and who asks"
                " for them, clients that were made by hand among them, has to ask for the new ones.",
                False,
            )
        )
    if has_machine_client(before) and not has_machine_client(after):
        found.append(
            Consequence(
                "The client for programs leaves the stack with the scope `read`: its tokens are refused. If the scope"
                " comes back there is another client, with another id and secret.",
                True,
            )
        )
    return found


def keys(before: Mapping[str, str], after: Mapping[str, str]) -> list[Consequence]:
    if not differ(before, after, "ApiKeyRequired"):
        return []
    if after["ApiKeyRequired"]:
        return [Consequence("Requests without an API key are refused from then on.", False)]
    return [
        Consequence(
            "The first API key goes with its usage plan. If keys are asked for again there is another one.", False
        )
    ]


def makes_pool(parameters: Mapping[str, str]) -> bool:
    return not parameters.get("ExistingUserPoolId")


def has_machine_client(parameters: Mapping[str, str]) -> bool:
    server = parameters.get("ResourceServerIdentifier", slots.FREE)
    return server != slots.FREE and "read" in slots.names(parameters.get("ResourceServerScopes", ""))


def differ(before: Mapping[str, str], after: Mapping[str, str], name: str) -> bool:
    """Whether a parameter that both know has another value. A new one of the template changes nothing by being
    there."""
    return name in before and before[name] != after[name]

"""What a change of second factors does to people who have an account already. Pure: it compares parameters.

All of it is by AWS's documents: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
and, for authenticator apps, .../user-pool-settings-mfa-totp.html. Where these are silent, the sentence says so.
"""

from collections.abc import Mapping

# Each factor's parameter, and its value where the template has no such parameter.
PARAMETERS = {"TOTP": ("TotpFactor", "true"), "EMAIL": ("EmailFactor", "false"), "SMS": ("SmsFactor", "false")}
NAMES = {"TOTP": "an authenticator app", "EMAIL": "a code by mail", "SMS": "a code by SMS"}


def mfa(parameters: Mapping[str, str]) -> str:
    return parameters.get("MfaConfiguration", "OFF")


def of(parameters: Mapping[str, str]) -> list[str]:
    """The second factors that the pool offers."""
    if mfa(parameters) == "OFF":
        return []
    return [name for name, (parameter, default) in PARAMETERS.items() if parameters.get(parameter, default) == "true"]


def offered(parameters: Mapping[str, str], factor: str) -> bool:
    return factor in of(parameters)


def only(parameters: Mapping[str, str], factor: str) -> bool:
    """Whether nobody gets in without this factor."""
    return mfa(parameters) == "ON" and of(parameters) == [factor]


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """A sentence for each change that people notice. Both are parameters of stacks that make their pool."""
    if "MfaConfiguration" not in before:
        return []
    found = []
    if mfa(before) != "ON" and mfa(after) == "ON":
        found.append(required(after))
    if mfa(before) != "OFF" and mfa(after) == "OFF":
        found.append(turned_off(after))
    # What is turned off altogether is said by that.
    if mfa(after) != "OFF":
        found += [taken_away(name, after) for name in of(before) if name not in of(after)]
    return found


def required(after: Mapping[str, str]) -> str:
    left = of(after)
    text = "Everybody needs a second factor from then on to sign in."
    if left == ["SMS"]:
        return (
            f"{text} Whoever has no phone number cannot sign in any more, and cannot add one: find them, and set it,"
            " before (aws cognito-idp admin-update-user-attributes)."
        )
    if "TOTP" in left:
        return (
            f"{text} Whoever has none is asked at the next sign-in to set up an authenticator app (challenge"
            " MFA_SETUP): see that every client can do that."
        )
    asked = " or ".join(NAMES[name] for name in left)
    return f"{text} Whoever has chosen none is asked for {asked}: see that clients can."


def turned_off(after: Mapping[str, str]) -> str:
    text = "Nobody is asked for a second factor any more, not even those who have set one up."
    if after.get("SmsExternalId"):
        # https://github.com/amazon-archives/aws-mobile-react-native-starter/issues/70
        text += (
            ' Cognito has refused that ("MFA cannot be turned off if an SMS role is configured") to pools that could'
            " send text messages. If it does, the change is taken back: take userPool.sms out as well, or leave mfa at"
            " OPTIONAL."
        )
    return text


def taken_away(factor: str, after: Mapping[str, str]) -> str:
    if factor == "TOTP":
        return "Nobody can set up an authenticator app any more. Whoever has one goes on signing in with it."
    text = f"A{NAMES[factor][1:]} is no second factor any more."
    rest = " or ".join(NAMES[name] for name in of(after))
    if mfa(after) == "ON":
        text = f"{text} Whoever has used it needs {rest}: whether Cognito lets them set that up is not documented."
    else:
        text = f"{text} Whether those who have used it get in by their password alone is not documented."
    return f"{text} Try it first."

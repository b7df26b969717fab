"""How a change of second factors affects users who already have an account. It compares parameters and makes no calls.

The statements follow AWS's documents: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
and, for authenticator apps, .../user-pool-settings-mfa-totp.html. If these do not document something, the text says so.
"""

from collections.abc import Mapping

# Each factor's parameter, and its value if an older template has no such parameter.
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
    """Whether nobody can sign in without this factor."""
    return mfa(parameters) == "ON" and of(parameters) == [factor]


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """A text for each change that users notice. Both stacks must make their own pool."""
    if "MfaConfiguration" not in before:
        return []
    found = []
    if mfa(before) != "ON" and mfa(after) == "ON":
        found.append(required(after))
    if mfa(before) != "OFF" and mfa(after) == "OFF":
        found.append(turned_off(after))
    # If MFA is turned off, its text already covers every factor.
    if mfa(after) != "OFF":
        found += [taken_away(name, after) for name in of(before) if name not in of(after)]
    return found


def required(after: Mapping[str, str]) -> str:
    left = of(after)
    text = "After this deploy everybody needs a second factor to sign in."
    if left == ["SMS"]:
        return (
            f"{text} A user without a phone number can no longer sign in, and cannot add one. Find these users and set"
            " their numbers before the deploy (aws cognito-idp admin-update-user-attributes)."
        )
    if "TOTP" in left:
        return (
            f"{text} A user who has none is asked at the next sign-in to set up an authenticator app (challenge"
            " MFA_SETUP). Make sure that every client supports that."
        )
    asked = " or ".join(NAMES[name] for name in left)
    return f"{text} A user who has chosen none is asked for {asked}. Make sure that every client supports that."


def turned_off(after: Mapping[str, str]) -> str:
    text = "Nobody is asked for a second factor any more, not even users who have set one up."
    if after.get("SmsExternalId"):
        # https://github.com/amazon-archives/aws-mobile-react-native-starter/issues/70
        text += (
            ' Cognito has refused that for pools that can send text messages ("MFA cannot be turned off if an SMS role'
            ' is configured"). If it does, CloudFormation rolls the deploy back. Then remove userPool.sms as well, or'
            " leave mfa at OPTIONAL."
        )
    return text


def taken_away(factor: str, after: Mapping[str, str]) -> str:
    if factor == "TOTP":
        return "Nobody can set up an authenticator app any more. Users who have one continue to sign in with it."
    text = f"A{NAMES[factor][1:]} is no longer a second factor."
    rest = " or ".join(NAMES[name] for name in of(after))
    if mfa(after) == "ON":
        text = f"{text} Its users need {rest}. AWS does not document whether Cognito lets them set that up."
    else:
        text = f"{text} AWS does not document whether its users can sign in with only their password."
    return f"{text} Test it first."

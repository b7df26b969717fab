"""The codes that the local stack's Cognito sends, how long they are good, and how often one may try.

MiniStack has one code for every sign-up and one for every reset, good for ever. Here each code that is sent to somebody
replaces the one before it, and can be told in advance: the first is the one that stands below, each later one of its
kind is higher by one. This file must not know MiniStack: a user is the dict in which it keeps one.
"""

from dataclasses import dataclass
from typing import Any

HOUR = 3600
DAY = 24 * HOUR

User = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """What a code is for: where MiniStack keeps it, the first that a user gets, and the seconds that it is good."""

    key: str
    first: int
    seconds: int


# Validity: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html (code security).
SIGN_UP = Kind("_confirmation_code", 123456, DAY)
RESET = Kind("_reset_code", 654321, HOUR)
ATTRIBUTES = {
    "email": Kind("_email_code", 246810, DAY),
    "phone_number": Kind("_phone_number_code", 135790, DAY),
}

# Calls of an operation for one user in an hour, from the same page. For a reset AWS allows 5 to 20, depending on the
# risk that it sees, to ask and to answer together; who asks from the own machine is no risk.
# https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
LIMITS = {
    "ResendConfirmationCode": ("resend", 5),
    "ConfirmSignUp": ("confirm", 15),
    "ForgotPassword": ("reset", 20),
    "ConfirmForgotPassword": ("reset", 20),
    "ChangePassword": ("change", 5),
    "GetUserAttributeVerificationCode": ("attribute", 5),
    "VerifyUserAttribute": ("verify", 15),
}


def issue(user: User, kind: Kind, now: float) -> str:
    """A new code, in the place of the one before. Only the newest is good on AWS, too:
    https://github.com/aws-amplify/amplify-swift/issues/3127"""
    number, _ = user.get("_issued", {}).get(kind.key, (0, 0))
    code = f"{(kind.first + number) % 1_000_000:06}"
    user.setdefault("_issued", {})[kind.key] = (number + 1, now + kind.seconds)
    user[kind.key] = code
    return code


def current(user: User, kind: Kind, now: float) -> str | None:
    """The code that is good at present."""
    _, end = user.get("_issued", {}).get(kind.key, (0, 0))
    return user.get(kind.key) if now < end else None


def spend(user: User, kind: Kind) -> None:
    """A code is good once. https://github.com/floci-io/floci/pull/2018 has it from a real pool."""
    user.pop(kind.key, None)


def is_too_often(user: User, operation: str, now: float) -> bool:
    """Whether this call is one too many; one that is not counts from now on."""
    if operation not in LIMITS:
        return False
    counter, limit = LIMITS[operation]
    calls = [then for then in user.get("_calls", {}).get(counter, []) if now - then < HOUR]
    refused = len(calls) >= limit
    user.setdefault("_calls", {})[counter] = calls if refused else [*calls, now]
    return refused

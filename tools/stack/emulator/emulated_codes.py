"""The codes that the local stack's Cognito sends, their validity, and the limits on attempts.

MiniStack has one code for all sign-ups and one for all resets, which never expire. This file makes each new code
replace the user's previous one. The codes are predictable: the first of each kind is below, and each later one is
higher by one. This file must not know MiniStack; it only gets the dict in which MiniStack stores a user."""

from dataclasses import dataclass
from typing import Any

HOUR = 3600
DAY = 24 * HOUR

User = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of code: MiniStack's key for it, the first code of a user, and its validity in seconds."""

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

# The limits on calls of an operation for one user in an hour, from the same page. For a reset AWS allows 5 to 20 calls,
# depending on the risk, for requests and confirmations together. Calls from this machine count as the lowest risk.
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
    """Makes a new code, which replaces the previous one. On AWS, too, only the newest is valid:
    https://github.com/aws-amplify/amplify-swift/issues/3127"""
    number, _ = user.get("_issued", {}).get(kind.key, (0, 0))
    code = f"{(kind.first + number) % 1_000_000:06}"
    user.setdefault("_issued", {})[kind.key] = (number + 1, now + kind.seconds)
    user[kind.key] = code
    return code


def current(user: User, kind: Kind, now: float) -> str | None:
    """The code that is valid now."""
    _, end = user.get("_issued", {}).get(kind.key, (0, 0))
    return user.get(kind.key) if now < end else None


def spend(user: User, kind: Kind) -> None:
    """Removes a used code: a code is valid only once, as https://github.com/floci-io/floci/pull/2018 saw at a real
    pool."""
    user.pop(kind.key, None)


def is_too_often(user: User, operation: str, now: float) -> bool:
    """Whether this call exceeds the limit. If it does not, it is counted."""
    if operation not in LIMITS:
        return False
    counter, limit = LIMITS[operation]
    calls = [then for then in user.get("_calls", {}).get(counter, []) if now - then < HOUR]
    refused = len(calls) >= limit
    user.setdefault("_calls", {})[counter] = calls if refused else [*calls, now]
    return refused

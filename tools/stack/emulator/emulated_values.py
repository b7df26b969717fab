"""Cognito's rules for attributes and passwords, and how it masks addresses: functions on texts.

This file must not know MiniStack or its users.
"""

import re
import string
from collections.abc import Iterable, Mapping
from typing import Any

VERIFIABLE = ("email", "phone_number")
FORMATS = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "Invalid email address format."),
    # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
    "phone_number": (re.compile(r"\+[0-9]{1,15}"), "Invalid phone number format."),
}

# Only letters of the basic Latin alphabet count, and a space only if it is neither first nor last:
# https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
SYMBOLS = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= "
CLASSES = (
    ("RequireUppercase", string.ascii_uppercase, "uppercase"),
    ("RequireLowercase", string.ascii_lowercase, "lowercase"),
    ("RequireNumbers", string.digits, "numeric"),
    ("RequireSymbols", SYMBOLS, "symbol"),
)


def masked(destination: str) -> str:
    """Masks an address as `j***@e***`, and a number except for its last four digits, as seen at a real pool:
    https://github.com/floci-io/floci/pull/1898. The older examples of the CLI show the end of the domain."""
    local, at, domain = destination.partition("@")
    if at:
        return f"{local[:1]}***@{domain[:1]}***"
    if destination.startswith("+"):
        digits = destination[1:]
        return "+" + "*" * max(len(digits) - 4, 0) + digits[-4:]
    return "***"


def is_same(one: str | None, other: str | None, ignoring_case: bool) -> bool:
    """Whether two names are the same, in a case-sensitive pool or with `ignoring_case`."""
    if one is None or other is None:
        return False
    return one.casefold() == other.casefold() if ignoring_case else one == other


def attribute_fault(schema: Iterable[Mapping[str, Any]], attributes: Mapping[str, str]) -> str | None:
    """Cognito's error for the first invalid attribute. An empty value removes an attribute, so it is always valid.

    The texts are from https://github.com/aws-amplify/amplify-flutter/issues/2034,
    https://github.com/aws-amplify/amplify-js/issues/2167
    """
    fault = "Attributes did not conform to the schema: {}: {}"
    known = {attribute["Name"]: attribute.get("StringAttributeConstraints") or {} for attribute in schema}
    for name, value in attributes.items():
        if name not in known:
            return fault.format(name, "Attribute does not exist in the schema.")
        if not value:
            continue
        shortest, longest = (int(known[name].get(key, end)) for key, end in (("MinLength", 0), ("MaxLength", 2048)))
        if len(value) < shortest:
            return fault.format(name, f"String must be no shorter than {shortest} characters")
        if len(value) > longest:
            return fault.format(name, f"String must be no longer than {longest} characters")
        form, text = FORMATS.get(name, (None, None))
        if form and not form.fullmatch(value):
            return text
    return None


def password_fault(policy: Mapping[str, Any], password: str) -> str | None:
    """Cognito's error for a password that does not meet the policy. It names only the first problem:
    https://github.com/amazon-archives/amazon-cognito-identity-js/issues/414"""
    if len(password) < policy.get("MinimumLength", 8):
        return "Password not long enough"
    for rule, characters, name in CLASSES:
        inner = password.strip(" ")
        if policy.get(rule, True) and not any(character in characters for character in inner):
            return f"Password must have {name} characters"
    return None


def is_used_before(policy: Mapping[str, Any], passwords: list[str], password: str) -> bool:
    """Whether the password is among the last ones. The present password is the last in the list, and the history size
    includes it: "current password or any of up to 23 additional previous passwords, for a maximum total of 24",
    https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html"""
    size = int(policy.get("PasswordHistorySize") or 0)
    return size > 0 and password in passwords[-size:]

"""What Cognito takes for an attribute and for a password, and how it shows an address: rules over texts.

Nothing in here knows MiniStack or a user.
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

# https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html: letters of the basic Latin
# alphabet, and a space only where it is neither first nor last.
SYMBOLS = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= "
CLASSES = (
    ("RequireUppercase", string.ascii_uppercase, "uppercase"),
    ("RequireLowercase", string.ascii_lowercase, "lowercase"),
    ("RequireNumbers", string.digits, "numeric"),
    ("RequireSymbols", SYMBOLS, "symbol"),
)


def masked(destination: str) -> str:
    """`j***@e***`, and of a number the last four digits: seen at a real pool,
    https://github.com/floci-io/floci/pull/1898. The CLI's examples keep the end of the domain; they are older."""
    local, at, domain = destination.partition("@")
    if at:
        return f"{local[:1]}***@{domain[:1]}***"
    if destination.startswith("+"):
        digits = destination[1:]
        return "+" + "*" * max(len(digits) - 4, 0) + digits[-4:]
    return "***"


def is_same(one: str | None, other: str | None, ignoring_case: bool) -> bool:
    """Whether two names are one in a pool that takes capitals to matter, or not to."""
    if one is None or other is None:
        return False
    return one.casefold() == other.casefold() if ignoring_case else one == other


def attribute_fault(schema: Iterable[Mapping[str, Any]], attributes: Mapping[str, str]) -> str | None:
    """What Cognito says of the first attribute that the pool does not take. An empty value removes one.

    Texts: https://github.com/aws-amplify/amplify-flutter/issues/2034,
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
    """The one thing that Cognito says of a password, though more may be wrong with it:
    https://github.com/amazon-archives/amazon-cognito-identity-js/issues/414"""
    if len(password) < policy.get("MinimumLength", 8):
        return "Password not long enough"
    for rule, characters, name in CLASSES:
        inner = password.strip(" ")
        if policy.get(rule, True) and not any(character in characters for character in inner):
            return f"Password must have {name} characters"
    return None


def is_used_before(policy: Mapping[str, Any], passwords: list[str], password: str) -> bool:
    """Whether the password is among the last ones, of which the present one is the last of all. The size counts the
    present one: "current password or any of up to 23 additional previous passwords, for a maximum total of 24",
    https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html"""
    size = int(policy.get("PasswordHistorySize") or 0)
    return size > 0 and password in passwords[-size:]

"""Checks the limits of the text messages of the stack's own user pool. It makes no calls; account.py reads the state.

Cognito publishes text messages through Amazon SNS, which passes them to AWS End User Messaging SMS. When a pool is
created or updated, Cognito checks only the role. So a finding of this file never stops a deploy:
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html
"""

from collections.abc import Mapping
from typing import Any

from stack.aws.consequences import makes_pool
from stack.pool import factors
from stack.pool.findings import GUIDE, Finding, not_checked

# The default monthly spending limit of an account, in dollars.
# https://docs.aws.amazon.com/sms-voice/latest/userguide/sandbox.html
DEFAULT_LIMIT = 1.0


def region(parameters: Mapping[str, str], stack: str) -> str:
    """The region from which the stack's own pool sends text messages; empty if it sends none."""
    if not makes_pool(parameters) or not parameters.get("SmsExternalId"):
        return ""
    return parameters.get("SmsRegion") or stack


def judge(place: str, answer: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Finding]:
    """What the state of text messages (senders.py) means for the pool."""
    found = []
    if answer["sandbox"]:
        nobody = " Nobody else can sign in, because a code by SMS is the only second factor." if (
            factors.only(parameters, "SMS")
        ) else ""
        found.append(Finding(
            f"This account is in the SMS sandbox in {place}: AWS sends text messages only to phone numbers that are"
            f" verified there, at most ten.{nobody}",
            f"To add a number for tests: aws sns create-sms-sandbox-phone-number --region {place} --phone-number +..."
            f" . To leave the sandbox: {GUIDE}.",
        ))
    found += [*of_money(place, answer["spend"]), *of_origins(place, answer["origins"])]
    return [*found, *not_checked(answer["unknown"])]


def of_money(place: str, spend: str | None) -> list[Finding]:
    """`spend` is the spending limit, or None if it is not known."""
    if spend is None or dollars(spend) > DEFAULT_LIMIT:
        return []
    return [Finding(
        f"The spending limit for text messages in {place} is ${dollars(spend):g} a month. After that AWS sends none, so"
        " users get no codes.",
        f"Request a higher limit, and then set it: {GUIDE}.",
    )]


def dollars(spend: str) -> float:
    try:
        return float(spend or DEFAULT_LIMIT)
    except ValueError:
        return DEFAULT_LIMIT


def of_origins(place: str, origins: list[str] | None) -> list[Finding]:
    """`origins` are the countries of the account's phone numbers and sender ids. AWS does not offer shared ones for
    every country:
    https://docs.aws.amazon.com/sms-voice/latest/userguide/phone-pool-shared-routes.html"""
    if origins is None or origins:
        return []
    return [Finding(
        f"This account has no phone number and no sender id of its own in {place}. AWS delivers no text messages to the"
        " United States and other countries that require one; in other countries they come from a shared sender.",
        f"What each country requires, and how to get it: {GUIDE}.",
    )]

"""The text messages of the stack's own user pool: what limits them. Pure: the answers come from account.py.

Cognito publishes them through Amazon SNS, which hands them to AWS End User Messaging SMS. When a pool is made or
changed it looks at the role alone, so nothing here fails a deploy, and nothing is refused:
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html
"""

from collections.abc import Mapping
from typing import Any

from stack.aws.consequences import makes_pool
from stack.pool import factors
from stack.pool.found_out import GUIDE, Finding, unasked

# What an account may spend where nothing else was agreed.
# https://docs.aws.amazon.com/sms-voice/latest/userguide/sandbox.html
AT_FIRST = 1.0


def region(parameters: Mapping[str, str], stack: str) -> str:
    """Where the stack's own pool sends its text messages; "" where it sends none."""
    if not makes_pool(parameters) or not parameters.get("SmsExternalId"):
        return ""
    return parameters.get("SmsRegion") or stack


def judge(place: str, answer: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Finding]:
    """What the answers (senders.py) mean for the pool."""
    found = []
    if answer["sandbox"]:
        nobody = " Nobody else can sign in then: a code by SMS is the only second factor." if (
            factors.only(parameters, "SMS")
        ) else ""
        found.append(Finding(
            f"This account is in the SMS sandbox in {place}: text messages go to phone numbers alone that were"
            f" verified there, ten at most.{nobody}",
            f"To try it: aws sns create-sms-sandbox-phone-number --region {place} --phone-number +... . To leave it:"
            f" {GUIDE}.",
        ))
    found += [*of_money(place, answer["spend"]), *of_origins(place, answer["origins"])]
    return [*found, *unasked(answer["unknown"])]


def of_money(place: str, spend: str | None) -> list[Finding]:
    """None: not known."""
    if spend is None or dollars(spend) > AT_FIRST:
        return []
    return [Finding(
        f"Text messages may cost ${dollars(spend):g} a month in {place}, and none is sent after that: codes stop then.",
        f"Ask for more, and then set it: {GUIDE}.",
    )]


def dollars(spend: str) -> float:
    try:
        return float(spend or AT_FIRST)
    except ValueError:
        return AT_FIRST


def of_origins(place: str, origins: list[str] | None) -> list[Finding]:
    """`origins`: the countries of the account's numbers and sender ids. Shared ones are not offered everywhere:
    https://docs.aws.amazon.com/sms-voice/latest/userguide/phone-pool-shared-routes.html"""
    if origins is None or origins:
        return []
    return [Finding(
        f"This account has no number and no sender id of its own in {place}: to the United States, and other"
        " countries that want one, no text message is delivered; to others it comes from a sender that is shared.",
        f"Which country wants what, and how to get one: {GUIDE}.",
    )]

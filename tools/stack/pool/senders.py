"""What account.py asks of those who send for the user pool - Amazon SES, Amazon SNS, AWS End User Messaging SMS - and
of the pool itself.

Nothing here is needed for a deploy to go on: a question that is refused, or for which a region has no service, is told
by its name and the error's. Needs boto3, as account.py does. It must not change anything, and must not judge.
"""

from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

# Somebody waits, and the deploy goes on without an answer.
PATIENCE = botocore.config.Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3})
NOT_FOUND = "NotFoundException"


class Asked:
    """The answers to several questions, and why some of them have none."""

    def __init__(self) -> None:
        self.unknown: dict[str, str] = {}

    def ask(self, action: str, call: Callable[[], Any], missing: object = None) -> Any:
        """What the call answers; `missing` where there is no such thing, and None where the question got no answer."""
        try:
            return call()
        except botocore.exceptions.ClientError as error:
            found = error.response["Error"]["Code"]
            if found == NOT_FOUND:
                return missing
            self.unknown[action] = found
        except botocore.exceptions.BotoCoreError as error:
            self.unknown[action] = type(error).__name__
        return None


def client(service: str, region: str) -> Any:
    return boto3.client(service, region_name=region, config=PATIENCE)


def mail(region: str, identity: str, configuration_set: str) -> dict[str, Any]:
    """What Amazon SES says of an identity, of the account in that region and of a configuration set ("" - of none)."""
    asked = Asked()
    ses, sts = client("sesv2", region), client("sts", region)
    caller = asked.ask("sts:GetCallerIdentity", lambda: sts.get_caller_identity())
    state = asked.ask("ses:GetAccount", lambda: ses.get_account()) or {}
    found = {
        "account": (caller or {}).get("Account"),
        # NONE - there is none.
        "identity": verification(asked, ses, identity),
        "by": None,
        "production": state.get("ProductionAccessEnabled"),
        "sending": state.get("SendingEnabled"),
        "quota": (state.get("SendQuota") or {}).get("Max24HourSend"),
        "sent": (state.get("SendQuota") or {}).get("SentLast24Hours"),
        "set": None,
    }
    if found["identity"] not in (None, "SUCCESS"):
        found["by"] = next((each for each in above(identity) if verification(asked, ses, each) == "SUCCESS"), None)
    if configuration_set:
        answer = asked.ask(
            "ses:GetConfigurationSet", lambda: ses.get_configuration_set(ConfigurationSetName=configuration_set), False
        )
        found["set"] = answer if answer is None else bool(answer)
    return {**found, "unknown": asked.unknown}


def verification(asked: Asked, ses: Any, identity: str) -> Any:
    """SES's word for where the verification of an identity is, SUCCESS when it may send."""
    answer = asked.ask("ses:GetEmailIdentity", lambda: ses.get_email_identity(EmailIdentity=identity), {})
    if answer is None:
        return None
    if answer.get("VerifiedForSendingStatus"):
        return "SUCCESS"
    # A status of SUCCESS that may not send is none.
    status = answer.get("VerificationStatus", "PENDING" if answer else "NONE")
    return status if status != "SUCCESS" else "PENDING"


def above(identity: str) -> list[str]:
    """The domains that an identity is in, the nearest first and without the last label: a verified one speaks for all
    below it. https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html"""
    local, _, domain = identity.rpartition("@")
    labels = domain.split(".")
    first = 0 if local else 1
    return [".".join(labels[place:]) for place in range(first, len(labels) - 1)]


def sms(region: str) -> dict[str, Any]:
    """What is said in a region of text messages: whether the account is in the sandbox, what it may spend a month, and
    the countries of its numbers and sender ids."""
    asked = Asked()
    sns, voice = client("sns", region), client("pinpoint-sms-voice-v2", region)
    sandbox = asked.ask("sns:GetSMSSandboxAccountStatus", lambda: sns.get_sms_sandbox_account_status())
    spend = asked.ask("sns:GetSMSAttributes", lambda: sns.get_sms_attributes(attributes=["MonthlySpendLimit"]))
    # One page is enough to see whether there is any.
    numbers = asked.ask("sms-voice:DescribePhoneNumbers", lambda: voice.describe_phone_numbers())
    senders = asked.ask("sms-voice:DescribeSenderIds", lambda: voice.describe_sender_ids())
    origins = None
    if numbers is not None and senders is not None:
        able = [each for each in numbers.get("PhoneNumbers", []) if can_send(each)]
        origins = sorted({each["IsoCountryCode"] for each in [*able, *senders.get("SenderIds", [])]})
    return {
        "sandbox": (sandbox or {}).get("IsInSandbox"),
        # "" - none was set, and the account's own counts.
        "spend": None if spend is None else (spend.get("attributes") or {}).get("MonthlySpendLimit", ""),
        "origins": origins,
        "unknown": asked.unknown,
    }


def can_send(number: Mapping[str, Any]) -> bool:
    """A simulator's number reaches simulators alone.
    https://docs.aws.amazon.com/sms-voice/latest/userguide/verify-destination-phone-number.html"""
    return (
        number.get("Status") == "ACTIVE"
        and "SMS" in number.get("NumberCapabilities", [])
        and number.get("NumberType") != "SIMULATOR"
    )


def pool(region: str, pool_id: str) -> dict[str, Any]:
    """The plan of a user pool, and what is in use there that not every plan has."""
    asked = Asked()
    cognito = client("cognito-idp", region)
    answer = asked.ask("cognito-idp:DescribeUserPool", lambda: cognito.describe_user_pool(UserPoolId=pool_id)) or {}
    found = answer.get("UserPool") or {}
    policies, triggers = found.get("Policies") or {}, found.get("LambdaConfig") or {}
    domains = [found[name] for name in ("Domain", "CustomDomain") if found.get(name)]
    return {
        "plan": found.get("UserPoolTier"),
        "trigger": (triggers.get("PreTokenGenerationConfig") or {}).get("LambdaVersion", ""),
        "triggers": sorted(name for name, value in triggers.items() if value),
        "firstFactors": (policies.get("SignInPolicy") or {}).get("AllowedFirstAuthFactors") or [],
        "history": (policies.get("PasswordPolicy") or {}).get("PasswordHistorySize") or 0,
        "protection": (found.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode", "OFF"),
        "login": max([1, *(login(asked, cognito, domain) for domain in domains)]),
        "unknown": asked.unknown,
    }


def login(asked: Asked, cognito: Any, domain: str) -> Any:
    """The version of the pages that a pool's domain serves: 2 is managed login."""
    answer = asked.ask(
        "cognito-idp:DescribeUserPoolDomain", lambda: cognito.describe_user_pool_domain(Domain=domain)
    ) or {}
    return (answer.get("DomainDescription") or {}).get("ManagedLoginVersion") or 1

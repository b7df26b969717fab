"""The calls of account.py to the services that send the user pool's messages, and to the pool itself.

The services are Amazon SES, Amazon SNS and AWS End User Messaging SMS. A deploy does not depend on the results: if a
call is refused, or a region does not have the service, the result names the API action and the error. This file needs
boto3, as account.py does. It must not change anything in AWS, and must not judge the results."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

# Short, because a person waits and the deploy goes on without the result.
TIMEOUTS = botocore.config.Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3})
NOT_FOUND = "NotFoundException"


class Calls:
    """Makes several calls to AWS, and collects the errors of those that fail."""

    def __init__(self) -> None:
        self.unknown: dict[str, str] = {}

    def make(self, action: str, call: Callable[[], Any], missing: object = None) -> Any:
        """The result of the call; `missing` if the resource does not exist, and None if the call fails."""
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
    return boto3.client(service, region_name=region, config=TIMEOUTS)


def mail(region: str, identity: str, configuration_set: str) -> dict[str, Any]:
    """The state of an SES identity, of the account in that region, and of a configuration set (empty for none)."""
    calls = Calls()
    ses, sts = client("sesv2", region), client("sts", region)
    caller = calls.make("sts:GetCallerIdentity", lambda: sts.get_caller_identity())
    state = calls.make("ses:GetAccount", lambda: ses.get_account()) or {}
    found = {
        "account": (caller or {}).get("Account"),
        # NONE if there is no such identity.
        "identity": verification(calls, ses, identity),
        "by": None,
        "production": state.get("ProductionAccessEnabled"),
        "sending": state.get("SendingEnabled"),
        "quota": (state.get("SendQuota") or {}).get("Max24HourSend"),
        "sent": (state.get("SendQuota") or {}).get("SentLast24Hours"),
        "set": None,
    }
    if found["identity"] not in (None, "SUCCESS"):
        parents = parent_domains(identity)
        found["by"] = next((each for each in parents if verification(calls, ses, each) == "SUCCESS"), None)
    if configuration_set:
        answer = calls.make(
            "ses:GetConfigurationSet", lambda: ses.get_configuration_set(ConfigurationSetName=configuration_set), False
        )
        found["set"] = answer if answer is None else bool(answer)
    return {**found, "unknown": calls.unknown}


def verification(calls: Calls, ses: Any, identity: str) -> Any:
    """SES's verification status of an identity; SUCCESS only if it may send."""
    answer = calls.make("ses:GetEmailIdentity", lambda: ses.get_email_identity(EmailIdentity=identity), {})
    if answer is None:
        return None
    if answer.get("VerifiedForSendingStatus"):
        return "SUCCESS"
    # An identity with the status SUCCESS that may not send is not usable.
    status = answer.get("VerificationStatus", "PENDING" if answer else "NONE")
    return status if status != "SUCCESS" else "PENDING"


def parent_domains(identity: str) -> list[str]:
    """The domains that contain an identity, the nearest first, without the top-level domain. A verified domain covers
    everything below it: https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html"""
    local, _, domain = identity.rpartition("@")
    labels = domain.split(".")
    first = 0 if local else 1
    return [".".join(labels[place:]) for place in range(first, len(labels) - 1)]


def sms(region: str) -> dict[str, Any]:
    """The state of text messages in a region: whether the account is in the sandbox, its monthly spending limit, and
    the countries of its phone numbers and sender ids."""
    calls = Calls()
    sns, voice = client("sns", region), client("pinpoint-sms-voice-v2", region)
    sandbox = calls.make("sns:GetSMSSandboxAccountStatus", lambda: sns.get_sms_sandbox_account_status())
    spend = calls.make("sns:GetSMSAttributes", lambda: sns.get_sms_attributes(attributes=["MonthlySpendLimit"]))
    # One page is enough to see whether there is any.
    numbers = calls.make("sms-voice:DescribePhoneNumbers", lambda: voice.describe_phone_numbers())
    senders = calls.make("sms-voice:DescribeSenderIds", lambda: voice.describe_sender_ids())
    origins = None
    if numbers is not None and senders is not None:
        able = [each for each in numbers.get("PhoneNumbers", []) if can_send(each)]
        origins = sorted({each["IsoCountryCode"] for each in [*able, *senders.get("SenderIds", [])]})
    return {
        "sandbox": (sandbox or {}).get("IsInSandbox"),
        # Empty if no limit was set; then the account's default applies.
        "spend": None if spend is None else (spend.get("attributes") or {}).get("MonthlySpendLimit", ""),
        "origins": origins,
        "unknown": calls.unknown,
    }


def can_send(number: Mapping[str, Any]) -> bool:
    """Whether real phones receive messages from this number. A simulator's number reaches only simulators:
    https://docs.aws.amazon.com/sms-voice/latest/userguide/verify-destination-phone-number.html"""
    return (
        number.get("Status") == "ACTIVE"
        and "SMS" in number.get("NumberCapabilities", [])
        and number.get("NumberType") != "SIMULATOR"
    )


def pool(region: str, pool_id: str) -> dict[str, Any]:
    """The plan of a user pool, and the features in use that not every plan has."""
    calls = Calls()
    cognito = client("cognito-idp", region)
    answer = calls.make("cognito-idp:DescribeUserPool", lambda: cognito.describe_user_pool(UserPoolId=pool_id)) or {}
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
        "login": max([1, *(login(calls, cognito, domain) for domain in domains)]),
        "unknown": calls.unknown,
    }


def login(calls: Calls, cognito: Any, domain: str) -> Any:
    """The version of the sign-in pages at a pool's domain; 2 is managed login."""
    answer = calls.make(
        "cognito-idp:DescribeUserPoolDomain", lambda: cognito.describe_user_pool_domain(Domain=domain)
    ) or {}
    return (answer.get("DomainDescription") or {}).get("ManagedLoginVersion") or 1

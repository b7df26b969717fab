"""Checks the mail of the stack's own user pool: what it needs in Amazon SES, and its limits without SES.

Cognito sends from an SES identity, which must be verified and in the pool's account. When a pool is created or updated,
Cognito checks exactly the identity that `sourceArn` names, and refuses the pool with "Email address is not verified":
https://github.com/aws/aws-cdk/issues/18964. Other problems appear only with the first mail. This file makes no calls;
account.py reads the state of SES.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stack.aws.consequences import makes_pool
from stack.pool import factors
from stack.pool.findings import GUIDE, Finding, not_checked

ARN = re.compile(r"arn:[^:]+:ses:([a-z0-9-]+):([0-9]{12}):identity/(.+)")
# The part of SES's daily quota from which on a note warns.
NEARLY = 0.8
# Words in the name of a stage or stack that say whether end users or only developers use it.
FOR_END_USERS = {"prod", "production", "prd", "live"}
FOR_DEVELOPERS = {
    "dev", "development", "test", "testing", "qa", "ci", "stage", "staging", "demo", "preview", "sandbox", "local",
}
SETTINGS = ("ExistingUserPoolId", "EmailSourceArn", "EmailFrom", "EmailConfigurationSet")


@dataclass(frozen=True)
class Sender:
    """The SES identity and configuration set that the pool sends with."""

    region: str
    account: str
    identity: str
    configuration_set: str
    arn: str


def sender(parameters: Mapping[str, str]) -> Sender | None:
    """The SES sender of the stack's own pool; None if the pool has none, or is not the stack's own."""
    named = ARN.fullmatch(parameters.get("EmailSourceArn", ""))
    if not makes_pool(parameters) or not named:
        return None
    region, account, identity = named.groups()
    return Sender(region, account, identity, parameters.get("EmailConfigurationSet", ""), named[0])


def judge(sent: Sender, answer: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Finding]:
    """What the state of SES (senders.py) means for the pool."""
    if answer["account"] and answer["account"] != sent.account:
        # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
        return [Finding(
            f"The mail's SES identity belongs to the account {sent.account}, but the pool is in {answer['account']}."
            " Cognito sends only from identities of the pool's own account.",
            f"Name an identity of this account in userPool.email.sourceArn, or create it: {make(sent)}", True,
        )]
    found = [*of_identity(sent, answer), *of_configuration_set(sent, answer), *of_account(sent, answer, parameters)]
    return [*found, *not_checked(answer["unknown"])]


def of_identity(sent: Sender, answer: Mapping[str, Any]) -> list[Finding]:
    status, by = answer["identity"], answer["by"]
    if status in (None, "SUCCESS"):
        return []
    if by:
        # AWS's reference of SourceArn allows "an address from a verified domain", but public reports say that Cognito
        # refuses it. The newest is of 2026: https://github.com/aws-amplify/amplify-backend/issues/3134,
        # https://github.com/aws/aws-cdk/issues/19787
        return [Finding(
            f"{sent.identity} is not a verified identity itself in {sent.region}; only {by}, which contains it, is."
            " Cognito checks exactly the named identity, and has refused pools for this.",
            f'Name the domain: "sourceArn": "{sent.arn.partition("identity/")[0]}identity/{by}", and keep "from".',
            may_be_refused=True,
        )]
    if status == "NONE":
        text = f"Amazon SES has no identity {sent.identity} in {sent.region}: {NO_MAIL}"
        return [Finding(text, f"{make(sent)}\n{then(sent)}", True)]
    text = f"Amazon SES has not verified {sent.identity} in {sent.region} ({status}): {NO_MAIL}"
    return [Finding(text, then(sent), True)]


NO_MAIL = "SES sends no mail from it, and Cognito refuses to create or update a pool with it."


def make(sent: Sender) -> str:
    return f"aws sesv2 create-email-identity --region {sent.region} --email-identity {sent.identity}"


def then(sent: Sender) -> str:
    """How to verify an identity after it was created."""
    if "@" in sent.identity:
        return (
            f"Open the link in the mail that SES has sent to {sent.identity}; it is valid for a day. To get another"
            " mail, delete the identity and create it again: aws sesv2 delete-email-identity"
            f" --region {sent.region} --email-identity {sent.identity}"
        )
    return (
        f"For each TOKEN that the following command prints, add a CNAME record TOKEN._domainkey.{sent.identity} with"
        " the value TOKEN.dkim.amazonses.com to DNS. Repeat the command until it prints SUCCESS: aws sesv2"
        f" get-email-identity --region {sent.region} --email-identity {sent.identity} --query"
        " 'DkimAttributes.[Status,Tokens]'"
    )


def of_configuration_set(sent: Sender, answer: Mapping[str, Any]) -> list[Finding]:
    """SES refuses a mail that names a configuration set which does not exist.
    https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html (ConfigurationSetDoesNotExist)"""
    if answer["set"] is not False:
        return []
    return [Finding(
        f"Amazon SES has no configuration set {sent.configuration_set} in {sent.region}, and refuses every mail that"
        " names it.",
        "Correct userPool.email.configurationSet, or create it: aws sesv2 create-configuration-set --region"
        f" {sent.region} --configuration-set-name {sent.configuration_set}", True,
    )]


def of_account(sent: Sender, answer: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Finding]:
    """The limits for all identities of the account in that region."""
    found = []
    if answer["sending"] is False:
        found.append(Finding(
            f"Amazon SES has paused sending for this account in {sent.region}: until it resumes, the pool sends no"
            " mail.",
            f"To see the reason: aws sesv2 get-account --region {sent.region} --query EnforcementStatus",
        ))
    if answer["production"] is False:
        # https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
        nobody = " Nobody else can sign in, because a code by mail is the only second factor." if (
            factors.only(parameters, "EMAIL")
        ) else ""
        limit = f", and {answer['quota']:,.0f} mails a day" if (answer["quota"] or -1) > 0 else ""
        found.append(Finding(
            f"This account is in the Amazon SES sandbox in {sent.region}: SES sends only to addresses that are verified"
            f" there{limit}.{nobody}",
            f"How to request production access: {GUIDE}.",
        ))
    elif (answer["quota"] or -1) > 0 and (answer["sent"] or 0) >= NEARLY * answer["quota"]:
        found.append(Finding(
            f"Amazon SES sends {answer['quota']:,.0f} mails a day for this account in {sent.region}, and most of them"
            " are used up for today.", "Request a higher quota (Service Quotas, Amazon SES, Sending quota).",
        ))
    return found


def without(parameters: Mapping[str, str], name: str) -> list[Finding]:
    """A note if a pool for end users sends with Cognito's own sender. `name` is that of the stage and the stack.
    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html: 50 mails a day, for the account."""
    if not makes_pool(parameters) or parameters.get("EmailSourceArn") or not is_for_end_users(name, parameters):
        return []
    if factors.offered(parameters, "EMAIL"):
        stops = "sign-up and sign-in stop"
    elif parameters.get("SelfSignUp", "true") == "true" and parameters.get("AutoConfirm", "false") == "false":
        stops = "sign-up stops"
    else:
        # The only mails are a few password resets.
        return []
    return [Finding(
        "The user pool sends with Cognito's own sender, which is limited to 50 mails a day for the whole account. After"
        f" that {stops} until the next day.",
        f"Send with Amazon SES instead (userPool.email): {GUIDE}.",
    )]


def is_for_end_users(name: str, parameters: Mapping[str, str]) -> bool:
    """Whether end users use this stage. If its name does not say so, a stage with a domain counts as one for them."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if words & FOR_END_USERS:
        return True
    return not words & FOR_DEVELOPERS and bool(parameters.get("DomainName"))

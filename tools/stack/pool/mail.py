"""The mail of the stack's own user pool: what it needs of Amazon SES, and what it is like without.

Cognito sends as an identity of SES that must be verified, in the account of the pool. It has SES look at the very
identity that `sourceArn` names when the pool is made or changed, and refuses the pool with "Email address is not
verified": https://github.com/aws/aws-cdk/issues/18964. The rest shows with the first mail. Pure: the answers come from
account.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stack.aws.consequences import makes_pool
from stack.pool import factors
from stack.pool.found_out import GUIDE, Finding, unasked

ARN = re.compile(r"arn:[^:]+:ses:([a-z0-9-]+):([0-9]{12}):identity/(.+)")
# Of SES's quota for a day: what is left after it is soon gone.
NEARLY = 0.8
# Words in the name of a stage or a stack that say for whom it is.
FOR_PEOPLE = {"prod", "production", "prd", "live"}
FOR_US = {
    "dev", "development", "test", "testing", "qa", "ci", "stage", "staging", "demo", "preview", "sandbox", "local",
}
SETTINGS = ("ExistingUserPoolId", "EmailSourceArn", "EmailFrom", "EmailConfigurationSet")


@dataclass(frozen=True)
class Sender:
    """What to ask SES about."""

    region: str
    account: str
    identity: str
    configuration_set: str
    arn: str


def sender(parameters: Mapping[str, str]) -> Sender | None:
    """The sender that the stack's own pool is to have; None where there is none, or none of ours."""
    named = ARN.fullmatch(parameters.get("EmailSourceArn", ""))
    if not makes_pool(parameters) or not named:
        return None
    region, account, identity = named.groups()
    return Sender(region, account, identity, parameters.get("EmailConfigurationSet", ""), named[0])


def judge(sent: Sender, answer: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Finding]:
    """What SES's answers (senders.py) mean for the pool."""
    if answer["account"] and answer["account"] != sent.account:
        # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html: not across accounts.
        return [Finding(
            f"The mail's identity is one of the account {sent.account}, and this is {answer['account']}: Cognito"
            " sends as identities of the pool's own account alone.",
            f"Name one of this account in userPool.email.sourceArn, or make it here: {make(sent)}", True,
        )]
    found = [*of_identity(sent, answer), *of_configuration_set(sent, answer), *of_account(sent, answer, parameters)]
    return [*found, *unasked(answer["unknown"])]


def of_identity(sent: Sender, answer: Mapping[str, Any]) -> list[Finding]:
    status, by = answer["identity"], answer["by"]
    if status in (None, "SUCCESS"):
        return []
    if by:
        # AWS's reference of SourceArn takes "an address from a verified domain"; public reports have it refused, the
        # newest of 2026: https://github.com/aws-amplify/amplify-backend/issues/3134,
        # https://github.com/aws/aws-cdk/issues/19787
        return [Finding(
            f"{sent.identity} is no verified identity of its own in {sent.region}, though {by} is, of which it is a"
            " part. Cognito looks at the very identity that is named, and has refused pools for it.",
            f'Name the domain: "sourceArn": "{sent.arn.partition("identity/")[0]}identity/{by}", with "from" as it is.',
            is_for_new=True,
        )]
    if status == "NONE":
        text = f"Amazon SES has no identity {sent.identity} in {sent.region}: {NO_MAIL}"
        return [Finding(text, f"{make(sent)}\n{then(sent)}", True)]
    text = f"Amazon SES has not verified {sent.identity} in {sent.region} ({status}): {NO_MAIL}"
    return [Finding(text, then(sent), True)]


NO_MAIL = "no mail leaves as it, and Cognito refuses to make or change a pool with it."


def make(sent: Sender) -> str:
    return f"aws sesv2 create-email-identity --region {sent.region} --email-identity {sent.identity}"


def then(sent: Sender) -> str:
    """What is left to do for an identity that was made."""
    if "@" in sent.identity:
        return (
            f"Open the link in the mail that SES has sent to {sent.identity}; it counts for a day. For another mail"
            " delete the identity and make it again: aws sesv2 delete-email-identity"
            f" --region {sent.region} --email-identity {sent.identity}"
        )
    return (
        f"Put a CNAME record WORD._domainkey.{sent.identity}, which points to WORD.dkim.amazonses.com, into DNS for"
        " each word that this prints, and wait until it says SUCCESS: aws sesv2 get-email-identity --region"
        f" {sent.region} --email-identity {sent.identity} --query 'DkimAttributes.[Status,Tokens]'"
    )


def of_configuration_set(sent: Sender, answer: Mapping[str, Any]) -> list[Finding]:
    """SES refuses each mail that names a set which is not there.
    https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html (ConfigurationSetDoesNotExist)"""
    if answer["set"] is not False:
        return []
    return [Finding(
        f"Amazon SES has no configuration set {sent.configuration_set} in {sent.region}, and refuses every mail that"
        " names it.",
        "Correct userPool.email.configurationSet, or make it: aws sesv2 create-configuration-set --region"
        f" {sent.region} --configuration-set-name {sent.configuration_set}", True,
    )]


def of_account(sent: Sender, answer: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Finding]:
    """What limits every identity of the account in that region."""
    found = []
    if answer["sending"] is False:
        found.append(Finding(
            f"Amazon SES has stopped sending for this account in {sent.region}: no mail of the pool leaves until it"
            " goes on.",
            f"The reason: aws sesv2 get-account --region {sent.region} --query EnforcementStatus",
        ))
    if answer["production"] is False:
        # https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
        nobody = " Nobody else can sign in then: a code by mail is the only second factor." if (
            factors.only(parameters, "EMAIL")
        ) else ""
        limit = f", and {answer['quota']:,.0f} mails a day" if (answer["quota"] or -1) > 0 else ""
        found.append(Finding(
            f"Amazon SES is in its sandbox in {sent.region}: mail goes to addresses alone that were verified"
            f" there{limit}.{nobody}",
            f"How to ask for production access: {GUIDE}.",
        ))
    elif (answer["quota"] or -1) > 0 and (answer["sent"] or 0) >= NEARLY * answer["quota"]:
        found.append(Finding(
            f"Amazon SES sends {answer['quota']:,.0f} mails a day for this account in {sent.region}, and most of"
            " today's are gone.", "Ask AWS for more (Service Quotas, Amazon SES, Sending quota).",
        ))
    return found


def without(parameters: Mapping[str, str], name: str) -> list[Finding]:
    """What is said of a pool for people that sends by Cognito's own sender. `name`: of stage and stack.
    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html: 50 mails a day, for the account."""
    if not makes_pool(parameters) or parameters.get("EmailSourceArn") or not is_for_people(name, parameters):
        return []
    if factors.offered(parameters, "EMAIL"):
        stops = "sign-up and sign-in stop"
    elif parameters.get("SelfSignUp", "true") == "true" and parameters.get("AutoConfirm", "false") == "false":
        stops = "sign-up stops"
    else:
        # A reset now and then is all the mail there is.
        return []
    return [Finding(
        "The user pool sends by Cognito's own sender, 50 mails a day for the whole account: with the 51st"
        f" {stops} until the next day.",
        f"Have Amazon SES send (userPool.email): {GUIDE}.",
    )]


def is_for_people(name: str, parameters: Mapping[str, str]) -> bool:
    """Whether others than those who build it use this stage. A name that says neither is taken by its domain."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if words & FOR_PEOPLE:
        return True
    return not words & FOR_US and bool(parameters.get("DomainName"))

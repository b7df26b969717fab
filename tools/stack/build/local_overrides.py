"""The settings in which a stack on this machine differs from one on AWS.

Two scripts use them: scripts/local, which starts its own MiniStack, and scripts/deploy with AWS_ENDPOINT_URL. This file
must not start anything.
"""

import platform
from collections.abc import Mapping
from urllib.parse import urlsplit

from stack.run.failure import Failure

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# A public value for tests: https://developers.cloudflare.com/turnstile/troubleshooting/testing/
TEST_SECRET = "1x0000000000000000000000000000000AA"
# Debug builds with plain cargo: the functions run on this machine, so they need neither an older glibc nor speed.
BUILD = {"SAM_BUILD_MODE": "debug", "CARGO_LAMBDA_COMPILER": "cargo"}


def port_of(env: Mapping[str, str]) -> int | None:
    """The port of the emulated AWS on this machine; None for AWS in the cloud."""
    endpoint = env.get("AWS_ENDPOINT_URL", "")
    if not endpoint:
        return None
    parts = urlsplit(endpoint)
    if parts.hostname not in LOOPBACK or parts.port is None:
        raise Failure(
            f"AWS_ENDPOINT_URL is {endpoint}, which is not a port of this machine.",
            "Unset it to use AWS in the cloud, or source the env file of scripts/local.",
        )
    return parts.port


def parameters() -> dict[str, str]:
    """The parameters of a stack on this machine.

    - It has this machine's processor and always its own user pool and table.
    - It leaves out what MiniStack 1.5.33 lacks: CodeDeploy, the association of a WAF web ACL, certificates, alarms on
      several metrics, mail and codes by mail, threat protection, remembered devices, and a concurrency quota from which
      to reserve.
    - It has no deletion protection, because it is thrown away.
    - Codes by text message reach no phone, only /_ministack/sns/sms-messages, so no sign-in may depend on one.
    - It sends no errors to Sentry, because it has no DSN.
    - It checks Turnstile tokens with Cloudflare's test secret, which accepts only the token of the test sitekey."""
    machine = platform.machine().lower()
    return {
        "Architecture": "arm64" if machine in ("aarch64", "arm64") else "x86_64",
        "ExistingUserPoolId": "",
        "ExistingUserPoolClientId": "",
        "CodeDeploy": "false",
        "Metrics": "false",
        "MetricMath": "false",
        "GatewayLogRole": "false",
        "WebAclArn": "",
        "ManagedWebAcl": "false",
        "DomainName": "",
        "DomainCertificateArn": "",
        "DomainHostedZoneId": "",
        "DisableExecuteApiEndpoint": "false",
        "ThreatProtection": "OFF",
        "EmailSourceArn": "",
        "EmailFrom": "",
        "EmailReplyTo": "",
        "EmailConfigurationSet": "",
        "TotpFactor": "true",
        "EmailFactor": "false",
        "DeviceTracking": "OFF",
        "DeviceSkipsSecondFactor": "false",
        "AuthorizerReservedConcurrency": "",
        "ExistingOrdersTable": "",
        "TurnstileSecret": TEST_SECRET,
        "Sentry": "false",
        "PoolDeletionProtection": "INACTIVE",
        "TableDeletionProtection": "false",
    }

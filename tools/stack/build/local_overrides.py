"""What a stack on this machine is built and deployed with other than on AWS.

Both ways there use it: scripts/local, which brings its own MiniStack, and scripts/deploy with AWS_ENDPOINT_URL. It must
not start anything.
"""

import platform
from collections.abc import Mapping
from urllib.parse import urlsplit

from stack.run.failure import Failure

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Not a secret: https://developers.cloudflare.com/turnstile/troubleshooting/testing/
TEST_SECRET = "1x0000000000000000000000000000000AA"
# Debug builds by plain cargo: the functions run here, so they need no older glibc and no speed.
BUILD = {"SAM_BUILD_MODE": "debug", "CARGO_LAMBDA_COMPILER": "cargo"}


def port_of(env: Mapping[str, str]) -> int | None:
    """The port on which AWS is on this machine; `None` when AWS is in the cloud."""
    endpoint = env.get("AWS_ENDPOINT_URL", "")
    if not endpoint:
        return None
    parts = urlsplit(endpoint)
    if parts.hostname not in LOOPBACK or parts.port is None:
        raise Failure(
            f"AWS_ENDPOINT_URL is {endpoint}, which is not a port of this machine.",
            "Unset it to deploy to AWS, or source the env file of scripts/local.",
        )
    return parts.port


def parameters() -> dict[str, str]:
    """This machine's processor, always the stack's own user pool and table, and nothing that MiniStack 1.5.33 does not
    have: CodeDeploy, WAF's association, certificates, alarms that reckon with several metrics, mail and codes by mail,
    threat protection, remembered devices, a quota of calls at once to reserve some of. What is deployed here is thrown
    away, so nothing protects it. Codes by text message reach no phone, but /_ministack/sns/sms-messages alone: nobody
    may need one to get in. Nobody hears of its errors: there is no DSN here. A proof of humanity is checked with
    Cloudflare's secret for tests, which takes the token of its sitekey for tests and no other."""
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

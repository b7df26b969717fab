"""What cfn-lint and checkov find in the stack, held against findings.json. A check of scripts/test.

Each finding is mended in template.yaml, or listed there with the reason why it stays. A finding that is not listed
fails, and so does an entry that nothing is found for any more. cfn-lint is asked at all its levels, with its
experimental rules, about what CloudFormation gets and about template.yaml itself; checkov about the resources of each
deploy. Neither may read a setting of the user's, ask an account, or call anything.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cfnlint.api import lint
from cfnlint.config import ManualArgs

from stack.checks.transform import EXISTING, PARTITIONS, deployed, source
from stack.root import ROOT

LIST = Path(__file__).resolve().parent / "findings.json"
CHECKOV = ROOT / ".venv" / "checkov" / "bin" / "python"
# Ends checkov when it wants to call anything; it asks its makers and PyPI by default, and goes on when they are silent.
GUARDED = """
import os, runpy, sys
def watch(event, _):
    if event in ("socket.connect", "socket.getaddrinfo"):
        os.write(2, b"checkov has tried to call somebody.")
        os._exit(3)
sys.addaudithook(watch)
runpy.run_module("checkov.main", run_name="__main__")
"""

# A text for each of Cognito's occasions, and something in each parameter that a body goes on in.
TEXTS = {
    "VerificationEmailSubject": "Your code",
    "VerificationEmailMessage": "<p>{####}</p>",
    "VerificationSmsMessage": "Code: {####}",
    "InvitationEmailSubject": "Welcome",
    "InvitationEmailMessage": "<p>{username}, {####}</p>",
    "InvitationSmsMessage": "{username}, {####}",
    "SignInEmailSubject": "Your sign-in",
    "SignInEmailMessage": "<b>{####}</b>",
    "SignInSmsMessage": "Sign-in: {####}",
    **{
        f"{occasion}EmailMessage{place}": f"<p>{occasion}, {place}</p>"
        for occasion in ("Verification", "Invitation", "SignIn")
        for place in (2, 3, 4, 5)
    },
}
# Stacks that between them have every resource, with every switch on and off.
STACKS: dict[str, dict[str, str]] = {
    "as configured": {},
    "everything on": {
        "DomainName": "api.example.com",
        "DomainCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a-b",
        "DomainHostedZoneId": "Z0ABC",
        "BasePath": "shop",
        "ResourceMetadata": "true",
        "MetadataIssuers": '"https://id.example.com"',
        "MetadataScopes": '"orders/read"',
        "ApiId": "abc123",
        "ApiKeyRequired": "true",
        "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b-c",
        "AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
        "Tracing": "true",
        "Rollout": "Canary10Percent5Minutes",
        "GatewayLogRole": "true",
        "Revision": "0123456789abcdef",
        "Groups": "a,b,c,d,e,f,g,h,i,j",
        "MfaConfiguration": "ON",
        "AutoConfirm": "true",
        "ClientSecret": "true",
        "UserPoolPlan": "PLUS",
        "ThreatProtection": "ENFORCED",
        "AuthFlow": "USER_AUTH",
        "RefreshTokenRotation": "true",
        "RefreshCookie": "true",
        "DisableExecuteApiEndpoint": "true",
        "DomainIpAddressType": "ipv4",
        "ClientSecretValue": "a1" * 16,
        "EmailSourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "EmailFrom": "Shop <no-reply@example.com>",
        "EmailReplyTo": "help@example.com",
        "EmailConfigurationSet": "mails",
        "EmailFactor": "true",
        "SmsFactor": "true",
        "SmsExternalId": "gatehouse-sms",
        "SmsRegion": "us-east-1",
        "SmsOriginationIdentity": "arn:aws:sms-voice:us-east-1:123456789012:pool/pool-0a1b",
        "PasswordHistorySize": "24",
        "DeviceTracking": "IF_USER_AGREES",
        "DeviceSkipsSecondFactor": "true",
        "AuthorizerReservedConcurrency": "20",
        "Turnstile": "true",
        "TurnstileSecret": "0x4AAAAAAA_secret-of-a-widget",
        "Sentry": "true",
        "SentryDsn": "https://0123456789abcdef@o1.ingest.sentry.io/42",
        **TEXTS,
    },
    # What "everything on" cannot have beside a web ACL of the user's.
    "with a web ACL of the stack": {"ManagedWebAcl": "true", "AddressLimit": "10", "AuthAddressLimit": "10"},
    "everything off": {
        **EXISTING,
        "ExistingUserPoolClientSecret": "s3cret",
        "SelfSignUp": "false",
        "MfaConfiguration": "OFF",
        "TotpFactor": "false",
        "PasswordRequireUppercase": "false",
        "PasswordRequireLowercase": "false",
        "PasswordRequireNumbers": "false",
        "PasswordRequireSymbols": "false",
        "CorsAllowOrigin": "none",
        "Architecture": "x86_64",
        "AccessLogs": "false",
        "Metrics": "false",
        "CodeDeploy": "false",
        "MetricMath": "false",
        "PoolDeletionProtection": "INACTIVE",
        "TableDeletionProtection": "false",
        "ExistingOrdersTable": "orders-of-before",
    },
}
TEMPLATE = "template.yaml"


@dataclass(frozen=True, order=True)
class Finding:
    """One that a tool reports; `resource` is a logical id, or the section and name of what is no resource."""

    tool: str
    rule: str
    resource: str
    message: str
    stack: str


@dataclass(frozen=True)
class Entry:
    """A line of findings.json. `resource` may be a pattern with `*`, which `but` takes one resource out of."""

    tool: str
    rule: str
    resource: str
    reason: str
    but: str = ""

    def covers(self, finding: Finding) -> bool:
        same = (self.tool, self.rule) == (finding.tool, finding.rule)
        return same and fnmatchcase(finding.resource, self.resource) and finding.resource != self.but


def main() -> int:
    if not CHECKOV.exists():
        print(f"{CHECKOV} is missing: scripts/test installs it.")
        return 1
    with tempfile.TemporaryDirectory(prefix="gatehouse-findings-") as folder:
        # cfn-lint would read settings in the user's home and in the current folder.
        os.environ["HOME"] = folder
        os.chdir(folder)
        stacks = {name: deployed(**parameters) for name, parameters in STACKS.items()}
        with start_checkov(Path(folder), stacks) as checkov:
            found = lint_stacks(stacks) + ask_lint(source(), TEMPLATE)
            found += read_checkov(*checkov.communicate(), checkov.returncode, stacks)
    complaints = judge(found, read(LIST))
    print("\n".join(complaints) or f"Each of the {len(found)} findings is listed with its reason.")
    return 1 if complaints else 0


def read(file: Path) -> list[Entry]:
    return [Entry(**entry) for entry in json.loads(file.read_text(encoding="utf-8"))]


def judge(found: Iterable[Finding], entries: list[Entry]) -> list[str]:
    """What is wrong: findings without an entry, each once, and entries without a finding."""
    complaints, seen, used = [], set(), set()
    for finding in sorted(found):
        covering = [entry for entry in entries if entry.covers(finding)]
        used.update(covering)
        place = (finding.tool, finding.rule, finding.resource)
        if not covering and place not in seen:
            complaints.append(tell(finding))
        seen.add(place)
    for entry in entries:
        if entry not in used:
            complaints.append(
                f"{entry.tool} no longer finds {entry.rule} at {entry.resource}.\n"
                f"  Take the entry out of {LIST.relative_to(ROOT)}."
            )
    return complaints


def tell(finding: Finding) -> str:
    entry = {"tool": finding.tool, "rule": finding.rule, "resource": finding.resource, "reason": "..."}
    return (
        f"{finding.tool} finds {finding.rule} at {finding.resource} ({finding.stack}): {finding.message}\n"
        f"  Mend it in {TEMPLATE}, or say in {LIST.relative_to(ROOT)} why it stays: {json.dumps(entry)}"
    )


def lint_stacks(stacks: Mapping[str, SimpleNamespace]) -> list[Finding]:
    """cfn-lint on what the transform makes of the template. It goes through both sides of every condition by itself,
    and tries the values as the parameters' defaults."""
    found = []
    for name, stack in stacks.items():
        template = copy.deepcopy(stack.raw)
        for parameter, value in STACKS[name].items():
            template["Parameters"][parameter]["Default"] = value
        found += ask_lint(template, name)
    return found


def ask_lint(template: dict[str, Any], stack: str) -> list[Finding]:
    """Errors and warnings, which it always tells, and the rest."""
    template = copy.deepcopy(template)
    # Exceptions in the template are for `sam validate`, which has no list; here the list decides.
    for part in (template, *template["Resources"].values()):
        part.get("Metadata", {}).pop("cfn-lint", None)
    regions = list(PARTITIONS)
    settings = ManualArgs(include_checks=["I"], include_experimental=True, regions=regions)
    return [of_lint(match, stack) for match in lint(json.dumps(template), regions=regions, config=settings)]


def of_lint(match: Any, stack: str) -> Finding:
    section, *names = [str(part) for part in match.path][:2] or ["Template"]
    resource = names[0] if section == "Resources" and names else "/".join([section, *names])
    return Finding("cfn-lint", match.rule.id, resource, match.message, stack)


def start_checkov(folder: Path, stacks: Mapping[str, SimpleNamespace]) -> subprocess.Popen[str]:
    """checkov works out few conditions, so it gets each stack's resources after that."""
    for name, stack in stacks.items():
        template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": stack.resources}
        (folder / f"{name}.json").write_text(json.dumps(template), encoding="utf-8")
    argv = [str(CHECKOV), "-c", GUARDED, "--framework", "cloudformation", "--output", "json", "--quiet", "--compact"]
    argv += ["--skip-download", "--file", *(f"{name}.json" for name in stacks)]
    # Nothing of the user's environment: a key of a platform in it would have checkov send our template there.
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    env |= {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"}
    return subprocess.Popen(argv, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_checkov(output: str, errors: str, code: int, stacks: Mapping[str, SimpleNamespace]) -> list[Finding]:
    """Its findings, once it is sure that it has looked at everything."""
    if code not in (0, 1):
        raise SystemExit(f"checkov ended with exit code {code}:\n{errors or output}")
    report = json.loads(output)
    resources = sum(len(stack.resources) for stack in stacks.values())
    summary = report["summary"]
    if summary["parsing_errors"] or summary["resource_count"] != resources:
        raise SystemExit(f"checkov has not read all {resources} resources: {summary}\n{errors}")
    return [
        Finding("checkov", check["check_id"], check["resource"].partition(".")[2], check["check_name"], stack)
        for check in report["results"]["failed_checks"]
        for stack in [Path(check["file_path"]).stem]
    ]


if __name__ == "__main__":
    sys.exit(main())

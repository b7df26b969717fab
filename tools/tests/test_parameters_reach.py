"""A changed value reaches what it is for: each parameter of template.yaml, changed alone, as `scripts/deploy` does it.

Two things are frozen when they are made, so that a change must make new ones: what the API serves (a Deployment), and
what a function's alias points at (a Version, code and settings together). SAM names both by a hash, and takes it
before CloudFormation knows what a `Ref` or `Sub` stands for: a changed value alone gives the same name and stays behind
the old snapshot. In samtranslator 1.115.0:
- model/apigateway.py, lines 123 to 145: the Deployment's logical id is a hash of `str(swagger)`, the definition as it
  is written; with AlwaysDeploy it is one of the time in whole seconds instead. Why the time, and for which reports:
  https://github.com/aws/serverless-application-model/pull/2935
- model/sam_resources.py, lines 1180 to 1224: the Version's is one of the code's address, the variables and the memory
  size as they are written, or else the first ten characters of AutoPublishCodeSha256, whose `Ref` is worked out before
  (lines 353 and 354). Ours is the Revision, which scripts/deploy makes of all values.

A parameter more is a row more in ROWS; the test says so.
"""

import functools
import json
import re
import tempfile
import unittest
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from stack.build import revisions
from stack.checks.transform import EXISTING, deployed, deployed_now, source
from test_template import of_type

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/a-b"
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b-c"
LIMITED = {"ManagedWebAcl": "true"}
DOMAIN = {"DomainName": "api.example.com", "DomainCertificateArn": CERTIFICATE}
METADATA = {"ResourceMetadata": "true", "ApiId": "abc123"}
KEYS = {"ApiKeyRequired": "true"}

# What the API serves: its definition with gateway answers, CORS and authorizer. Which changes have to be deployed:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html
API = "Api"
STAGE = "ApiStage"
FUNCTIONS = "every AWS::Lambda::Function"
LOGS = "every AWS::Logs::LogGroup"
ALARMS = "every AWS::CloudWatch::Alarm"
ALIASES = "every AWS::Lambda::Alias"
ROLLOUTS = "every AWS::CodeDeploy::DeploymentGroup"
# What changes no function. The revision is among them, because it is the answer; its row says what it is for.
APART = set(revisions.NOT_OF_THE_FUNCTIONS) - {"Revision"}
# The functions that serve the API, by their names in front of `Function`. One with a condition of its own is apart.
DECLARED = {
    name: entry for name, entry in source()["Resources"].items() if entry["Type"] == "AWS::Serverless::Function"
}
SERVING = {name.removesuffix("Function") for name, entry in DECLARED.items() if "Condition" not in entry}
# Cognito is watched by pool and client, and shown.
SHOWN = {"CognitoThrottles", "Dashboard"}
NEW = {f"New{name}Errors" for name in SERVING}
SES = {
    "EmailSourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    "EmailFrom": "Shop <no-reply@example.com>",
}
TEXTS = {"SmsFactor": "true", "SmsExternalId": "gatehouse-sms"}
NUMBER = "arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-0a1b"
ESSENTIALS = {"UserPoolPlan": "ESSENTIALS"}
# A sign-in asks for codes by mail and by SMS.
CODES = {**SES, **TEXTS, **ESSENTIALS, "EmailFactor": "true"}
# A mail has a subject and a body, and a body goes on from one parameter to the next.
OCCASIONS = ("Verification", "Invitation", "SignIn")
MAILS = {
    occasion: {f"{occasion}EmailSubject": "Hello", f"{occasion}EmailMessage": "<p>{username}: {####}</p>"}
    for occasion in OCCASIONS
}
# What threat protection needs.
GUARDED = {"UserPoolPlan": "PLUS", "ClientSecret": "true"}
ROLES = {f"{name}Role" for name in SERVING}
SENTRY = {"Sentry": "true", "SentryDsn": "https://0123456789abcdef@o1.ingest.sentry.io/42"}
# What proof of humanity needs.
HUMANS = {"Turnstile": "true", "TurnstileSecret": "0x4AAAAAAA_secret-of-a-widget", "ClientSecret": "true"}
# All that makes and feeds the function that reports errors.
REPORTER = {
    "ReporterFunction", "ReporterFunctionVersion", "ReporterFunctionAliaslive", "ReporterRole", "ReporterLogs",
    "ReporterPermission", "UnreportedErrors", *(f"{name}Faults" for name in SERVING),
}


@dataclass(frozen=True)
class Row:
    """One change: the parameter's other value, what is set before and after it, what has to change together with it,
    and all resources and outputs that are other ones then, new and gone ones among them."""

    to: str
    reaches: set[str]
    given: Mapping[str, str] = field(default_factory=dict)
    along: Mapping[str, str] = field(default_factory=dict)


def names(*given):
    """A list with its ten places."""
    return ",".join([*given, *"-" * (10 - len(given))])


ROWS: dict[str, list[Row]] = {
    "ServiceName": [Row("harbour", {API}), Row("harbour", {API}, given=METADATA)],
    "StageName": [
        Row("live", {STAGE, "ServerErrors", "SlowAnswers", "Dashboard", "Outputs.ApiUrl"}),
        # The API's own address is part of what it says about itself.
        Row("live", {API, STAGE, "ServerErrors", "SlowAnswers", "Dashboard", "Outputs.ApiUrl"}, given=METADATA),
    ],
    "ExistingUserPoolId": [
        Row("us-west-2_Other", {FUNCTIONS, *SHOWN, "Outputs.UserPoolId"}, given=EXISTING),
        Row(
            "us-west-2_Other",
            {FUNCTIONS, *SHOWN, "AuthRole", "Outputs.UserPoolId"},
            given={**EXISTING, "AutoConfirm": "true"},
        ),
        Row("us-west-2_Other", {FUNCTIONS, *SHOWN, API, "Outputs.UserPoolId"}, given={**EXISTING, **METADATA}),
        Row(
            EXISTING["ExistingUserPoolId"],
            {
                FUNCTIONS,
                *SHOWN,
                "UserPool",
                "UserPoolClient",
                "Group0",
                "ResourceServer",
                "MachineClient",
                "UserPoolDomain",
                "Outputs.UserPoolId",
                "Outputs.UserPoolClientId",
                "Outputs.MachineClientId",
            },
            along=EXISTING,
        ),
    ],
    "ExistingUserPoolClientId": [Row("9other", {FUNCTIONS, *SHOWN, "Outputs.UserPoolClientId"}, given=EXISTING)],
    "ExistingUserPoolClientSecret": [Row("s3cret", {"AuthFunction"}, given=EXISTING)],
    "UserPoolPlan": [Row("PLUS", {"UserPool"})],
    "UserPoolName": [Row("people", {"UserPool"})],
    "SelfSignUp": [Row("false", {"UserPool"})],
    "AutoConfirm": [Row("true", {"AuthRole"})],
    "MfaConfiguration": [Row("ON", {"UserPool"}), Row("OFF", {"UserPool"})],
    "TotpFactor": [Row("false", {"UserPool"}, given={**SES, **ESSENTIALS, "EmailFactor": "true"})],
    "EmailFactor": [Row("true", {"UserPool"}, given={**SES, **ESSENTIALS})],
    "SmsFactor": [Row("true", {"UserPool", "SmsRole"}, along={"SmsExternalId": "gatehouse-sms"})],
    "ClientSecret": [Row("true", {"UserPoolClient", "AuthFunction"})],
    "PasswordMinimumLength": [Row("13", {"UserPool"})],
    "PasswordRequireUppercase": [Row("false", {"UserPool"})],
    "PasswordRequireLowercase": [Row("false", {"UserPool"})],
    "PasswordRequireNumbers": [Row("false", {"UserPool"})],
    "PasswordRequireSymbols": [Row("false", {"UserPool"})],
    "TemporaryPasswordValidityDays": [Row("8", {"UserPool"})],
    "PasswordHistorySize": [Row("5", {"UserPool"}, given=ESSENTIALS)],
    "Groups": [Row(names("admins", "editors"), {"Group1"}), Row(names(), {"Group0"})],
    "ResourceServerIdentifier": [
        Row("shop", {"ResourceServer", "MachineClient"}),
        Row(
            "-",
            {FUNCTIONS, "ResourceServer", "MachineClient", "UserPoolDomain", "Outputs.MachineClientId"},
            along={"ResourceServerScopes": names()},
        ),
    ],
    "ResourceServerScopes": [
        Row(names("read", "list"), {"ResourceServer"}),
        # The client for programs is one that may read.
        Row(
            names("write"),
            {FUNCTIONS, "ResourceServer", "MachineClient", "Outputs.MachineClientId"},
        ),
    ],
    "AccessTokenMinutes": [Row("61", {"UserPoolClient", "MachineClient"})],
    "IdTokenMinutes": [Row("61", {"UserPoolClient"})],
    "RefreshTokenDays": [Row("31", {"UserPoolClient"})],
    "RefreshTokenRotation": [Row("true", {"UserPoolClient"}, given=ESSENTIALS)],
    "AuthFlow": [Row("USER_AUTH", {"UserPool", "UserPoolClient"}, given=ESSENTIALS)],
    "DeviceTracking": [
        Row("ALWAYS", {"UserPool"}),
        Row("IF_USER_AGREES", {"UserPool"}, given={"DeviceTracking": "ALWAYS"}),
    ],
    "DeviceSkipsSecondFactor": [Row("true", {"UserPool"}, given={"DeviceTracking": "ALWAYS"})],
    "RefreshCookie": [Row("true", {API})],
    "AuthThrottleRatePerSecond": [Row("11", {STAGE})],
    "AuthThrottleBurst": [Row("21", {STAGE})],
    "AuthorizerResultTtlSeconds": [Row("0", {API})],
    "ThrottleRatePerSecond": [Row("51", {STAGE})],
    "ThrottleBurst": [Row("101", {STAGE})],
    "CorsAllowOrigin": [Row("https://app.example.com", {API})],
    "ResourceMetadata": [Row("true", {API}), Row("true", {API}, given=DOMAIN)],
    "MetadataIssuers": [Row('"https://id.example.com"', {API}, given=METADATA)],
    "MetadataScopes": [Row('"orders/read"', {API}, given=METADATA)],
    "Architecture": [Row("x86_64", {FUNCTIONS})],
    "DomainName": [
        Row("b.example.com", {"Domain", "Outputs.DomainUrl"}, given=DOMAIN),
        Row("b.example.com", {API, "Domain", "Outputs.DomainUrl"}, given={**DOMAIN, **METADATA}),
        Row(
            "b.example.com",
            {"Domain", "DomainRecords", "Outputs.DomainUrl"},
            given={**DOMAIN, "DomainHostedZoneId": "Z0"},
        ),
        Row("api.example.com", {"Domain", "DomainMapping", "Outputs.DomainUrl", "Outputs.DomainTarget"}, along=DOMAIN),
    ],
    "DomainCertificateArn": [Row(f"{CERTIFICATE}-new", {"Domain"}, given=DOMAIN)],
    "DomainHostedZoneId": [
        Row("Z0ABC", {"DomainRecords"}, given=DOMAIN),
        Row("Z0ABC", {"DomainRecords"}, given={**DOMAIN, "DomainHostedZoneId": "Z1"}),
    ],
    "BasePath": [
        Row("shop", {"DomainMapping", "Outputs.DomainUrl"}, given=DOMAIN),
        Row("shop", {API, "DomainMapping", "Outputs.DomainUrl"}, given={**DOMAIN, **METADATA}),
    ],
    "AccessLogs": [Row("false", {STAGE, "AccessLogLines", "ThrottledLines", "ThrottledRequests"})],
    "LogRetentionDays": [Row("7", {LOGS})],
    "Metrics": [
        Row(
            "false",
            {
                FUNCTIONS,
                *NEW,
                "RefusedTokens",
                "Misconfigurations",
                "KeyFetchFailures",
                "AuthorizerErrors",
                "AuthorizerFunctionDeploymentGroup",
            },
        )
    ],
    "Tracing": [
        Row("true", {STAGE, FUNCTIONS, *ROLES}),
        Row("true", {STAGE, FUNCTIONS, *ROLES, "ReporterRole"}, given=SENTRY),
    ],
    "Rollout": [Row("Canary10Percent5Minutes", {ROLLOUTS})],
    "AlarmTopicArn": [Row(TOPIC, {ALARMS})],
    "ServerErrorThreshold": [Row("6", {"ServerErrors"})],
    "RefusedTokenThreshold": [Row("501", {"RefusedTokens"})],
    "LatencyThresholdMillis": [Row("1999", {"SlowAnswers"})],
    "WebAclArn": [
        Row(WEB_ACL, {"WebAcl"}),
        Row(f"{WEB_ACL}d", {"WebAcl"}, given={"WebAclArn": WEB_ACL}),
        Row(
            "", {"WebAcl", "AddressLimits", "Dashboard"}, given={"WebAclArn": WEB_ACL}, along={"ManagedWebAcl": "true"}
        ),
        Row(WEB_ACL, {"WebAcl", "AddressLimits", "Dashboard"}, given=LIMITED, along={"ManagedWebAcl": "false"}),
    ],
    "ManagedWebAcl": [Row("true", {"WebAcl", "AddressLimits", "Dashboard"})],
    "AddressLimit": [Row("301", {"AddressLimits"}, given=LIMITED)],
    "AuthAddressLimit": [Row("61", {"AddressLimits"}, given=LIMITED)],
    "PoolDeletionProtection": [Row("INACTIVE", {"UserPool"})],
    "ApiKeyRequired": [Row("true", {API, "UsagePlan", "ApiKey", "UsagePlanKey", "Outputs.ApiKeyId"})],
    "KeyRatePerSecond": [Row("51", {"UsagePlan"}, given=KEYS)],
    "KeyBurst": [Row("101", {"UsagePlan"}, given=KEYS)],
    "KeyRequestsPerDay": [Row("999", {"UsagePlan"}, given=KEYS)],
    "CodeDeploy": [Row("false", {ALIASES, ROLLOUTS, *NEW, "ServerlessDeploymentApplication", "RolloutRole"})],
    # The stage names the same log group with it: it only waits for the account's role.
    "GatewayLogRole": [Row("true", {"GatewayAccount", "GatewayLogWriter"})],
    "ApiId": [
        Row("abc123", {API}, given={"ResourceMetadata": "true"}),
        Row("xyz789", {API}, given=METADATA),
    ],
    "ClientSecretValue": [Row("a1" * 16, {"AuthFunction"}, given={"ClientSecret": "true"})],
    "EmailSourceArn": [
        Row(SES["EmailSourceArn"], {"UserPool"}, along=SES),
        Row(f"{SES['EmailSourceArn']}.org", {"UserPool"}, given=SES),
    ],
    "EmailFrom": [Row("other@example.com", {"UserPool"}, given=SES)],
    "EmailReplyTo": [Row("help@example.com", {"UserPool"}, given=SES)],
    "EmailConfigurationSet": [Row("mails", {"UserPool"}, given=SES)],
    "SmsExternalId": [Row("other-sms", {"UserPool", "SmsRole"}, given=TEXTS)],
    "SmsRegion": [Row("eu-west-1", {"UserPool"}, given=TEXTS)],
    "SmsOriginationIdentity": [Row(NUMBER, {"UserPool", "SmsRole"}, given=TEXTS)],
    "AuthorizerReservedConcurrency": [
        Row("20", {"AuthorizerFunction"}),
        Row("20", {"AuthorizerFunction", "ReporterFunction"}, given=SENTRY),
    ],
    "Sentry": [Row("true", REPORTER, along=SENTRY), Row("false", REPORTER, given=SENTRY)],
    "SentryDsn": [Row("https://fedcba9876543210@sentry.example.com/7", {"ReporterFunction"}, given=SENTRY)],
    "Turnstile": [
        Row("true", {"AuthFunction"}, given={**HUMANS, "Turnstile": "false"}),
        Row("false", {"AuthFunction"}, given=HUMANS),
    ],
    "TurnstileSecret": [Row("0x4BBBBBBB", {"AuthFunction"}, given=HUMANS)],
    "DomainIpAddressType": [
        Row("ipv4", {"Domain"}, given=DOMAIN),
        Row("ipv4", {"Domain", "DomainRecords"}, given={**DOMAIN, "DomainHostedZoneId": "Z0"}),
    ],
    "DisableExecuteApiEndpoint": [Row("true", {API}, given=DOMAIN)],
    "ThrottledRequestThreshold": [Row("99", {"ThrottledRequests"})],
    "TableDeletionProtection": [Row("false", {"OrdersTable"})],
    "ExistingOrdersTable": [
        Row("orders-of-before", {"OrdersTable", "OrdersFunction", "OrdersRole", "TableThrottles", "Dashboard"}),
    ],
    "MetricMath": [Row("false", {"TableThrottles", "CognitoThrottles"})],
    **{
        name: [
            Row("Other", {"UserPool"}, given={**CODES, **mail}),
            Row(mail[name], {"UserPool"}, given=CODES, along=mail),
        ]
        for mail in MAILS.values()
        for name in mail
    },
    **{
        f"{occasion}EmailMessage{place}": [Row("and so on", {"UserPool"}, given={**CODES, **mail})]
        for occasion, mail in MAILS.items()
        for place in (2, 3, 4, 5)
    },
    **{f"{occasion}SmsMessage": [Row("{username}: {####}", {"UserPool"}, given=CODES)] for occasion in OCCASIONS},
    "ThreatProtection": [
        Row("AUDIT", {"UserPool", "UserPoolClient"}, given=GUARDED),
        Row("ENFORCED", {"UserPool", "UserPoolRiskActions"}, given={**GUARDED, "ThreatProtection": "AUDIT"}),
        Row(
            "OFF",
            {"UserPool", "UserPoolClient", "UserPoolRiskActions"},
            given={**GUARDED, "ThreatProtection": "ENFORCED"},
        ),
    ],
    # It is in every function, and is left out of the comparison like the versions that it makes.
    "Revision": [Row("0123456789abcdef", set())],
}

HASHED = re.compile(r"\b(ApiDeployment|\w+FunctionVersion)[0-9a-f]{10}\b|(RestApi deployment id: )[0-9a-f]{40}")


@dataclass(frozen=True)
class Deploy:
    """The stack after one deploy, and what it looks like without what every deploy changes."""

    stack: object
    parts: Mapping[str, object]
    revision: str

    def of_type(self, kind):
        return set(of_type(self.stack, kind))

    def versions(self):
        return {name: version["Properties"]["FunctionName"]["Ref"] for name, version in
                of_type(self.stack, "AWS::Lambda::Version").items()}


@functools.cache
def programs():
    """A build folder, as `revision` reads it."""
    folder = tempfile.TemporaryDirectory(prefix="gatehouse-reach-")
    unittest.addModuleCleanup(folder.cleanup)
    for name in DECLARED:
        (Path(folder.name) / name).mkdir()
        (Path(folder.name) / name / "bootstrap").write_bytes(name.encode())
    return Path(folder.name)


@functools.cache
def defaults():
    return {name: str(declared["Default"]) for name, declared in source()["Parameters"].items()}


def at(second, last="", **parameters):
    """Deployed in that second with these parameters, and the Revision that scripts/deploy gives them after `last`."""
    wanted = revisions.digest(programs(), {**defaults(), **parameters})
    word = parameters.get("Revision") or revisions.choose(wanted, last, f"{second:08x}")
    with mock.patch("samtranslator.model.apigateway.time.time", return_value=second):
        stack = deployed_now(**{**parameters, "Revision": word})
    parts = {**stack.resources, **{f"Outputs.{name}": value for name, value in stack.outputs.items()}}
    text = HASHED.sub(lambda found: found[1] or found[2], json.dumps(parts).replace(word, ""))
    return Deploy(stack, json.loads(text), word)


@dataclass(frozen=True)
class Change:
    """A row with the stack before and after."""

    name: str
    row: Row
    old: Deploy
    new: Deploy

    def __str__(self):
        return f"{self.name} to {self.row.to!r}, given {dict(self.row.given)}"

    @property
    def parts(self):
        both = self.old.parts.keys() | self.new.parts.keys()
        return {name for name in both if self.old.parts.get(name) != self.new.parts.get(name)}


@functools.cache
def before(given):
    return at(1, **dict(given))


@functools.cache
def changes():
    return [
        Change(name, row, old, at(2, old.revision, **{**row.given, **row.along, name: row.to}))
        for name, rows in ROWS.items()
        for row in rows
        for old in [before(tuple(sorted(row.given.items())))]
    ]


def expanded(reaches, *deploys):
    """With the names of all that an `every KIND` stands for."""
    wanted = set()
    for name in reaches:
        every, _, kind = name.partition("every ")
        wanted |= {every} if every else {found for deploy in deploys for found in deploy.of_type(kind)}
    return wanted


class Reaches(unittest.TestCase):
    def test_every_parameter_has_a_row(self):
        declared = set(source()["Parameters"])
        self.assertEqual(declared - set(ROWS), set(), "ROWS says for each parameter what its change reaches: add a row")
        self.assertEqual(set(ROWS) - declared, set(), "no parameter of the template: take the row away")

    def test_each_row_changes_a_value_to_another_that_is_allowed(self):
        declared = source()["Parameters"]
        for name, rows in ROWS.items():
            for row in rows:
                for parameter, value in {**row.given, **row.along, name: row.to}.items():
                    with self.subTest(name, parameter=parameter, value=value):
                        self.assertTrue(allows(declared[parameter], value))
                self.assertNotEqual(row.to, row.given.get(name, defaults()[name]), name)

    def test_a_change_reaches_what_it_is_for_and_nothing_else(self):
        for change in changes():
            with self.subTest(str(change)):
                self.assertEqual(change.parts, expanded(change.row.reaches, change.old, change.new))

    def test_cloudformation_would_take_it(self):
        for change in changes():
            for deploy in (change.old, change.new):
                asserted = [check["Assert"] for rule in deploy.stack.rules.values() for check in rule["Assertions"]]
                self.assertTrue(asserted and all(asserted), str(change))

    def test_a_changed_definition_is_deployed_and_the_stage_serves_that_deployment(self):
        found = [change for change in changes() if API in change.parts]
        self.assertGreater(len(found), 10)
        for change in found:
            with self.subTest(str(change)):
                latest = deployment(change.new)
                self.assertNotEqual(deployment(change.old), latest)
                served = change.new.stack.resources["ApiStage"]["Properties"]["DeploymentId"]
                self.assertEqual(served, {"Ref": latest})

    def test_a_changed_parameter_gives_every_function_a_new_version(self):
        for change in changes():
            if change.name not in APART:
                with self.subTest(str(change)):
                    self.assertEqual(change.old.versions().keys() & change.new.versions().keys(), set())

    def test_a_parameter_that_is_not_of_the_functions_is_in_none_of_them_and_gives_no_new_version(self):
        for change in changes():
            if change.name in APART:
                with self.subTest(str(change)):
                    self.assertEqual(change.parts & change.new.of_type("AWS::Lambda::Function"), set())
                    self.assertEqual(change.old.versions(), change.new.versions())

    def test_each_function_has_a_version_and_its_alias_points_there(self):
        for change in changes():
            with self.subTest(str(change)):
                versions = change.new.versions()
                self.assertEqual(set(versions.values()), change.new.of_type("AWS::Lambda::Function"))
                for version, function in versions.items():
                    alias = change.new.stack.resources[f"{function}Aliaslive"]["Properties"]
                    self.assertEqual(alias["FunctionVersion"], {"Fn::GetAtt": [version, "Version"]})

    def test_what_is_not_of_the_functions_is_a_parameter(self):
        self.assertLessEqual(set(revisions.NOT_OF_THE_FUNCTIONS), set(source()["Parameters"]))


class Hashes(unittest.TestCase):
    """Why the template asks for a deployment each time, and that nothing else is named before its values are known."""

    def test_without_always_deploy_a_changed_value_would_stay_behind_the_old_deployment(self):
        def without():
            template = source()
            del template["Resources"]["Api"]["Properties"]["AlwaysDeploy"]
            return template

        with mock.patch("stack.checks.transform.source", without):
            old, new = at(1), at(2, CorsAllowOrigin="https://app.example.com")
        self.assertNotEqual(old.parts[API], new.parts[API])
        self.assertEqual(deployment(old), deployment(new))

    def test_without_a_revision_a_changed_value_would_stay_behind_the_old_version(self):
        old, new = deployed(), deployed(Metrics="false")
        self.assertNotEqual(old.resources["AuthFunction"], new.resources["AuthFunction"])
        self.assertEqual(set(of_type(old, "AWS::Lambda::Version")), set(of_type(new, "AWS::Lambda::Version")))

    def test_nothing_else_is_named_by_a_hash(self):
        everything = {**DOMAIN, **METADATA, **KEYS, **SENTRY, "WebAclArn": WEB_ACL, "GatewayLogRole": "true"}
        stack = deployed(**everything, DomainHostedZoneId="Z0", Revision="0123456789abcdef")
        hashed = {re.sub("[0-9a-f]{10}$", "", name) for name in stack.resources if re.search("[0-9a-f]{10}$", name)}
        versions = {f"{name}Version" for name in of_type(stack, "AWS::Lambda::Function")}
        self.assertEqual(hashed, {"ApiDeployment", *versions})

    def test_a_deployment_is_made_from_the_changed_definition(self):
        # It refers to the API, so CloudFormation updates that one first.
        deploy = at(1)
        self.assertEqual(deploy.stack.resources[deployment(deploy)]["Properties"]["RestApiId"], {"Ref": "Api"})


class Firewall(unittest.TestCase):
    def test_another_web_acl_stays_when_the_association_of_the_first_would_go(self):
        # Both are of the same stage, and what ends an association names the stage alone.
        association = deployed(WebAclArn=WEB_ACL).resources["WebAcl"]
        self.assertEqual(association["UpdateReplacePolicy"], "Retain")
        self.assertEqual(association["DeletionPolicy"], "Delete")


class Templates(unittest.TestCase):
    """What a person edits in template.yaml goes live as well."""

    def build(self, text):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        (Path(folder.name) / "AuthFunction").mkdir()
        (Path(folder.name) / "AuthFunction" / "bootstrap").write_bytes(b"program")
        (Path(folder.name) / "template.yaml").write_text(text, encoding="utf-8")
        return Path(folder.name)

    def test_a_function_with_more_memory_or_another_variable_is_a_new_version(self):
        first = revisions.digest(self.build("MemorySize: 256"), {})
        self.assertEqual(revisions.digest(self.build("MemorySize: 256"), {}), first)
        self.assertNotEqual(revisions.digest(self.build("MemorySize: 512"), {}), first)


def deployment(deploy):
    [name] = deploy.of_type("AWS::ApiGateway::Deployment")
    return name


def allows(declared, value):
    """Whether CloudFormation takes the value for the parameter; it holds a pattern to each member of a list."""
    members = value.split(",") if declared["Type"] == "CommaDelimitedList" else [value]
    if "AllowedValues" in declared and value not in map(str, declared["AllowedValues"]):
        return False
    least, most = declared.get("MinValue", 0), declared.get("MaxValue", 10**9)
    if declared["Type"] == "Number" and not least <= int(value) <= most:
        return False
    pattern = declared.get("AllowedPattern", ".*")
    return all(re.fullmatch(pattern, member) for member in members)


if __name__ == "__main__":
    unittest.main()

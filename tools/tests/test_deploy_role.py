"""Compares docs/deploy-role.json, the rights of the role that deploys from GitHub, with the calls that need them.

The calls come from three sources: our scripts and gatehouse, the installed sam, and CloudFormation, which makes every
resource with the rights of the role. The schemas of the resource types, which cfn-lint contains, list CloudFormation's
calls. The role was never tried on AWS.
"""

import fnmatch
import functools
import json
import re
import unittest
from pathlib import Path

import botocore.loaders
import botocore.session
import samcli
from botocore import xform_name
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from samcli.lib.bootstrap.bootstrap import SAM_CLI_STACK_NAME, _get_stack_template

from stack.aws.deployed import parse
from stack.aws.rollback import require_still
from stack.aws.stuck import WAYS_OUT, require_deployable
from stack.checks.transform import EXISTING, deployed, source
from stack.root import ROOT
from stack.run.failure import Failure
from test_operations import ALL

PROGRAMS = ROOT / "tools" / "stack"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: all inline policies of a role together,
# and a trust policy; white space does not count.
INLINE_CHARACTERS, TRUST_CHARACTERS = 10_240, 2_048
# A long one: with the longest of our logical ids it just fits into the 64 characters of a function's name.
STACK = "gatehouse-production-eu-central"
PLACES = {
    "PARTITION": "aws",
    "REGION": "eu-central-1",
    "ACCOUNT": "123456789012",
    "STACK": STACK,
    "ZONE": "Z0123456789ABCDEFGHIJ",
}
HERE = "arn:aws:{}:eu-central-1:123456789012:"
# CloudFormation makes a bucket's name of the stack's and the resource's, in small letters, and of its own ones.
BUCKET = "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-10nboesix5it7"
# deployment.py has sam upload below the stack's name.
UPLOAD = f"{BUCKET}/{STACK}/abc"
GATEWAY = "arn:aws:apigateway:eu-central-1::"
STAGE = f"{GATEWAY}/restapis/abc/stages/v1"
POOL = HERE.format("cognito-idp") + "userpool/eu-central-1_Abc"
DEPLOYED = HERE.format("cloudformation") + f"stack/{STACK}/0a1b"
SAMS = HERE.format("cloudformation") + "stack/aws-sam-cli-managed-default/0a1b"
TRANSFORM = "arn:aws:cloudformation:eu-central-1:aws:transform/Serverless-2016-10-31"
FUNCTION = HERE.format("lambda") + f"function:{STACK}-AuthFunction-abc"
ROLE = f"arn:aws:iam::123456789012:role/{STACK}-AuthRole-abc"
ANY = "*"


# Where the resources of a type are, as IAM names them: each of its permissions is needed for one of these.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
TYPES = {
    "AWS::ApiGateway::Account": [f"{GATEWAY}/account", ROLE],
    "AWS::ApiGateway::ApiKey": [f"{GATEWAY}/apikeys", f"{GATEWAY}/apikeys/abc", f"{GATEWAY}/tags/arn%3Aaws"],
    "AWS::ApiGateway::BasePathMapping": [f"{GATEWAY}/domainnames/api.example.com/basepathmappings"],
    "AWS::ApiGateway::Deployment": [f"{GATEWAY}/restapis/abc/deployments", f"{GATEWAY}/restapis/abc/deployments/def"],
    "AWS::ApiGateway::DomainName": [f"{GATEWAY}/domainnames", f"{GATEWAY}/domainnames/api.example.com"],
    "AWS::ApiGateway::RestApi": [f"{GATEWAY}/restapis", f"{GATEWAY}/restapis/abc", f"{GATEWAY}/tags/arn%3Aaws"],
    "AWS::ApiGateway::Stage": [f"{GATEWAY}/restapis/abc/stages", STAGE, f"{GATEWAY}/tags/arn%3Aaws"],
    "AWS::ApiGateway::UsagePlan": [f"{GATEWAY}/usageplans", f"{GATEWAY}/usageplans/abc", f"{GATEWAY}/tags/arn%3Aaws"],
    "AWS::ApiGateway::UsagePlanKey": [f"{GATEWAY}/usageplans/abc/keys", f"{GATEWAY}/usageplans/abc/keys/def"],
    "AWS::CloudWatch::Alarm": [HERE.format("cloudwatch") + f"alarm:{STACK}-ServerErrors-abc"],
    "AWS::CloudWatch::Dashboard": [f"arn:aws:cloudwatch::123456789012:dashboard/{STACK}-eu-central-1"],
    "AWS::CodeDeploy::Application": [
        HERE.format("codedeploy") + f"application:{STACK}-ServerlessDeploymentApplication-abc"
    ],
    "AWS::CodeDeploy::DeploymentGroup": [
        HERE.format("codedeploy") + f"application:{STACK}-ServerlessDeploymentApplication-abc",
        HERE.format("codedeploy") + f"deploymentgroup:{STACK}-ServerlessDeploymentApplication-abc/{STACK}-Auth-abc",
        HERE.format("codedeploy") + "deploymentconfig:CodeDeployDefault.LambdaAllAtOnce",
        ANY,
        ROLE,
    ],
    "AWS::Cognito::UserPool": [
        POOL,
        ANY,
        ROLE,
        "arn:aws:iam::123456789012:role/aws-service-role/email.cognito-idp.amazonaws.com/x",
    ],
    "AWS::Cognito::UserPoolClient": [POOL],
    "AWS::Cognito::UserPoolDomain": [POOL, ANY],
    "AWS::Cognito::UserPoolGroup": [POOL],
    "AWS::Cognito::UserPoolResourceServer": [POOL],
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": [POOL],
    "AWS::DynamoDB::Table": [HERE.format("dynamodb") + f"table/{STACK}-OrdersTable-abc"],
    "AWS::IAM::Role": [ROLE],
    "AWS::Lambda::Alias": [
        FUNCTION,
        f"{FUNCTION}:live",
        HERE.format("codedeploy") + f"deploymentgroup:{STACK}-ServerlessDeploymentApplication-abc/{STACK}-Auth-abc",
        HERE.format("codedeploy") + "deploymentconfig:CodeDeployDefault.LambdaAllAtOnce",
        ANY,
    ],
    "AWS::Lambda::Function": [FUNCTION, ROLE, UPLOAD, HERE.format("lambda") + "layer:keys:1"],
    "AWS::Lambda::Permission": [f"{FUNCTION}:live"],
    "AWS::Lambda::Version": [FUNCTION, f"{FUNCTION}:1"],
    "AWS::Logs::LogGroup": [HERE.format("logs") + f"log-group:{STACK}-AuthLogs-abc", ANY],
    "AWS::Logs::MetricFilter": [HERE.format("logs") + f"log-group:{STACK}-AccessLogLines-abc:*"],
    "AWS::Logs::SubscriptionFilter": [HERE.format("logs") + f"log-group:{STACK}-AuthLogs-abc:*"],
    "AWS::Route53::RecordSetGroup": [
        f"arn:aws:route53:::hostedzone/{PLACES['ZONE']}",
        ANY,
    ],
    "AWS::WAFv2::WebACL": [HERE.format("wafv2") + f"regional/webacl/{STACK}-addresses/abc"],
    "AWS::WAFv2::WebACLAssociation": [STAGE, HERE.format("wafv2") + "regional/webacl/front/abc"],
    # Of the stack in which sam keeps its bucket.
    "AWS::S3::Bucket": [BUCKET],
    "AWS::S3::BucketPolicy": [BUCKET],
}
# It has no schema; it does for several records what this type does for one.
SAME_AS = {"AWS::Route53::RecordSetGroup": "AWS::Route53::RecordSet"}

# What the schemas name and our resources have no use for, with the reason. A pattern that no schema has is a mistake.
NOT_NEEDED = {
    "ec2:*": "no function is in a VPC, and the firewall stands before nothing of EC2",
    "elasticfilesystem:*": "no function has a file system",
    "s3files:*": "no function has a file system",
    # The keys of AWS itself let everybody of the account in through their service.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    "kms:*": "nothing has a key of its own",
    "kinesis:*": "no table writes into a stream",
    "firehose:*": "no log goes there",
    "lambda:GetCodeSigningConfig": "no function's code is signed",
    "lambda:PutFunctionCodeSigningConfig": "no function's code is signed",
    "lambda:DeleteFunctionCodeSigningConfig": "no function's code is signed",
    "lambda:PutProvisionedConcurrencyConfig": "no alias has instances that wait",
    "lambda:DeleteProvisionedConcurrencyConfig": "no alias has instances that wait",
    "lambda:PutRuntimeManagementConfig": "the template does not say how the runtime is updated",
    "lambda:PutFunctionRecursionConfig": "the template does not say what happens to loops",
    "lambda:PutFunctionScalingConfig": "the template does not say it",
    "lambda:PassCapacityProvider": "no function runs on machines of ours",
    "lambda:AssociateRuntimeAlias": "the template names the runtime itself",
    "codedeploy:RegisterOnPremisesInstance": "functions have no machines",
    "apigateway:UpdateRestApiPolicy": "the API has no policy of its own",
    "cognito-idp:AddCustomAttributes": "the pool has no attributes of its own",
    "cognito-idp:AssociateWebACL": "the firewall stands before the API",
    "cognito-idp:DisassociateWebACL": "the firewall stands before the API",
    "cognito-idp:GetWebACLForResource": "the firewall stands before the API",
    "cloudfront:*": "the pool's domain is Cognito's own",
    "payments:*": "no program pays for its requests (MonetizationConfig)",
    "wafv2:PutPermissionPolicy": "for rule groups of other accounts",
    "wafv2:GetPermissionPolicy": "for rule groups of other accounts",
    "elasticloadbalancing:*": "the firewall stands before the API",
    "appsync:*": "the firewall stands before the API",
    "apprunner:*": "the firewall stands before the API",
    "amplify:*": "the firewall stands before the API",
    "bedrock-agentcore:*": "the firewall stands before the API",
    "dynamodb:UpdateContributorInsights": "the table has none",
    "dynamodb:EnableKinesisStreamingDestination": "the table writes into no stream",
    "dynamodb:DisableKinesisStreamingDestination": "the table writes into no stream",
    "dynamodb:UpdateKinesisStreamingDestination": "the table writes into no stream",
    "dynamodb:DescribeImport": "the table begins empty",
    "dynamodb:ImportTable": "the table begins empty",
    "dynamodb:CreateTableReplica": "the table is in one region",
    "dynamodb:AssociateTableReplica": "the table is in one region",
    "dynamodb:PutResourcePolicy": "the table has no policy of its own",
    "dynamodb:DeleteResourcePolicy": "the table has no policy of its own",
    "dynamodb:Scan": "for replicas; who deploys has no business with rows",
    "dynamodb:Query": "for replicas; who deploys has no business with rows",
    "dynamodb:*Item": "for replicas; who deploys has no business with rows",
    "iam:*RolePermissionsBoundary": "no role has one",
    "logs:PutDataProtectionPolicy": "no log group has one",
    "logs:DeleteDataProtectionPolicy": "no log group has one",
    "logs:PutIndexPolicy": "no log group has one",
    "logs:DeleteIndexPolicy": "no log group has one",
    "logs:PutResourcePolicy": "no log group has one",
    "logs:DeleteResourcePolicy": "no log group has one",
    "logs:PutBearerTokenAuthentication": "nobody writes into a log from outside",
    "logs:PutLogGroupDeletionProtection": "the template does not set it",
    "logs:*ociateKmsKey": "nothing has a key of its own",
    "logs:CreateLogDelivery": "for policies and destinations that no log group has",
    "s3:REST.PUT.OBJECT": "no such action; the schema has it from the name of a log line",
}
# Permissions of one type alone.
NOT_NEEDED_BY = {
    "AWS::Cognito::UserPoolClient": {
        "iam:PassRole": "no client counts with Pinpoint", "iam:PutRolePolicy": "no client counts with Pinpoint",
        "iam:DeleteRolePolicy": "no client counts with Pinpoint",
        "iam:CreateServiceLinkedRole": "no client counts with Pinpoint",
    },
    "AWS::Cognito::UserPoolGroup": {
        "iam:PassRole": "no group has a role", "iam:PutRolePolicy": "no group has a role",
    },
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": {"iam:PassRole": "nobody is written to about a risk"},
    "AWS::ApiGateway::RestApi": {
        "iam:PassRole": "no part of the API calls as a role", "s3:GetObject": "the API's definition is in the template",
    },
    "AWS::DynamoDB::Table": {
        "iam:CreateServiceLinkedRole": "the table is in one region, without scaling of ours",
        "logs:*": "the table begins empty", "s3:*": "the table begins empty",
    },
    "AWS::Lambda::Function": {"s3:GetObjectVersion": "sam names no version of what it uploads"},
    "AWS::Logs::SubscriptionFilter": {"iam:PassRole": "they call a function, for which CloudWatch Logs takes no role"},
    # See test_the_role_can_create_sams_bucket.
    "AWS::S3::Bucket": {"s3*:*": "held against the bucket that sam makes", "iam:PassRole": "it copies nothing"},
    "AWS::S3::BucketPolicy": {"s3:DeleteBucketPolicy": "the bucket stays"},
}
# What sam's bucket has, and what setting it takes.
BUCKET_PROPERTIES = {
    "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
    "BucketEncryption": "s3:PutEncryptionConfiguration",
    "VersioningConfiguration": "s3:PutBucketVersioning",
    "Tags": "s3:PutBucketTagging",
}

# What the installed sam calls, by the file that does it, for the commands that the scripts use: deploy, list, delete.
# None: not on our way, for the reason beside it.
SAM = {
    "lib/utils/managed_cloudformation_stack.py": {
        "describe_stacks": SAMS, "create_change_set": SAMS, "execute_change_set": SAMS,
        "update_stack": None,  # only for pipelines
    },
    "lib/deploy/deployer.py": {
        "describe_stacks": DEPLOYED, "get_template_summary": DEPLOYED, "create_change_set": DEPLOYED,
        "execute_change_set": DEPLOYED, "describe_stack_events": DEPLOYED,
        "create_stack": None, "update_stack": None,  # only for sync
        "rollback_stack": None, "delete_stack": DEPLOYED,  # with --on-failure; a failed first deploy is deleted by hand
    },
    "lib/package/s3_uploader.py": {
        "head_object": UPLOAD, "delete_object": UPLOAD, "list_objects_v2": BUCKET,
        "get_object_tagging": None,  # only for layers that are uploaded
    },
    "lib/delete/cfn_utils.py": {
        "describe_stacks": DEPLOYED, "get_template": DEPLOYED, "delete_stack": DEPLOYED, "list_change_sets": DEPLOYED,
    },
    "lib/list/stack_outputs/stack_outputs_producer.py": {"describe_stacks": DEPLOYED},
    "lib/bootstrap/web_function_code_bucket.py": {
        "describe_stacks": HERE.format("cloudformation") + f"stack/{STACK}-0a1b2c3d-WebFunctionCode/0a1b",
        # There is no such stack.
        "describe_stack_resource": None, "get_template": None, "list_imports": None, "delete_stack": None,
        "update_termination_protection": None, "delete_objects": None,
    },
}
PAGED = {
    "lib/deploy/deployer.py": {"describe_change_set": DEPLOYED, "describe_stack_events": DEPLOYED},
    "lib/list/resources/resource_mapping_producer.py": {"list_stack_resources": DEPLOYED},
    "lib/bootstrap/web_function_code_bucket.py": {"list_object_versions": None},
}
# Waiters ask the same again and again; sam's uploads come as one part or several.
MORE_OF_SAM = [
    ("cloudformation:DescribeChangeSet", SAMS), ("cloudformation:CreateChangeSet", TRANSFORM),
    ("cloudformation:TagResource", SAMS), ("cloudformation:TagResource", DEPLOYED),
    ("cloudformation:DescribeStacks", HERE.format("cloudformation") + f"stack/{STACK}-0a1b2c3d-CompanionStack/0a1b"),
    ("s3:PutObject", UPLOAD), ("s3:AbortMultipartUpload", UPLOAD), ("s3:GetObject", f"{UPLOAD}.template"),
]
# gatehouse's calls that the smoke test makes: a user is made, put into groups, signed in and deleted.
OF_THE_SMOKE_TEST = {
    "DescribeStacks": DEPLOYED,
    "DescribeUserPool": POOL,
    "DescribeUserPoolClient": POOL,
    "AdminCreateUser": POOL,
    "AdminAddUserToGroup": POOL,
    "AdminDeleteUser": POOL,
    "AdminInitiateAuth": POOL,
    "AdminRespondToAuthChallenge": POOL,
}
# Those that a person's commands make, with that person's rights, and those that Cognito takes from everybody.
OF_A_PERSON = {
    "AdminGetUser": "user create", "InitiateAuth": "unsigned", "RespondToAuthChallenge": "unsigned",
    "AssociateSoftwareToken": "unsigned", "VerifySoftwareToken": "unsigned",
    "AddUserPoolClientSecret": "a new secret", "ListUserPoolClientSecrets": "a new secret",
    "DeleteUserPoolClientSecret": "a new secret",
}
# How sam lists what it deletes with the stack (s3_uploader.py, delete_prefix_artifacts).
LISTED = {"prefix": f"{STACK}/"}
# What the settings of the pool need of the account, which is looked up before a deploy in the region that they name
# (senders.py).
ASKED_AHEAD = {
    "ses:GetEmailIdentity": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    "ses:GetConfigurationSet": "arn:aws:ses:us-east-1:123456789012:configuration-set/codes",
    "ses:GetAccount": ANY, "sns:GetSMSAttributes": ANY, "sns:GetSMSSandboxAccountStatus": ANY,
    "sms-voice:DescribePhoneNumbers": ANY, "sms-voice:DescribeSenderIds": ANY,
    "cognito-idp:DescribeUserPool": POOL, "cognito-idp:DescribeUserPoolDomain": ANY,
}
# What everybody may. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
WITHOUT_A_RIGHT = {"sts:GetCallerIdentity"}
# Where an API's actions begin otherwise than botocore's name of it, and the other way round.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_pinpoint-sms-voice-v2.html
PREFIXES = {"sesv2": "ses", "pinpoint-sms-voice-v2": "sms-voice"}
MODELS = {prefix: service for service, prefix in PREFIXES.items()}
# An action that has another name than the call.
NAMED_OTHERWISE = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "apigateway:GetAccount": "apigateway:GET",
    "apigateway:GetApiKey": "apigateway:GET",
    "apigateway:GetRestApi": "apigateway:GET",
    "apigateway:GetStage": "apigateway:GET",
    "apigateway:GetDomainName": "apigateway:GET",
}
# Actions that are no calls of their own.
NO_CALLS = {
    "iam:PassRole", "cloudformation:TagResource", "cloudformation:UntagResource", "apigateway:GET", "apigateway:POST",
    "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE", "apigateway:SetWebACL",
    "s3:ListBucket", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration",
    "s3:PutBucketPublicAccessBlock", "s3:ListTagsForResource", "s3:TagResource",
}

# What no ARN can name before it is there, and where the service knows none.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
WITHOUT_A_NAME = {
    "codedeploy:StopDeployment": "the reference has no resource for it; a deployment's id is its own",
    "cognito-idp:CreateUserPool": "there is none yet",
    "cognito-idp:DescribeUserPoolDomain": "asked by the domain alone",
    "logs:DescribeIndexPolicies": "the reference has no resource for it",
    "logs:DescribeLogGroups": "a search by the name's beginning",
    "logs:DescribeResourcePolicies": "the account's",
    "route53:GetChange": "a change's id is made up by Route 53",
    "route53:ListHostedZones": "the account's",
    "ses:GetAccount": "the account's",
    # Any of the account's, in a region that the stack's does not tell: a statement of their own would keep nothing out,
    # and take the room of five actions.
    "ses:GetConfigurationSet": "in the identity's region, whichever the pool sends from",
    "ses:GetEmailIdentity": "in its own region, and those of the domains above it",
    "sms-voice:DescribePhoneNumbers": "a search of all there are",
    "sms-voice:DescribeSenderIds": "a search of all there are",
    "sns:GetSMSAttributes": "the account's",
    "sns:GetSMSSandboxAccountStatus": "the account's",
}


@functools.cache
def policy():
    text = (ROOT / "docs" / "deploy-role.json").read_text(encoding="utf-8")
    for place, value in PLACES.items():
        text = text.replace(place, value)
    return text, json.loads(text)["Statement"]


def as_list(value):
    return value if isinstance(value, list) else [value]


def allowed(action, resource, **context):
    """Whether a statement allows the action. A condition holds if the context has one of its values."""
    return any(
        any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in as_list(statement["Action"]))
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in as_list(statement["Resource"]))
        and all(
            context.get(key.partition(":")[2]) in as_list(values)
            for test in statement.get("Condition", {}).values()
            for key, values in test.items()
        )
        for statement in policy()[1]
    )


def somewhere(action, resources):
    """Whether the action is allowed for one of these resources, passed to one of the services that get a role."""
    contexts = [{}]
    if action == "iam:PassRole":
        contexts = [{"PassedToService": service} for service in services()]
    if action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
        contexts = [{"PolicyARN": arn} for arn in managed_policies()]
    if action == "s3:ListBucket":
        contexts = [LISTED]
    if action == "iam:CreateServiceLinkedRole":
        contexts = [{"AWSServiceName": "email.cognito-idp.amazonaws.com"}]
    return any(all(allowed(action, resource, **context) for context in contexts) for resource in resources)


@functools.cache
def resources():
    """Every resource that the template can make."""
    found = {}
    for parameters in ({}, ALL, EXISTING, {"CodeDeploy": "false"}, {"ManagedWebAcl": "true"}):
        found |= deployed(**parameters).raw["Resources"]
    return found


def roles():
    return [resource["Properties"] for resource in resources().values() if resource["Type"] == "AWS::IAM::Role"]


def services():
    """The services that assume one of our roles."""
    text = json.dumps([role["AssumeRolePolicyDocument"] for role in roles()])
    return set(re.findall(r'"([a-z.-]+\.amazonaws\.com)"', text))


def managed_policies():
    text = json.dumps([role.get("ManagedPolicyArns", []) for role in roles()])
    return {name.replace("${AWS::Partition}", "aws") for name in re.findall(r'"(arn:[^"]+)"', text)}


def permissions(name):
    """The calls with which CloudFormation creates, reads, updates, deletes and tags a resource."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", SAME_AS.get(name, name)).schema
    handlers = [schema["handlers"].get(step, {}) for step in ("create", "read", "update", "delete")]
    return {action for part in [*handlers, schema.get("tagging", {})] for action in part.get("permissions", [])}


def bucket_stack():
    return json.loads(_get_stack_template())["Resources"]


@functools.cache
def operations(service):
    model = botocore.session.get_session().get_service_model(MODELS.get(service, service))
    return {xform_name(name): name for name in model.operation_names}


def action(service, operation):
    name = f"{PREFIXES.get(service, service)}:{operation}"
    return NAMED_OTHERWISE.get(name, name)


def calls(text):
    """Each boto3 call (service, operation) in a source: every called name that is an operation of its services."""
    services = set(re.findall(r"""client\(\s*["']([a-z0-9-]+)["']""", text))
    named = set(re.findall(r"\.([a-z][a-z0-9_]+)\(", text)) | set(
        re.findall(r"""get_paginator\(["']([a-z0-9_]+)["']""", text)
    )
    return {
        (service, operations(service)[name]) for service in services for name in named if name in operations(service)
    }


def waiter(service, name):
    """The operation that a command `wait` repeats."""
    waiters = botocore.session.get_session().get_waiter_model(service)
    return {xform_name(known): waiters.get_waiter(known).operation for known in waiters.waiter_names}[name]


def ways_out():
    """The commands that stuck.py and rollback.py advise."""
    said = []
    for status in (*WAYS_OUT, "UPDATE_IN_PROGRESS", "A_STATUS_OF_TOMORROW"):
        found = parse({"id": "arn", "status": status, "parameters": {}, "outputs": {}, "resources": {}, "aliases": {}})
        try:
            require_deployable(found, STACK, "eu-central-1")
        except Failure as failure:
            said.append(failure.advice)
    try:
        require_still("UPDATE_IN_PROGRESS", STACK, "eu-central-1")
    except Failure as failure:
        said.append(failure.advice)
    assert len(said) == len(WAYS_OUT) + 3
    return "\n".join(said)


class CloudFormation(unittest.TestCase):
    """CloudFormation makes the resources with the rights of the role."""

    def test_every_resource_type_of_the_template_is_known(self):
        types = {resource["Type"] for resource in [*resources().values(), *bucket_stack().values()]}
        self.assertGreater(len(types), 20)
        self.assertEqual(types - set(TYPES), set())

    def test_the_rights_of_each_type_are_allowed_or_have_a_reason(self):
        for name, places in TYPES.items():
            for needed in sorted(permissions(name)):
                without = [pattern for pattern in [*NOT_NEEDED, *NOT_NEEDED_BY.get(name, {})]
                           if fnmatch.fnmatchcase(needed, pattern)]
                with self.subTest(name, action=needed):
                    self.assertTrue(somewhere(needed, places) or without)

    def test_types_listed_without_rights_need_none(self):
        every = {needed for name in TYPES for needed in permissions(name)}
        for pattern, reason in NOT_NEEDED.items():
            with self.subTest(pattern):
                self.assertTrue(reason)
                found = [needed for needed in every if fnmatch.fnmatchcase(needed, pattern)]
                self.assertTrue(found, "no schema has it")
                for needed in found:
                    self.assertFalse([place for places in TYPES.values() for place in places if allowed(needed, place)])
        for name, reasons in NOT_NEEDED_BY.items():
            for pattern in reasons:
                self.assertTrue(
                    [needed for needed in permissions(name) if fnmatch.fnmatchcase(needed, pattern)], pattern
                )

    def test_the_role_can_create_sams_bucket(self):
        bucket, access = bucket_stack()["SamCliSourceBucket"], bucket_stack()["SamCliSourceBucketBucketPolicy"]
        self.assertEqual(set(bucket["Properties"]), set(BUCKET_PROPERTIES))
        for needed in {"s3:CreateBucket", *BUCKET_PROPERTIES.values()}:
            self.assertTrue(allowed(needed, BUCKET), needed)
        self.assertEqual(access["Type"], "AWS::S3::BucketPolicy")
        self.assertFalse(allowed("s3:DeleteBucket", BUCKET))


class Calls(unittest.TestCase):
    """The calls that sam, the scripts and gatehouse make themselves."""

    def test_every_call_of_our_scripts_is_allowed(self):
        places = [place for places in TYPES.values() for place in places] + [DEPLOYED, *ASKED_AHEAD.values()]
        found = set()
        for file in sorted(PROGRAMS.rglob("*.py")):
            found |= {(file.name, *call) for call in calls(file.read_text(encoding="utf-8"))}
        self.assertIn(("apigateway", "GetAccount"), {call[1:] for call in found})
        for file, service, operation in sorted(found):
            needed = action(service, operation)
            with self.subTest(file, call=needed):
                self.assertTrue(needed in WITHOUT_A_RIGHT or somewhere(needed, places))

    def test_the_checks_before_a_deploy_are_allowed_in_their_regions(self):
        called = {action(*call) for call in calls((PROGRAMS / "pool" / "senders.py").read_text(encoding="utf-8"))}
        self.assertEqual(called - WITHOUT_A_RIGHT, set(ASKED_AHEAD))
        for needed, resource in ASKED_AHEAD.items():
            self.assertTrue(allowed(needed, resource), needed)
        # The table of account.py is what a person reads.
        text = (PROGRAMS / "aws" / "account.py").read_text(encoding="utf-8")
        for needed in ASKED_AHEAD:
            self.assertIn(needed.removeprefix("sms-voice:Describe") if needed.endswith("SenderIds") else needed, text)

    def test_calls_are_found_in_every_notation(self):
        text = """
            cloud = boto3.client("cloudformation", region_name=region)
            cloud.describe_stacks(StackName=name)
            cloud.get_paginator("list_stack_resources").paginate()
            cloud.get_waiter("stack_delete_complete").wait()
            boto3.client('lambda').get_alias(Name="live")
            print("text".strip(), cloud.meta)
        """
        self.assertEqual(
            calls(text),
            {
                ("cloudformation", "DescribeStacks"), ("cloudformation", "ListStackResources"), ("lambda", "GetAlias"),
            },
        )

    def test_gatehouse_calls_of_the_smoke_test_are_allowed(self):
        sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "cli" / "src").rglob("*.rs"))
        called = set(re.findall(r'(?:self\.call\(|operation: )"(\w+)"', sources))
        self.assertLessEqual(set(OF_THE_SMOKE_TEST), called)
        for operation, resource in OF_THE_SMOKE_TEST.items():
            service = "cloudformation" if operation == "DescribeStacks" else "cognito-idp"
            self.assertTrue(allowed(f"{service}:{operation}", resource), operation)
        self.assertEqual(called - set(OF_THE_SMOKE_TEST) - set(OF_A_PERSON), set(), "who calls these?")

    def test_every_call_of_the_installed_sam_is_listed_and_allowed(self):
        for table, form in ((SAM, r"client\.(\w+)\(|\bs3\.(\w+)\("), (PAGED, r'get_paginator\("(\w+)"\)')):
            for file, listed in table.items():
                text = (Path(samcli.__file__).parent / file).read_text(encoding="utf-8")
                found = {
                    name
                    for groups in re.findall(form, text)
                    for name in ([groups] if isinstance(groups, str) else groups)
                }
                found -= {"", "get_paginator", "get_waiter"}
                self.assertEqual(found, set(listed), file)
                for call, resource in listed.items():
                    if resource is not None:
                        service = "s3" if call in operations("s3") else "cloudformation"
                        needed = action(service, operations(service)[call])
                        self.assertTrue(somewhere(needed, [resource]), f"{needed} in {file}")
        for needed, resource in MORE_OF_SAM:
            self.assertTrue(allowed(needed, resource), needed)

    def test_the_transforms_of_the_template_may_be_used(self):
        for transform in as_list(source()["Transform"]):
            name = transform.removeprefix("AWS::")
            arn = f"arn:aws:cloudformation:eu-central-1:aws:transform/{name}"
            self.assertTrue(allowed("cloudformation:CreateChangeSet", arn), name)

    def test_the_role_allows_every_command_that_the_scripts_advise(self):
        said = ways_out()
        calls = set(re.findall(r"\baws ([a-z-]+) (wait )?([a-z-]+)", said))
        self.assertGreaterEqual(
            {verb for _, _, verb in calls},
            {"cancel-update-stack", "continue-update-rollback", "rollback-stack", "delete-stack", "update-table"},
        )
        places = {"cloudformation": DEPLOYED, "cognito-idp": POOL, "dynamodb": TYPES["AWS::DynamoDB::Table"][0]}
        for service, waits, verb in sorted(calls):
            name = verb.replace("-", "_")
            with self.subTest(service, verb=verb):
                operation = waiter(service, name) if waits else operations(service)[name]
                self.assertTrue(allowed(f"{service}:{operation}", places[service]), operation)

    def test_the_role_can_move_aliases_and_read_an_api_key(self):
        for needed in ("lambda:GetAlias", "lambda:UpdateAlias", "lambda:ListVersionsByFunction"):
            self.assertTrue(allowed(needed, FUNCTION), needed)
        self.assertTrue(allowed("apigateway:GET", f"{GATEWAY}/apikeys/abc"))
        self.assertTrue(allowed("iam:GetRole", "arn:aws:iam::123456789012:role/LogsOfApiGateway"))


class Narrow(unittest.TestCase):
    """What the role may not do."""

    def test_it_is_one_inline_policy_without_open_placeholders(self):
        text, statements = policy()
        written = (ROOT / "docs" / "deploy-role.json").read_text(encoding="utf-8")
        words = set(re.findall(r"(?<![A-Za-z])[A-Z]{4,}(?![A-Za-z])", written)) - {"DELETE", "PATCH", "POST"}
        self.assertEqual(words, set(PLACES))
        self.assertLess(len(re.sub(r"\s", "", text)), INLINE_CHARACTERS)
        names = [statement["Sid"] for statement in statements]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual({statement["Effect"] for statement in statements}, {"Allow"})

    def test_every_action_exists(self):
        for statement in policy()[1]:
            for named in as_list(statement["Action"]):
                service, _, operation = named.partition(":")
                if named not in NO_CALLS:
                    self.assertIn(operation, operations(service).values(), named)
        used = {named for statement in policy()[1] for named in as_list(statement["Action"])}
        self.assertLessEqual(NO_CALLS, used)

    def test_only_actions_without_resources_are_for_everything(self):
        for statement in policy()[1]:
            for resource in as_list(statement["Resource"]):
                if resource == "*":
                    self.assertEqual(set(as_list(statement["Action"])), set(WITHOUT_A_NAME))
                else:
                    self.assertRegex(resource, r"^arn:aws:[a-z0-9-]+:[a-z0-9-]*:(123456789012|aws)?:.*[a-zA-Z]")
            for named in as_list(statement["Action"]):
                self.assertTrue("*" not in named or named == "s3:GetBucket*", named)

    def test_resources_of_another_stack_are_out_of_reach(self):
        others = [place.replace(STACK, "elsewhere") for places in TYPES.values() for place in places if STACK in place]
        self.assertGreater(len(others), 10)
        self.assertIn(UPLOAD.replace(STACK, "elsewhere"), others)
        actions = {named for statement in policy()[1] for named in as_list(statement["Action"])}
        actions -= {"iam:GetRole", *WITHOUT_A_NAME}
        # A web ACL of anybody's can be put before a stage (operations.webAclArn), but neither changed nor deleted.
        actions -= {named for named in actions if named.endswith("SetWebACL")}
        actions -= {
            "wafv2:AssociateWebACL",
            "wafv2:DisassociateWebACL",
            "wafv2:GetWebACL",
            "wafv2:GetWebACLForResource",
        }
        # The star behind a bucket's name is one behind its objects' names too, of which its own actions know nothing.
        actions -= {named for named in actions if re.match(r"s3:(?!.*(Object|Upload))", named)}
        for place in others:
            self.assertEqual([named for named in actions if somewhere(named, [place])], [], place)
        self.assertFalse([named for named in actions if allowed(named, DEPLOYED.replace(STACK, "elsewhere"))])

    def test_of_sams_bucket_only_the_stacks_prefix_is_allowed(self):
        others = (
            f"{BUCKET}/elsewhere/abc",
            f"{BUCKET}/{STACK}-more/abc",
            f"{BUCKET}/abc",
            UPLOAD.replace("samclisource", "another"),
        )
        for needed in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"):
            self.assertTrue(allowed(needed, UPLOAD), needed)
            self.assertEqual([place for place in others if allowed(needed, place)], [], needed)
        for prefix in (None, "", "elsewhere/", STACK, f"{STACK}-more/"):
            self.assertFalse(allowed("s3:ListBucket", BUCKET, prefix=prefix), prefix)

    def test_sams_bucket_has_the_name_from_its_stack(self):
        [name] = [name for name, resource in bucket_stack().items() if resource["Type"] == "AWS::S3::Bucket"]
        for statement in policy()[1]:
            for resource in as_list(statement["Resource"]):
                if ":s3:" in resource:
                    self.assertTrue(resource.startswith(f"arn:aws:s3:::{SAM_CLI_STACK_NAME}-{name.lower()}-"), resource)

    def test_roles_go_only_to_our_services_with_known_policies(self):
        self.assertGreaterEqual(
            services(), {"lambda.amazonaws.com", "codedeploy.amazonaws.com", "apigateway.amazonaws.com"}
        )
        [handing] = [statement for statement in policy()[1] if "iam:PassRole" in as_list(statement["Action"])]
        named = set(handing["Condition"]["StringEquals"]["iam:PassedToService"])
        self.assertEqual({name.removesuffix(".cn") for name in named}, services())
        for service in ("ec2.amazonaws.com", "cloudformation.amazonaws.com", None):
            self.assertFalse(allowed("iam:PassRole", ROLE, PassedToService=service))
        self.assertEqual(len(managed_policies()), 1)
        for verb in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
            self.assertTrue(somewhere(verb, [ROLE]))
            self.assertFalse(allowed(verb, ROLE, PolicyARN="arn:aws:iam::aws:policy/AdministratorAccess"))

    def test_only_the_smoke_test_touches_data_functions_or_users(self):
        table = TYPES["AWS::DynamoDB::Table"][0]
        for needed in ("dynamodb:GetItem", "dynamodb:Scan", "dynamodb:PutItem"):
            self.assertFalse(allowed(needed, table), needed)
        self.assertFalse(allowed("lambda:InvokeFunction", FUNCTION))
        for needed in ("AdminSetUserPassword", "AdminUpdateUserAttributes", "AdminGetUser", "ListUsers"):
            self.assertFalse(allowed(f"cognito-idp:{needed}", POOL), needed)
        self.assertFalse(allowed("logs:GetLogEvents", TYPES["AWS::Logs::LogGroup"][0]))
        for needed in ("iam:CreateUser", "iam:CreateAccessKey", "iam:CreatePolicy", "iam:CreateOpenIDConnectProvider"):
            self.assertFalse(allowed(needed, "*"), needed)


class Trust(unittest.TestCase):
    """Who may assume the role."""

    def test_only_production_jobs_of_one_repository_may_assume_it(self):
        text = (ROOT / "docs" / "deploy-role-trust.json").read_text(encoding="utf-8")
        [statement] = json.loads(text)["Statement"]
        self.assertEqual(statement["Action"], "sts:AssumeRoleWithWebIdentity")
        host = "token.actions.githubusercontent.com"
        self.assertEqual(statement["Principal"], {"Federated": f"arn:PARTITION:iam::ACCOUNT:oidc-provider/{host}"})
        # Both, in full: `aud` alone lets every repository of GitHub in. With the numbers, as a name can be another's
        # one day:
        # https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
        subject = "repo:OWNER@UID/REPOSITORY@RID:environment:production"
        self.assertEqual(
            statement["Condition"], {"StringEquals": {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": subject}}
        )
        self.assertLess(len(re.sub(r"\s", "", text)), TRUST_CHARACTERS)


if __name__ == "__main__":
    unittest.main()

"""Tests the calls of senders.py with botocore's own clients: a Stubber checks each call and result against AWS's
models."""

import contextlib
import io
import json
import unittest
from unittest import mock

import boto3
import botocore.exceptions
from botocore.stub import Stubber

from fake_repository import ANSWERS
from stack.aws import account
from stack.pool import senders

REAL = boto3.client
CALLER = {"Account": "123456789012"}
WELL = {
    "ProductionAccessEnabled": True, "SendingEnabled": True,
    "SendQuota": {"Max24HourSend": 50000.0, "SentLast24Hours": 12.0, "MaxSendRate": 14.0},
}


class Case(unittest.TestCase):
    def setUp(self):
        self.stubs, self.regions = {}, {}
        patched = mock.patch.object(boto3, "client", self.client)
        patched.start()
        self.addCleanup(patched.stop)

    def client(self, service, region_name, config):
        self.assertIs(config, senders.TIMEOUTS)
        self.regions[service] = region_name
        return self.stub(service).client

    def stub(self, service):
        if service not in self.stubs:
            keys = {"aws_access_key_id": "a", "aws_secret_access_key": "s"}
            self.stubs[service] = Stubber(REAL(service, region_name="eu-west-1", **keys))
            self.stubs[service].activate()
        return self.stubs[service]

    def answers(self, service, operation, answer, **asked):
        self.stub(service).add_response(operation, answer, asked)

    def refuses(self, service, operation, code="AccessDeniedException", **asked):
        self.stub(service).add_client_error(operation, code, expected_params=asked)

    def ask(self, *argv):
        """Runs the command, asserts that every expected call was made, and returns the output."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            account.main(list(argv))
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()
        return json.loads(printed.getvalue())


class Mail(Case):
    def around(self, account=WELL):
        self.answers("sts", "get_caller_identity", CALLER)
        self.answers("sesv2", "get_account", account)

    def identity(self, name, answer):
        self.answers("sesv2", "get_email_identity", answer, EmailIdentity=name)

    def none(self, name):
        self.refuses("sesv2", "get_email_identity", "NotFoundException", EmailIdentity=name)

    def test_an_account_without_problems(self):
        self.around()
        self.identity("example.com", {"VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS"})
        self.answers("sesv2", "get_configuration_set", {"ConfigurationSetName": "codes"}, ConfigurationSetName="codes")
        self.assertEqual(self.ask("mail", "eu-west-1", "example.com", "codes"), ANSWERS["mail"])
        self.assertEqual(self.regions, {"sesv2": "eu-west-1", "sts": "eu-west-1"})

    def test_the_first_verified_parent_domain_is_found(self):
        self.around()
        self.none("us@a.b.example.com")
        self.none("a.b.example.com")
        self.identity("b.example.com", {"VerifiedForSendingStatus": True})
        found = self.ask("mail", "eu-west-1", "us@a.b.example.com", "")
        self.assertEqual((found["identity"], found["by"], found["set"]), ("NONE", "b.example.com", None))

    def test_an_unverified_identity_has_the_status_of_ses(self):
        for answer, word in (
            ({"VerifiedForSendingStatus": False, "VerificationStatus": "FAILED"}, "FAILED"),
            ({"VerifiedForSendingStatus": False}, "PENDING"),
            # Verified, and kept from sending.
            ({"VerifiedForSendingStatus": False, "VerificationStatus": "SUCCESS"}, "PENDING"),
        ):
            self.around()
            self.identity("example.com", answer)
            self.assertEqual(self.ask("mail", "eu-west-1", "example.com", "")["identity"], word)

    def test_a_missing_configuration_set(self):
        self.around()
        self.identity("example.com", {"VerifiedForSendingStatus": True})
        self.refuses("sesv2", "get_configuration_set", "NotFoundException", ConfigurationSetName="codes")
        self.assertIs(self.ask("mail", "eu-west-1", "example.com", "codes")["set"], False)

    def test_each_right_can_be_missing_alone(self):
        self.answers("sts", "get_caller_identity", CALLER)
        self.refuses("sesv2", "get_account")
        self.identity("example.com", {"VerifiedForSendingStatus": True})
        self.refuses("sesv2", "get_configuration_set", ConfigurationSetName="codes")
        found = self.ask("mail", "eu-west-1", "example.com", "codes")
        denied = "AccessDeniedException"
        self.assertEqual(found["unknown"], {"ses:GetAccount": denied, "ses:GetConfigurationSet": denied})
        self.assertEqual(found["identity"], "SUCCESS")
        self.assertEqual((found["production"], found["quota"], found["set"]), (None, None, None))

    def test_a_refused_call_does_not_mean_missing(self):
        self.around()
        self.refuses("sesv2", "get_email_identity", EmailIdentity="us@example.com")
        found = self.ask("mail", "eu-west-1", "us@example.com", "")
        self.assertEqual((found["identity"], found["by"]), (None, None))

    def test_a_region_without_the_service_gives_unknown(self):
        lost = botocore.exceptions.EndpointConnectionError(endpoint_url="https://email.xx-none-1.amazonaws.com")
        with mock.patch.object(boto3, "client", return_value=mock.Mock(
            get_account=mock.Mock(side_effect=lost), get_email_identity=mock.Mock(side_effect=lost),
            get_caller_identity=mock.Mock(side_effect=lost),
        )):
            found = self.ask("mail", "xx-none-1", "example.com", "")
        self.assertEqual(set(found["unknown"].values()), {"EndpointConnectionError"})


class Texts(Case):
    NUMBER = {
        "PhoneNumberArn": "arn", "PhoneNumber": "+12065550100", "Status": "ACTIVE", "IsoCountryCode": "US",
        "MessageType": "TRANSACTIONAL", "NumberCapabilities": ["SMS"], "NumberType": "TEN_DLC",
        "MonthlyLeasingPrice": "1", "TwoWayEnabled": False, "SelfManagedOptOutsEnabled": False,
        "OptOutListName": "Default",
        "DeletionProtectionEnabled": False, "CreatedTimestamp": 0,
    }
    SENDER = {
        "SenderIdArn": "arn", "SenderId": "SHOP", "IsoCountryCode": "GB", "MessageTypes": ["TRANSACTIONAL"],
        "MonthlyLeasingPrice": "0", "DeletionProtectionEnabled": False, "Registered": False,
    }

    def around(self, spend, numbers=(), senders_of=()):
        self.answers("sns", "get_sms_sandbox_account_status", {"IsInSandbox": False})
        self.answers("sns", "get_sms_attributes", {"attributes": spend}, attributes=["MonthlySpendLimit"])
        self.answers("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": list(numbers)})
        self.answers("pinpoint-sms-voice-v2", "describe_sender_ids", {"SenderIds": list(senders_of)})

    def test_sandbox_spending_limit_and_countries_are_returned(self):
        self.around({"MonthlySpendLimit": "200"}, [self.NUMBER], [self.SENDER])
        self.assertEqual(self.ask("sms", "us-east-1"), {**ANSWERS["sms"], "origins": ["GB", "US"]})
        self.assertEqual(set(self.regions.values()), {"us-east-1"})

    def test_an_unset_limit_is_empty_and_an_unknown_one_is_null(self):
        self.around({})
        self.assertEqual(self.ask("sms", "us-east-1")["spend"], "")

    def test_a_number_that_cannot_reach_people_does_not_count(self):
        useless = ({"Status": "PENDING"}, {"NumberCapabilities": ["VOICE"]}, {"NumberType": "SIMULATOR"})
        self.around({}, [{**self.NUMBER, **each} for each in useless])
        self.assertEqual(self.ask("sms", "us-east-1")["origins"], [])

    def test_each_right_can_be_missing_alone(self):
        self.refuses("sns", "get_sms_sandbox_account_status", "AuthorizationError")
        self.refuses("sns", "get_sms_attributes", "AuthorizationError", attributes=["MonthlySpendLimit"])
        self.answers("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": []})
        self.refuses("pinpoint-sms-voice-v2", "describe_sender_ids")
        self.assertEqual(self.ask("sms", "us-east-1"), {
            "sandbox": None, "spend": None, "origins": None,
            "unknown": {
                "sns:GetSMSSandboxAccountStatus": "AuthorizationError", "sns:GetSMSAttributes": "AuthorizationError",
                "sms-voice:DescribeSenderIds": "AccessDeniedException",
            },
        })


class Pool(Case):
    ID, ARN = "eu-west-1_Abc", "arn:aws:lambda:eu-west-1:123456789012:function:f"

    def pool(self, **found):
        self.answers("cognito-idp", "describe_user_pool", {"UserPool": {"Id": self.ID, **found}}, UserPoolId=self.ID)

    def test_a_pool_with_only_its_plan(self):
        self.pool(UserPoolTier="LITE", Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}})
        self.assertEqual(self.ask("pool", "eu-west-1", self.ID), ANSWERS["pool"])

    def test_a_pool_with_every_feature(self):
        self.pool(
            UserPoolTier="PLUS", Domain="ours", CustomDomain="auth.example.com",
            LambdaConfig={"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": self.ARN}},
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]},
                      "PasswordPolicy": {"PasswordHistorySize": 5}},
            UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"},
        )
        for domain, version in (("ours", 1), ("auth.example.com", 2)):
            answer = {"DomainDescription": {"ManagedLoginVersion": version}}
            self.answers("cognito-idp", "describe_user_pool_domain", answer, Domain=domain)
        self.assertEqual(
            self.ask("pool", "eu-west-1", self.ID),
            {
                "plan": "PLUS",
                "trigger": "V2_0",
                "triggers": ["PreTokenGenerationConfig"],
                "firstFactors": ["PASSWORD", "WEB_AUTHN"],
                "history": 5,
                "protection": "ENFORCED",
                "login": 2,
                "unknown": {},
            },
        )

    def test_without_the_right_nothing_is_known(self):
        self.refuses("cognito-idp", "describe_user_pool", UserPoolId=self.ID)
        found = self.ask("pool", "eu-west-1", self.ID)
        self.assertIsNone(found["plan"])
        self.assertEqual(found["unknown"], {"cognito-idp:DescribeUserPool": "AccessDeniedException"})

    def test_a_deleted_pool_has_no_plan(self):
        self.refuses("cognito-idp", "describe_user_pool", "ResourceNotFoundException", UserPoolId=self.ID)
        self.assertIsNone(self.ask("pool", "eu-west-1", self.ID)["plan"])


if __name__ == "__main__":
    unittest.main()

"""Tests what each production setting changes in the stack, and what it leaves unchanged.

As in test_template.py, the tests check the CloudFormation that template.yaml becomes: domain and addresses, the
authorizer's reserved concurrency, the table of orders, the pool's mail and text messages, its second factors, passwords
and devices. The tests must not call AWS.
"""

import json
import re
import unittest

from stack.build import local_overrides
from stack.checks.transform import PARTITIONS, deployed, source
from test_template import api, of_type, properties, rights, variables

DOMAIN = {
    "DomainName": "api.example.com",
    "DomainCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a-b",
    "DomainHostedZoneId": "Z0ABC",
}
MAIL = {
    "EmailSourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    "EmailFrom": "Shop <no-reply@example.com>",
}
MORE_MAIL = {"EmailReplyTo": "help@example.com", "EmailConfigurationSet": "users"}
TEXTS = {"SmsExternalId": "gatehouse-sms", "SmsFactor": "true"}
NUMBER = "arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-0a1b"
CODES_BY_MAIL = {**MAIL, "EmailFactor": "true", "UserPoolPlan": "ESSENTIALS"}
HISTORY = {"PasswordHistorySize": "24", "UserPoolPlan": "ESSENTIALS"}
TABLE = {"ExistingOrdersTable": "shop-OrdersTable-1A2B"}
DEVICES = {"DeviceTracking": "IF_USER_AGREES", "DeviceSkipsSecondFactor": "true"}
# Each setting alone, in a stack that has a domain, and the one resource that it may change.
ALONE = (
    ({"DomainIpAddressType": "ipv4"}, {"Domain", "DomainRecords"}),
    ({"DisableExecuteApiEndpoint": "true"}, {"Api"}),
    ({"AuthorizerReservedConcurrency": "50"}, {"AuthorizerFunction"}),
    ({"TableDeletionProtection": "false"}, {"OrdersTable"}),
    (TABLE, {"OrdersTable", "TableThrottles", "Dashboard", "OrdersFunction", "OrdersRole"}),
    (MAIL, {"UserPool"}),
    (TEXTS, {"UserPool", "SmsRole"}),
    ({**TEXTS, "SmsOriginationIdentity": NUMBER}, {"UserPool", "SmsRole"}),
    (CODES_BY_MAIL, {"UserPool"}),
    (HISTORY, {"UserPool"}),
    ({"UserPoolPlan": "PLUS"}, {"UserPool"}),
    ({**TEXTS, **CODES_BY_MAIL, **HISTORY}, {"UserPool", "SmsRole"}),
    (DEVICES, {"UserPool"}),
)


def kept(rule, **parameters):
    """Whether each assertion of a rule holds."""
    return [check["Assert"] for check in deployed(**parameters).rules[rule]["Assertions"]]


def own_address(stack):
    """Whether the API's definition enables API Gateway's own address."""
    [server] = api(stack)["servers"]
    return server["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"]


class Addresses(unittest.TestCase):
    def records(self, **parameters):
        records = properties(deployed(**DOMAIN, **parameters), "DomainRecords")["RecordSets"]
        return [record["Type"] for record in records]

    def test_a_domain_has_ipv4_and_ipv6_records(self):
        domain = properties(deployed(**DOMAIN), "Domain")
        self.assertEqual(domain["EndpointConfiguration"], {"Types": ["REGIONAL"], "IpAddressType": "dualstack"})
        self.assertEqual(self.records(), ["A", "AAAA"])

    def test_a_domain_without_ipv6_has_no_ipv6_record(self):
        domain = properties(deployed(**DOMAIN, DomainIpAddressType="ipv4"), "Domain")
        self.assertEqual(domain["EndpointConfiguration"], {"Types": ["REGIONAL"], "IpAddressType": "ipv4"})
        self.assertEqual(self.records(DomainIpAddressType="ipv4"), ["A"])

    def test_every_record_is_an_alias_of_the_domain(self):
        for record in properties(deployed(**DOMAIN), "DomainRecords")["RecordSets"]:
            self.assertEqual(record["Name"], "api.example.com")
            self.assertEqual(record["AliasTarget"]["DNSName"], {"Fn::GetAtt": ["Domain", "RegionalDomainName"]})

    def test_the_apis_own_address_answers_by_default(self):
        self.assertIs(own_address(deployed()), False)
        self.assertIs(own_address(deployed(**DOMAIN)), False)
        self.assertIs(own_address(deployed(**DOMAIN, DisableExecuteApiEndpoint="true")), True)

    def test_the_outputs_have_both_urls(self):
        outputs = deployed(**DOMAIN, DisableExecuteApiEndpoint="true").outputs
        self.assertEqual(outputs, deployed(**DOMAIN).outputs)
        self.assertEqual(outputs["DomainUrl"], "https://api.example.com")

    def test_the_own_address_can_be_disabled_only_with_a_domain(self):
        rule = "OwnAddressIsOnlyGivenUpForADomain"
        self.assertEqual(kept(rule), [True])
        self.assertEqual(kept(rule, **DOMAIN), [True])
        self.assertEqual(kept(rule, **DOMAIN, DisableExecuteApiEndpoint="true"), [True])
        self.assertEqual(kept(rule, DisableExecuteApiEndpoint="true"), [False])

    def test_with_the_own_address_disabled_all_urls_use_the_domain(self):
        stack = deployed(**DOMAIN, DisableExecuteApiEndpoint="true", ResourceMetadata="true", ApiId="abc123")
        told = {key: entry for key, entry in api(stack).items() if key != "paths"}
        self.assertNotIn("execute-api", json.dumps(told["x-amazon-apigateway-gateway-responses"]))
        self.assertNotIn("execute-api", json.dumps(api(stack)["paths"]["/.well-known/oauth-protected-resource"]))


class Concurrency(unittest.TestCase):
    def test_concurrency_is_not_reserved_by_default(self):
        for name in of_type(deployed(), "AWS::Lambda::Function"):
            self.assertNotIn("ReservedConcurrentExecutions", properties(deployed(), name), name)

    def test_only_the_authorizer_gets_reserved_concurrency(self):
        stack = deployed(AuthorizerReservedConcurrency="50")
        reserved = {
            name: properties(stack, name).get("ReservedConcurrentExecutions")
            for name in of_type(stack, "AWS::Lambda::Function")
        }
        self.assertEqual(reserved.pop("AuthorizerFunction"), "50")
        self.assertEqual(set(reserved.values()), {None})

    def test_the_reserved_concurrency_cannot_be_zero(self):
        pattern = source()["Parameters"]["AuthorizerReservedConcurrency"]["AllowedPattern"]
        for good in ("", "1", "50", "10000"):
            self.assertRegex(good, pattern)
        for bad in ("0", "00", "-1", "1.5", " 1", "five"):
            self.assertNotRegex(bad, pattern)


class Table(unittest.TestCase):
    def protection(self, **parameters):
        return properties(deployed(**parameters), "OrdersTable")["DeletionProtectionEnabled"]

    def test_the_table_is_protected_by_default(self):
        self.assertIs(self.protection(), True)
        self.assertIs(self.protection(TableDeletionProtection="false"), False)

    def test_an_existing_table_is_used_and_none_is_made(self):
        stack = deployed(**TABLE)
        self.assertEqual(of_type(stack, "AWS::DynamoDB::Table"), {})
        self.assertEqual(variables(stack, "OrdersFunction")["TABLE_NAME"], "shop-OrdersTable-1A2B")
        self.assertNotIn('"OrdersTable"', json.dumps(stack.resources))
        self.assertNotIn("${OrdersTable", json.dumps(stack.resources))

    def test_the_service_has_rights_to_only_that_table_and_its_index(self):
        own, taken_over = rights(deployed(), "OrdersFunction"), rights(deployed(**TABLE), "OrdersFunction")
        self.assertEqual([actions for actions, _ in taken_over], [actions for actions, _ in own])
        arn = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/shop-OrdersTable-1A2B"
        self.assertEqual([resource for _, resource in taken_over[1:]], [arn, f"{arn}/index/by-day"])

    def test_a_table_that_leaves_the_stack_stays(self):
        # Out of the template is out of the stack; the policy then says what becomes of it.
        self.assertEqual(deployed().resources["OrdersTable"]["DeletionPolicy"], "RetainExceptOnCreate")

    def test_a_table_is_named_by_name_and_not_by_arn(self):
        pattern = source()["Parameters"]["ExistingOrdersTable"]["AllowedPattern"]
        for good in ("", "abc", "shop-OrdersTable-1A2B", "a_b.c", "x" * 255):
            self.assertRegex(good, pattern)
        for bad in ("ab", "x" * 256, "a/b", "arn:aws:dynamodb:us-east-1:123456789012:table/orders", "a*b", "${x}"):
            self.assertNotRegex(bad, pattern)


class Mail(unittest.TestCase):
    def settings(self, **parameters):
        return properties(deployed(**parameters), "UserPool").get("EmailConfiguration")

    def test_without_an_identity_cognito_sends_itself(self):
        self.assertIsNone(self.settings())

    def test_mail_is_sent_as_the_identity(self):
        least = {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": MAIL["EmailSourceArn"],
            "From": MAIL["EmailFrom"],
        }
        self.assertEqual(self.settings(**MAIL), least)
        full = least | {"ReplyToEmailAddress": "help@example.com", "ConfigurationSet": "users"}
        self.assertEqual(self.settings(**MAIL, **MORE_MAIL), full)

    def test_an_existing_pool_gets_no_sender(self):
        stack = deployed(ExistingUserPoolId="eu-west-1_Abc123", ExistingUserPoolClientId="a", **MAIL)
        self.assertNotIn("example.com", json.dumps(stack.resources))

    def test_mail_settings_need_an_identity_and_a_sender(self):
        rule = "MailHasAnIdentityAndASender"
        self.assertEqual(kept(rule), [True, True])
        self.assertEqual(kept(rule, **MAIL), [True, True])
        self.assertEqual(kept(rule, **MAIL, **MORE_MAIL), [True, True])
        for name, value in MAIL.items():
            self.assertEqual(kept(rule, **{name: value}), [False, True], name)
        for name, value in MORE_MAIL.items():
            self.assertEqual(kept(rule, **{name: value}), [True, False], name)

    def test_a_sender_is_an_ascii_header_with_an_address(self):
        pattern = source()["Parameters"]["EmailFrom"]["AllowedPattern"]
        for good in (
            "",
            "a@example.com",
            "Shop <a@example.com>",
            '"Shop, Ltd." <a@b.c>',
            "=?UTF-8?B?R3LDvG4=?= <a@b.c>",
        ):
            self.assertRegex(good, pattern)
        for bad in ("Shop", "Gr\u00fcn <a@example.com>", "a@b.c\nBcc: x@y.z", "@b.c"):
            self.assertIsNone(re.fullmatch(pattern, bad), bad)

    def test_an_identity_in_another_partition_is_accepted(self):
        pattern = source()["Parameters"]["EmailSourceArn"]["AllowedPattern"]
        for region, partition in PARTITIONS.items():
            for identity in ("example.com", "no-reply@example.com", "a.b+c@mail.example.com"):
                self.assertRegex(f"arn:{partition}:ses:{region}:123456789012:identity/{identity}", pattern)
        self.assertNotRegex("arn:aws:ses:us-east-1:123456789012:configuration-set/a", pattern)


class TextMessages(unittest.TestCase):
    def sender(self, **parameters):
        return properties(deployed(**parameters), "UserPool").get("SmsConfiguration")

    def statement(self, **parameters):
        [policy] = properties(deployed(**TEXTS, **parameters), "SmsRole")["Policies"]
        [statement] = policy["PolicyDocument"]["Statement"]
        return statement

    def test_text_messages_and_their_role_are_off_by_default(self):
        self.assertIsNone(self.sender())
        self.assertNotIn("SmsRole", deployed().resources)

    def test_amazon_sns_of_the_named_region_sends_text_messages(self):
        role = {"Fn::GetAtt": ["SmsRole", "Arn"]}
        self.assertEqual(self.sender(**TEXTS), {"SnsCallerArn": role, "ExternalId": "gatehouse-sms"})
        self.assertEqual(self.sender(**TEXTS, SmsRegion="eu-west-1")["SnsRegion"], "eu-west-1")
        statement = {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": "*"}
        self.assertEqual(self.statement(), statement)

    def test_the_role_may_send_only_as_the_named_sender(self):
        role = {"Fn::GetAtt": ["SmsRole", "Arn"]}
        direct = {"CallerArn": role, "ExternalId": "gatehouse-sms", "OriginationIdentity": NUMBER}
        sender = self.sender(**TEXTS, SmsRegion="us-east-1", SmsOriginationIdentity=NUMBER)
        self.assertEqual(sender, {"EumsSms": direct})
        statement = {"Effect": "Allow", "Action": ["sms-voice:SendTextMessage"], "Resource": NUMBER}
        self.assertEqual(self.statement(SmsOriginationIdentity=NUMBER), statement)

    def test_only_cognito_for_a_pool_of_this_region_assumes_the_role(self):
        [trust] = properties(deployed(**TEXTS), "SmsRole")["AssumeRolePolicyDocument"]["Statement"]
        self.assertEqual(trust["Principal"], {"Service": "cognito-idp.amazonaws.com"})
        self.assertEqual(trust["Action"], "sts:AssumeRole")
        same = {"sts:ExternalId": "gatehouse-sms", "aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        self.assertEqual(trust["Condition"]["StringEquals"], same)
        [arn] = trust["Condition"]["ArnLike"].values()
        self.assertTrue(arn.endswith(":cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/*"), arn)

    def test_the_role_stays_with_its_pool(self):
        role = deployed(**TEXTS).resources["SmsRole"]
        self.assertEqual((role["DeletionPolicy"], role["UpdateReplacePolicy"]), ("RetainExceptOnCreate", "Retain"))

    def test_an_existing_pool_gets_no_role(self):
        stack = deployed(ExistingUserPoolId="eu-west-1_Abc123", ExistingUserPoolClientId="a", **TEXTS)
        self.assertNotIn("SmsRole", stack.resources)

    def test_sms_region_and_sender_need_the_other_settings(self):
        rule = "TextMessagesAreSentAtAll"
        for setting in ({"SmsRegion": "eu-west-1"}, {"SmsOriginationIdentity": NUMBER}):
            self.assertEqual(kept(rule, **setting), [False])
            self.assertEqual(kept(rule, **setting, **TEXTS), [True])
        self.assertEqual(kept(rule), [True])

    def test_a_sender_is_the_arn_of_a_number_a_pool_or_a_sender_id(self):
        pattern = source()["Parameters"]["SmsOriginationIdentity"]["AllowedPattern"]
        for region, partition in PARTITIONS.items():
            for identity in ("phone-number/phone-0a1b", "pool/pool-0a1b", "sender-id/SHOP/GB"):
                self.assertRegex(f"arn:{partition}:sms-voice:{region}:123456789012:{identity}", pattern)
        for bad in ("+12065550100", "SHOP", NUMBER.replace("phone-0a1b", "*"), NUMBER.replace("sms-voice", "sns")):
            self.assertNotRegex(bad, pattern)


class SecondFactors(unittest.TestCase):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html"""

    def offered(self, **parameters):
        return properties(deployed(**parameters), "UserPool").get("EnabledMfas")

    def recovery(self, **parameters):
        setting = properties(deployed(**parameters), "UserPool")["AccountRecoverySetting"]
        ways = sorted(setting["RecoveryMechanisms"], key=lambda way: way["Priority"])
        return [way["Name"] for way in ways]

    def test_only_named_factors_are_offered_and_none_without_mfa(self):
        self.assertEqual(self.offered(), ["SOFTWARE_TOKEN_MFA"])
        everything = {**CODES_BY_MAIL, **TEXTS}
        self.assertEqual(self.offered(**everything), ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_MFA"])
        self.assertEqual(self.offered(**everything, TotpFactor="false"), ["EMAIL_OTP", "SMS_MFA"])
        # "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
        self.assertIsNone(self.offered(**everything, MfaConfiguration="OFF"))

    def test_recovery_by_mail_is_off_if_mail_is_a_second_factor(self):
        for setting in ({}, TEXTS, {**CODES_BY_MAIL, "MfaConfiguration": "OFF"}):
            self.assertEqual(self.recovery(**setting), ["verified_email"])
        for setting in (CODES_BY_MAIL, {**CODES_BY_MAIL, **TEXTS}, {**CODES_BY_MAIL, "MfaConfiguration": "ON"}):
            self.assertEqual(self.recovery(**setting), ["verified_phone_number", "verified_email"])

    def test_a_factor_requires_its_settings(self):
        rule = "SecondFactorsHaveWhatTheyNeed"
        for setting, holds in (
            ({}, [True, True, True]),
            (CODES_BY_MAIL, [True, True, True]),
            (TEXTS, [True, True, True]),
            ({"TotpFactor": "false"}, [False, True, True]),
            ({"EmailFactor": "true"}, [True, False, True]),
            ({"SmsFactor": "true"}, [True, True, False]),
            ({"SmsExternalId": "gatehouse-sms"}, [True, True, False]),
            ({"EmailFactor": "true", "SmsFactor": "true", "MfaConfiguration": "OFF"}, [True] * 3),
            ({"TotpFactor": "false", "MfaConfiguration": "OFF"}, [True] * 3),
            ({"SmsExternalId": "gatehouse-sms", "MfaConfiguration": "OFF"}, [True] * 3),
        ):
            self.assertEqual(kept(rule, **setting), holds, setting)


class Passwords(unittest.TestCase):
    def test_the_password_history_has_the_configured_size(self):
        def policy(**parameters):
            return properties(deployed(**parameters), "UserPool")["Policies"]["PasswordPolicy"]

        self.assertNotIn("PasswordHistorySize", policy())
        self.assertEqual(policy(**HISTORY)["PasswordHistorySize"], "24")


class Devices(unittest.TestCase):
    def settings(self, **parameters):
        return properties(deployed(**parameters), "UserPool").get("DeviceConfiguration")

    def test_a_pool_remembers_no_devices_by_default(self):
        self.assertIsNone(self.settings())
        self.assertNotIn("DeviceConfiguration", properties(deployed(), "UserPool"))

    def test_remembering_and_skipping_mfa_are_two_settings(self):
        for remember, asks in (("ALWAYS", False), ("IF_USER_AGREES", True)):
            for skips in (False, True):
                with self.subTest(remember, skips=skips):
                    found = self.settings(DeviceTracking=remember, DeviceSkipsSecondFactor=str(skips).lower())
                    expected = {"ChallengeRequiredOnNewDevice": skips, "DeviceOnlyRememberedOnUserPrompt": asks}
                    self.assertEqual(found, expected)
                    self.assertTrue(all(isinstance(value, bool) for value in found.values()))

    def test_an_existing_pool_gets_no_device_settings(self):
        stack = deployed(ExistingUserPoolId="eu-west-1_Abc123", ExistingUserPoolClientId="a", **DEVICES)
        self.assertNotIn("DeviceConfiguration", json.dumps(stack.resources))

    def test_a_device_can_replace_mfa_only_if_both_are_on(self):
        rule = "DevicesStandInForASecondFactorThatThereIs"
        on = {"DeviceTracking": "ALWAYS"}
        skips = {"DeviceSkipsSecondFactor": "true"}
        for given in ({}, on, {**on, **skips}, {**on, **skips, "MfaConfiguration": "ON"}, {"MfaConfiguration": "OFF"}):
            self.assertEqual(kept(rule, **given), [True], given)
        for given in (skips, {**on, **skips, "MfaConfiguration": "OFF"}):
            self.assertEqual(kept(rule, **given), [False], given)


class EachAlone(unittest.TestCase):
    def test_each_setting_changes_only_its_own_resources(self):
        plain = deployed(**DOMAIN).resources
        for setting, changed in ALONE:
            with self.subTest(setting):
                other = deployed(**DOMAIN, **setting).resources
                names = {name for name in plain.keys() | other.keys() if plain.get(name) != other.get(name)}
                # The API's definition names the deployment, and the stage the deployment.
                names = {name for name in names if not name.startswith("ApiDeployment") and name != "ApiStage"}
                self.assertEqual(names, changed)

    def test_with_all_settings_off_only_the_pools_plan_differs(self):
        pool = properties(deployed(), "UserPool")
        self.assertEqual(
            set(pool),
            {
                "UserPoolName",
                "DeletionProtection",
                "UsernameAttributes",
                "UsernameConfiguration",
                "AutoVerifiedAttributes",
                "UserAttributeUpdateSettings",
                "AdminCreateUserConfig",
                "AccountRecoverySetting",
                "MfaConfiguration",
                "EnabledMfas",
                "UserPoolTier",
                "Policies",
            },
        )
        self.assertEqual(pool["EnabledMfas"], ["SOFTWARE_TOKEN_MFA"])
        self.assertEqual(set(pool["Policies"]), {"PasswordPolicy"})
        # One a function, and the one that shifts traffic.
        self.assertEqual(len(of_type(deployed(), "AWS::IAM::Role")), 5)

    def test_the_local_stack_has_none_of_these_settings(self):
        given = local_overrides.parameters()
        for setting, _ in ALONE:
            # These are what MiniStack takes: test_pool_on_ministack.py.
            for name in setting.keys() - {"DomainIpAddressType", "UserPoolPlan", "PasswordHistorySize", *TEXTS} - {
                "SmsOriginationIdentity"
            }:
                self.assertIn(given[name], ("", "false", "OFF"), name)
        for name in MORE_MAIL:
            self.assertEqual(given[name], "", name)


if __name__ == "__main__":
    unittest.main()

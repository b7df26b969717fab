"""What the settings for production change in the stack, each alone, and what they leave as it was.

As in test_template.py, checked on the CloudFormation that template.yaml becomes: domain and addresses, the authorizer's
share of calls, the table of orders, the pool's mail and text messages, its second factors, passwords and devices.
Nothing here may ask AWS.
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
    """What the API's definition says of API Gateway's own address."""
    [server] = api(stack)["servers"]
    return server["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"]


class Addresses(unittest.TestCase):
    def records(self, **parameters):
        records = properties(deployed(**DOMAIN, **parameters), "DomainRecords")["RecordSets"]
        return [record["Type"] for record in records]

    def test_a_domain_has_both_kinds_of_address_and_a_record_for_each(self):
        domain = properties(deployed(**DOMAIN), "Domain")
        self.assertEqual(domain["EndpointConfiguration"], {"Types": ["REGIONAL"], "IpAddressType": "dualstack"})
        self.assertEqual(self.records(), ["A", "AAAA"])

    def test_a_domain_without_ipv6_promises_no_such_address(self):
        domain = properties(deployed(**DOMAIN, DomainIpAddressType="ipv4"), "Domain")
        self.assertEqual(domain["EndpointConfiguration"], {"Types": ["REGIONAL"], "IpAddressType": "ipv4"})
        self.assertEqual(self.records(DomainIpAddressType="ipv4"), ["A"])

    def test_every_record_is_an_alias_of_the_domain(self):
        for record in properties(deployed(**DOMAIN), "DomainRecords")["RecordSets"]:
            self.assertEqual(record["Name"], "api.example.com")
            self.assertEqual(record["AliasTarget"]["DNSName"], {"Fn::GetAtt": ["Domain", "RegionalDomainName"]})

    def test_the_own_address_answers_unless_it_is_given_up(self):
        self.assertIs(own_address(deployed()), False)
        self.assertIs(own_address(deployed(**DOMAIN)), False)
        self.assertIs(own_address(deployed(**DOMAIN, DisableExecuteApiEndpoint="true")), True)

    def test_both_urls_are_told_whether_or_not_the_own_address_answers(self):
        outputs = deployed(**DOMAIN, DisableExecuteApiEndpoint="true").outputs
        self.assertEqual(outputs, deployed(**DOMAIN).outputs)
        self.assertEqual(outputs["DomainUrl"], "https://api.example.com")

    def test_the_own_address_is_only_given_up_for_a_domain(self):
        rule = "OwnAddressIsOnlyGivenUpForADomain"
        self.assertEqual(kept(rule), [True])
        self.assertEqual(kept(rule, **DOMAIN), [True])
        self.assertEqual(kept(rule, **DOMAIN, DisableExecuteApiEndpoint="true"), [True])
        self.assertEqual(kept(rule, DisableExecuteApiEndpoint="true"), [False])

    def test_what_names_the_api_s_address_names_the_domain_when_the_own_one_is_given_up(self):
        stack = deployed(**DOMAIN, DisableExecuteApiEndpoint="true", ResourceMetadata="true", ApiId="abc123")
        told = {key: entry for key, entry in api(stack).items() if key != "paths"}
        self.assertNotIn("execute-api", json.dumps(told["x-amazon-apigateway-gateway-responses"]))
        self.assertNotIn("execute-api", json.dumps(api(stack)["paths"]["/.well-known/oauth-protected-resource"]))


class Concurrency(unittest.TestCase):
    def test_nothing_is_reserved_unless_it_is_asked_for(self):
        for name in of_type(deployed(), "AWS::Lambda::Function"):
            self.assertNotIn("ReservedConcurrentExecutions", properties(deployed(), name), name)

    def test_the_authorizer_alone_gets_what_is_reserved(self):
        stack = deployed(AuthorizerReservedConcurrency="50")
        reserved = {
            name: properties(stack, name).get("ReservedConcurrentExecutions")
            for name in of_type(stack, "AWS::Lambda::Function")
        }
        self.assertEqual(reserved.pop("AuthorizerFunction"), "50")
        self.assertEqual(set(reserved.values()), {None})

    def test_the_gate_cannot_be_switched_off_by_it(self):
        pattern = source()["Parameters"]["AuthorizerReservedConcurrency"]["AllowedPattern"]
        for good in ("", "1", "50", "10000"):
            self.assertRegex(good, pattern)
        for bad in ("0", "00", "-1", "1.5", " 1", "five"):
            self.assertNotRegex(bad, pattern)


class Table(unittest.TestCase):
    def protection(self, **parameters):
        return properties(deployed(**parameters), "OrdersTable")["DeletionProtectionEnabled"]

    def test_it_is_protected_unless_somebody_says_otherwise(self):
        self.assertIs(self.protection(), True)
        self.assertIs(self.protection(TableDeletionProtection="false"), False)

    def test_one_that_is_taken_over_is_used_and_none_is_made(self):
        stack = deployed(**TABLE)
        self.assertEqual(of_type(stack, "AWS::DynamoDB::Table"), {})
        self.assertEqual(variables(stack, "OrdersFunction")["TABLE_NAME"], "shop-OrdersTable-1A2B")
        self.assertNotIn('"OrdersTable"', json.dumps(stack.resources))
        self.assertNotIn("${OrdersTable", json.dumps(stack.resources))

    def test_the_service_has_the_same_rights_to_it_and_its_index_and_to_no_other(self):
        own, taken_over = rights(deployed(), "OrdersFunction"), rights(deployed(**TABLE), "OrdersFunction")
        self.assertEqual([actions for actions, _ in taken_over], [actions for actions, _ in own])
        arn = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/shop-OrdersTable-1A2B"
        self.assertEqual([resource for _, resource in taken_over[1:]], [arn, f"{arn}/index/by-day"])

    def test_a_stack_that_lets_its_own_go_leaves_it_there(self):
        # Out of the template is out of the stack; the policy then says what becomes of it.
        self.assertEqual(deployed().resources["OrdersTable"]["DeletionPolicy"], "RetainExceptOnCreate")

    def test_a_name_is_one_and_no_arn(self):
        pattern = source()["Parameters"]["ExistingOrdersTable"]["AllowedPattern"]
        for good in ("", "abc", "shop-OrdersTable-1A2B", "a_b.c", "x" * 255):
            self.assertRegex(good, pattern)
        for bad in ("ab", "x" * 256, "a/b", "arn:aws:dynamodb:us-east-1:123456789012:table/orders", "a*b", "${x}"):
            self.assertNotRegex(bad, pattern)


class Mail(unittest.TestCase):
    def settings(self, **parameters):
        return properties(deployed(**parameters), "UserPool").get("EmailConfiguration")

    def test_cognito_sends_by_itself_unless_there_is_an_identity(self):
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

    def test_an_existing_pool_is_not_told_who_it_sends_as(self):
        stack = deployed(ExistingUserPoolId="eu-west-1_Abc123", ExistingUserPoolClientId="a", **MAIL)
        self.assertNotIn("example.com", json.dumps(stack.resources))

    def test_identity_and_sender_are_only_taken_together_and_the_rest_with_them(self):
        rule = "MailHasAnIdentityAndASender"
        self.assertEqual(kept(rule), [True, True])
        self.assertEqual(kept(rule, **MAIL), [True, True])
        self.assertEqual(kept(rule, **MAIL, **MORE_MAIL), [True, True])
        for name, value in MAIL.items():
            self.assertEqual(kept(rule, **{name: value}), [False, True], name)
        for name, value in MORE_MAIL.items():
            self.assertEqual(kept(rule, **{name: value}), [True, False], name)

    def test_a_sender_is_a_header_in_ascii_with_an_address(self):
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

    def test_an_identity_of_another_part_of_aws_fits(self):
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

    def test_none_are_sent_and_there_is_no_role_unless_they_are_asked_for(self):
        self.assertIsNone(self.sender())
        self.assertNotIn("SmsRole", deployed().resources)

    def test_amazon_sns_of_the_named_region_sends_them(self):
        role = {"Fn::GetAtt": ["SmsRole", "Arn"]}
        self.assertEqual(self.sender(**TEXTS), {"SnsCallerArn": role, "ExternalId": "gatehouse-sms"})
        self.assertEqual(self.sender(**TEXTS, SmsRegion="eu-west-1")["SnsRegion"], "eu-west-1")
        statement = {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": "*"}
        self.assertEqual(self.statement(), statement)

    def test_as_a_sender_of_ones_own_they_go_past_amazon_sns_and_the_role_may_send_as_nobody_else(self):
        role = {"Fn::GetAtt": ["SmsRole", "Arn"]}
        direct = {"CallerArn": role, "ExternalId": "gatehouse-sms", "OriginationIdentity": NUMBER}
        sender = self.sender(**TEXTS, SmsRegion="us-east-1", SmsOriginationIdentity=NUMBER)
        self.assertEqual(sender, {"EumsSms": direct})
        statement = {"Effect": "Allow", "Action": ["sms-voice:SendTextMessage"], "Resource": NUMBER}
        self.assertEqual(self.statement(SmsOriginationIdentity=NUMBER), statement)

    def test_nobody_but_cognito_takes_the_role_over_and_it_for_a_pool_of_this_account_and_region_alone(self):
        [trust] = properties(deployed(**TEXTS), "SmsRole")["AssumeRolePolicyDocument"]["Statement"]
        self.assertEqual(trust["Principal"], {"Service": "cognito-idp.amazonaws.com"})
        self.assertEqual(trust["Action"], "sts:AssumeRole")
        same = {"sts:ExternalId": "gatehouse-sms", "aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        self.assertEqual(trust["Condition"]["StringEquals"], same)
        [arn] = trust["Condition"]["ArnLike"].values()
        self.assertTrue(arn.endswith(":cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/*"), arn)

    def test_the_role_stays_with_the_pool_that_names_it(self):
        role = deployed(**TEXTS).resources["SmsRole"]
        self.assertEqual((role["DeletionPolicy"], role["UpdateReplacePolicy"]), ("RetainExceptOnCreate", "Retain"))

    def test_an_existing_pool_gets_no_role(self):
        stack = deployed(ExistingUserPoolId="eu-west-1_Abc123", ExistingUserPoolClientId="a", **TEXTS)
        self.assertNotIn("SmsRole", stack.resources)

    def test_region_and_sender_are_only_taken_together_with_the_rest(self):
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

    def test_each_is_offered_where_it_is_named_and_none_where_nobody_is_asked(self):
        self.assertEqual(self.offered(), ["SOFTWARE_TOKEN_MFA"])
        everything = {**CODES_BY_MAIL, **TEXTS}
        self.assertEqual(self.offered(**everything), ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_MFA"])
        self.assertEqual(self.offered(**everything, TotpFactor="false"), ["EMAIL_OTP", "SMS_MFA"])
        # "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
        self.assertIsNone(self.offered(**everything, MfaConfiguration="OFF"))

    def test_a_password_is_recovered_by_mail_unless_the_second_factor_can_be_a_code_by_mail(self):
        for setting in ({}, TEXTS, {**CODES_BY_MAIL, "MfaConfiguration": "OFF"}):
            self.assertEqual(self.recovery(**setting), ["verified_email"])
        for setting in (CODES_BY_MAIL, {**CODES_BY_MAIL, **TEXTS}, {**CODES_BY_MAIL, "MfaConfiguration": "ON"}):
            self.assertEqual(self.recovery(**setting), ["verified_phone_number", "verified_email"])

    def test_a_factor_has_what_it_needs(self):
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
    def test_old_ones_are_remembered_where_it_is_said_how_many(self):
        def policy(**parameters):
            return properties(deployed(**parameters), "UserPool")["Policies"]["PasswordPolicy"]

        self.assertNotIn("PasswordHistorySize", policy())
        self.assertEqual(policy(**HISTORY)["PasswordHistorySize"], "24")


class Devices(unittest.TestCase):
    def settings(self, **parameters):
        return properties(deployed(**parameters), "UserPool").get("DeviceConfiguration")

    def test_a_pool_knows_of_no_devices_unless_it_is_told_which(self):
        self.assertIsNone(self.settings())
        self.assertNotIn("DeviceConfiguration", properties(deployed(), "UserPool"))

    def test_which_are_remembered_and_what_for_are_two_switches(self):
        for remember, asks in (("ALWAYS", False), ("IF_USER_AGREES", True)):
            for skips in (False, True):
                with self.subTest(remember, skips=skips):
                    found = self.settings(DeviceTracking=remember, DeviceSkipsSecondFactor=str(skips).lower())
                    expected = {"ChallengeRequiredOnNewDevice": skips, "DeviceOnlyRememberedOnUserPrompt": asks}
                    self.assertEqual(found, expected)
                    self.assertTrue(all(isinstance(value, bool) for value in found.values()))

    def test_an_existing_pool_is_told_nothing_of_devices(self):
        stack = deployed(ExistingUserPoolId="eu-west-1_Abc123", ExistingUserPoolClientId="a", **DEVICES)
        self.assertNotIn("DeviceConfiguration", json.dumps(stack.resources))

    def test_a_device_stands_in_for_a_second_factor_only_where_both_are_there(self):
        rule = "DevicesStandInForASecondFactorThatThereIs"
        on = {"DeviceTracking": "ALWAYS"}
        skips = {"DeviceSkipsSecondFactor": "true"}
        for given in ({}, on, {**on, **skips}, {**on, **skips, "MfaConfiguration": "ON"}, {"MfaConfiguration": "OFF"}):
            self.assertEqual(kept(rule, **given), [True], given)
        for given in (skips, {**on, **skips, "MfaConfiguration": "OFF"}):
            self.assertEqual(kept(rule, **given), [False], given)


class EachAlone(unittest.TestCase):
    def test_each_changes_the_resources_that_it_is_about_and_no_others(self):
        plain = deployed(**DOMAIN).resources
        for setting, changed in ALONE:
            with self.subTest(setting):
                other = deployed(**DOMAIN, **setting).resources
                names = {name for name in plain.keys() | other.keys() if plain.get(name) != other.get(name)}
                # The API's definition names the deployment, and the stage the deployment.
                names = {name for name in names if not name.startswith("ApiDeployment") and name != "ApiStage"}
                self.assertEqual(names, changed)

    def test_with_all_of_them_off_the_pool_is_what_it_was_but_for_its_plan(self):
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

    def test_here_none_of_them_is_on(self):
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

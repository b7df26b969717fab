"""Tests emulated_accounts.py: its rules alone, and the patched Cognito on a real MiniStack.

The pool is like that of template.yaml. e2e/tests/it/auth/ tests what our own API shows; this file tests what only
Cognito's own operations show. Without `.venv/ministack` the second part is skipped, or fails if REQUIRE_MINISTACK is
set, as scripts/test sets it."""

import base64
import json
import os
import subprocess
import tempfile
import time
import types
import unittest
import urllib.request
from pathlib import Path

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from stack.emulator import emulated_accounts, ministack
from stack.emulator import emulated_codes as codes
from stack.emulator import emulated_values as values
from stack.local import demo
from stack.root import ROOT, program

PYTHON = ROOT / ".venv/ministack/bin/python"
REGION = "eu-west-1"
PASSWORD, ANOTHER = "Correct-horse-9", "Staple-battery-7"
MISMATCH, EXPIRED = "CodeMismatchException", "ExpiredCodeException"


class Codes(unittest.TestCase):
    def test_each_code_is_one_higher_and_the_only_valid_one(self):
        user = {}
        self.assertEqual([codes.issue(user, codes.SIGN_UP, 0) for _ in range(3)], ["123456", "123457", "123458"])
        self.assertEqual(codes.current(user, codes.SIGN_UP, 0), "123458")
        self.assertEqual(codes.issue(user, codes.RESET, 0), "654321")
        codes.spend(user, codes.RESET)
        self.assertIsNone(codes.current(user, codes.RESET, 0))
        self.assertEqual(codes.issue(user, codes.RESET, 0), "654322")

    def test_an_expired_code_is_invalid(self):
        for kind, seconds in ((codes.SIGN_UP, 86400), (codes.RESET, 3600), (codes.ATTRIBUTES["email"], 86400)):
            user = {}
            code = codes.issue(user, kind, 1000)
            self.assertEqual(codes.current(user, kind, 1000 + seconds - 1), code)
            self.assertIsNone(codes.current(user, kind, 1000 + seconds))

    def test_every_kind_has_another_first_code(self):
        kinds = [codes.SIGN_UP, codes.RESET, *codes.ATTRIBUTES.values()]
        self.assertEqual(len({kind.first for kind in kinds}), len(kinds))
        self.assertEqual(len({kind.key for kind in kinds}), len(kinds))

    def test_the_attempt_limit_ends_after_an_hour(self):
        user = {}
        calls = [codes.is_too_often(user, "ChangePassword", then) for then in range(7)]
        self.assertEqual(calls, [False] * 5 + [True] * 2)
        self.assertTrue(codes.is_too_often(user, "ChangePassword", 3599))
        self.assertFalse(codes.is_too_often(user, "ChangePassword", 3600))

    def test_reset_requests_and_confirmations_share_one_limit(self):
        user = {}
        asked = [codes.is_too_often(user, "ForgotPassword", 0) for _ in range(10)]
        answered = [codes.is_too_often(user, "ConfirmForgotPassword", 0) for _ in range(11)]
        self.assertEqual(asked + answered, [False] * 20 + [True])
        self.assertFalse(any(codes.is_too_often(user, "GetUser", 0) for _ in range(50)))


class ReadyBlock(unittest.TestCase):
    def test_the_ready_text_names_the_codes_and_the_mails(self):
        config = {"userPool": {"passwordPolicy": {"minimumLength": 12}}}
        users = demo.Users(demo.User("a@b.co", "x", "admins"), demo.User("c@d.co", "y"))
        addresses = {"API_URL": "http://api", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
        block = demo.ready_block(config, addresses, users, "env", "logs", "Ctrl-C stops it.")
        for told in ("123456", "654321", "246810", "http://127.0.0.1:4566/_ministack/ses/messages"):
            self.assertIn(told, block)


class Values(unittest.TestCase):
    def test_a_masked_address_keeps_first_letters_or_last_digits(self):
        shown = {
            "ann@example.com": "a***@e***",
            "+4915112348920": "+*********8920",
            "+123": "+123",
            "d0c1b2a3-4567": "***",
            "": "***",
        }
        self.assertEqual({given: values.masked(given) for given in shown}, shown)

    def test_names_match_without_case_in_case_insensitive_pools(self):
        self.assertTrue(values.is_same("Ann@Example.com", "ann@example.COM", True))
        self.assertFalse(values.is_same("Ann@Example.com", "ann@example.com", False))
        self.assertFalse(values.is_same(None, None, True))

    def test_an_attribute_must_match_the_schema(self):
        date = {"Name": "birthdate", "StringAttributeConstraints": {"MinLength": "10", "MaxLength": "10"}}
        schema = [date, {"Name": "name"}, {"Name": "email"}, {"Name": "phone_number"}]
        good = {"birthdate": "1999-12-31", "name": "Ann", "email": "a@b.co", "phone_number": "+14155550123"}
        self.assertIsNone(values.attribute_fault(schema, good))
        self.assertIsNone(values.attribute_fault(schema, {"birthdate": ""}))
        for bad, text in (
            ({"birthdate": "1999"}, "birthdate: String must be no shorter than 10 characters"),
            ({"name": "x" * 2049}, "name: String must be no longer than 2048 characters"),
            ({"custom:role": "x"}, "custom:role: Attribute does not exist in the schema."),
            ({"email": "a@b"}, "Invalid email address format."),
            ({"phone_number": "0041"}, "Invalid phone number format."),
        ):
            self.assertTrue(values.attribute_fault(schema, bad).endswith(text), bad)

    def test_a_password_error_names_one_fault(self):
        policy = {"MinimumLength": 12, "RequireSymbols": True}
        for password, fault in (
            ("short", "Password not long enough"),
            ("no-upper-case-9", "Password must have uppercase characters"),
            ("\u00c9NO-LOWER-CASE-9", "Password must have lowercase characters"),
            ("\u00c9no-upper-case-9", "Password must have uppercase characters"),
            ("No-number-in-it", "Password must have numeric characters"),
            ("NoSymbolInIt99 ", "Password must have symbol characters"),
            ("A space in it 9", None),
        ):
            self.assertEqual(values.password_fault(policy, password), fault, password)
        self.assertIsNone(values.password_fault({**policy, "RequireSymbols": False}, "NoSymbolInIt99"))

    def test_the_history_counts_the_present_password(self):
        passwords = ["first", "second", "present"]
        for size, refused in (({}, []), (0, []), (1, ["present"]), ("2", ["second", "present"])):
            policy = {} if size == {} else {"PasswordHistorySize": size}
            found = [password for password in passwords if values.is_used_before(policy, passwords, password)]
            self.assertEqual(found, refused)


class AnotherMiniStack(unittest.TestCase):
    def module(self, **others) -> types.SimpleNamespace:
        names = (*emulated_accounts.REPLACED, emulated_accounts.TOKEN, *emulated_accounts.CALLED)
        return types.SimpleNamespace(**{**dict.fromkeys(names, lambda: None), **others})

    def test_a_missing_function_of_ministack_is_named(self):
        with self.assertRaisesRegex(RuntimeError, "no longer has cognito._sign_up"):
            emulated_accounts.require(self.module(_sign_up=None))

    def test_a_function_with_other_parameters_is_named(self):
        with self.assertRaisesRegex(RuntimeError, r"cognito._resolve_user with \('pool', 'name'\)"):
            emulated_accounts.require(self.module(_resolve_user=lambda pool, name: None))


class OnMiniStack(unittest.TestCase):
    """One MiniStack and one pool for all tests of this class."""

    @classmethod
    def setUpClass(cls):
        if not PYTHON.exists():
            if os.environ.get("REQUIRE_MINISTACK"):
                raise AssertionError(f"{PYTHON} is not there")
            raise unittest.SkipTest("there is no MiniStack on this machine yet")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.port = ministack.any_free_port()
        cls.start(Path(folder.name))
        cls.admin = cls.client()
        cls.public = cls.client(config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))
        cls.pool, cls.app = cls.make_pool()

    @classmethod
    def start(cls, folder: Path):
        argv = [str(PYTHON), *program("emulator.emulator_host")]
        env = ministack.environment(cls.port, REGION, folder)
        with (folder / "log").open("wb") as log:
            child = subprocess.Popen(
                argv, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        # The end of its input ends it.
        cls.addClassCleanup(child.wait)
        cls.addClassCleanup(child.stdin.close)
        deadline = time.monotonic() + ministack.READY_SECONDS
        while not ministack._answers(cls.port):
            if child.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((folder / "log").read_text(encoding="utf-8"))
            time.sleep(0.05)

    @classmethod
    def client(cls, **named):
        names = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
        return boto3.client("cognito-idp", endpoint_url=ministack.endpoint(cls.port), **names, **named)

    @classmethod
    def make_pool(cls, **settings) -> tuple[str, str]:
        rules = ("RequireUppercase", "RequireLowercase", "RequireNumbers", "RequireSymbols")
        pool = {
            "PoolName": "people",
            "UsernameAttributes": ["email"],
            "UsernameConfiguration": {"CaseSensitive": False},
            "AutoVerifiedAttributes": ["email"],
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
            "Policies": {"PasswordPolicy": {"MinimumLength": 12, **dict.fromkeys(rules, True)}},
            **settings,
        }
        pool_id = cls.admin.create_user_pool(**pool)["UserPool"]["Id"]
        return pool_id, cls.make_app(pool_id, "ENABLED")

    @classmethod
    def make_app(cls, pool: str, hides: str) -> str:
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        names = {"UserPoolId": pool, "ClientName": "app", "PreventUserExistenceErrors": hides}
        return cls.admin.create_user_pool_client(**names, ExplicitAuthFlows=flows)["UserPoolClient"]["ClientId"]

    number = 0

    def address(self) -> str:
        type(self).number += 1
        return f"ann{self.number}@example.com"

    def newcomer(self, app: str | None = None, **attributes: str) -> str:
        email = self.address()
        given = [{"Name": name, "Value": value} for name, value in {"email": email, **attributes}.items()]
        self.public.sign_up(ClientId=app or self.app, Username=email, Password=PASSWORD, UserAttributes=given)
        return email

    def member(self, app: str | None = None) -> str:
        email = self.newcomer(app)
        self.public.confirm_sign_up(ClientId=app or self.app, Username=email, ConfirmationCode="123456")
        return email

    def tokens(self, email: str, password: str = PASSWORD, app: str | None = None) -> dict:
        parameters = {"USERNAME": email, "PASSWORD": password}
        given = {"ClientId": app or self.app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
        return self.public.initiate_auth(**given)["AuthenticationResult"]

    def profile(self, email: str, pool: str | None = None) -> dict:
        user = self.admin.admin_get_user(UserPoolId=pool or self.pool, Username=email)
        return {each["Name"]: each["Value"] for each in user["UserAttributes"]}

    def refused(self, exception: str, call, **given) -> str:
        with self.assertRaises(ClientError) as raised:
            call(**given)
        error = raised.exception.response["Error"]
        self.assertEqual(error["Code"], exception, error["Message"])
        return error["Message"]

    def mails(self, email: str) -> list[str]:
        with urllib.request.urlopen(f"{ministack.endpoint(self.port)}/_ministack/ses/messages") as answer:
            accounts = json.load(answer)["messages"]
        sent = [message for messages in accounts.values() for message in messages]
        return [message["BodyText"] for message in sent if email in message["To"]]

    # ---- Who is meant

    def test_an_administrators_calls_ignore_case(self):
        email = self.member()
        shouted = email.upper()
        admin = {"UserPoolId": self.pool, "Username": shouted}
        self.assertEqual(self.profile(shouted)["email"], email)
        self.refused("UsernameExistsException", self.admin.admin_create_user, **admin, MessageAction="SUPPRESS")
        found = self.admin.list_users(UserPoolId=self.pool, Filter=f'email = "{shouted}"')["Users"]
        self.assertEqual(len(found), 1)
        self.admin.admin_delete_user(**admin)
        self.refused("UserNotFoundException", self.admin.admin_get_user, UserPoolId=self.pool, Username=email)

    def test_a_case_sensitive_pool_regards_case(self):
        pool, app = self.make_pool(UsernameConfiguration={"CaseSensitive": True})
        email = self.member(app)
        self.refused("UserNotFoundException", self.admin.admin_get_user, UserPoolId=pool, Username=email.upper())

    def test_sign_up_is_refused_if_only_administrators_create_users(self):
        _, app = self.make_pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
        given = {"ClientId": app, "Username": self.address(), "Password": PASSWORD}
        self.refused("NotAuthorizedException", self.public.sign_up, **given)

    # ---- Proven or not

    def test_an_administrators_confirmation_verifies_no_address(self):
        email = self.newcomer()
        admin = {"UserPoolId": self.pool, "Username": email}
        self.admin.admin_confirm_sign_up(**admin)
        self.assertEqual(self.profile(email)["email_verified"], "false")
        self.assertIs(claims(self.tokens(email)["IdToken"])["email_verified"], False)
        text = self.refused("NotAuthorizedException", self.admin.admin_confirm_sign_up, **admin)
        self.assertEqual(text, "User cannot be confirmed. Current status is CONFIRMED")

    def test_an_unknown_address_is_unverified_in_the_id_token(self):
        email = self.address()
        admin = {"UserPoolId": self.pool, "Username": email}
        self.admin.admin_create_user(**admin, MessageAction="SUPPRESS")
        self.admin.admin_set_user_password(**admin, Password=PASSWORD, Permanent=True)
        self.assertNotIn("email_verified", self.profile(email))
        self.assertIs(claims(self.tokens(email)["IdToken"])["email_verified"], False)

    def test_users_cannot_mark_their_address_as_verified(self):
        given = {"ClientId": self.app, "Username": self.address(), "Password": PASSWORD}
        attributes = [{"Name": "email_verified", "Value": "true"}]
        self.refused("InvalidParameterException", self.public.sign_up, **given, UserAttributes=attributes)
        token = self.tokens(self.member())["AccessToken"]
        update = self.public.update_user_attributes
        self.refused("InvalidParameterException", update, AccessToken=token, UserAttributes=attributes)

    # ---- Codes

    def test_only_the_second_reset_code_is_valid(self):
        email = self.member()
        for _ in range(2):
            details = self.public.forgot_password(ClientId=self.app, Username=email)["CodeDeliveryDetails"]
            self.assertEqual(details, {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"})
        self.assertEqual([mail for mail in self.mails(email) if "65432" in mail], [
            "Your verification code is 654321.", "Your verification code is 654322."])
        confirm = {"ClientId": self.app, "Username": email, "Password": ANOTHER}
        self.refused(MISMATCH, self.public.confirm_forgot_password, **confirm, ConfirmationCode="654321")
        self.public.confirm_forgot_password(**confirm, ConfirmationCode="654322")
        self.refused(EXPIRED, self.public.confirm_forgot_password, **confirm, ConfirmationCode="654322")

    def test_an_attribute_code_is_valid_once_for_one_attribute(self):
        token = self.tokens(self.member())["AccessToken"]
        ask = {"AccessToken": token, "AttributeName": "email"}
        verify = self.public.verify_user_attribute
        self.refused(EXPIRED, verify, **ask, Code="246810")
        details = self.public.get_user_attribute_verification_code(**ask)["CodeDeliveryDetails"]
        self.assertEqual(details, {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"})
        self.refused(MISMATCH, verify, **ask, Code="000000")
        verify(**ask, Code="246810")
        self.refused(EXPIRED, verify, **ask, Code="246810")
        self.refused("InvalidParameterException", verify, AccessToken=token, AttributeName="name", Code="246810")
        ask = self.public.get_user_attribute_verification_code
        self.refused("InvalidParameterException", ask, AccessToken=token, AttributeName="name")
        self.refused("InvalidParameterException", ask, AccessToken=token, AttributeName="phone_number")
        self.public.update_user_attributes(
            AccessToken=token, UserAttributes=[{"Name": "phone_number", "Value": "+14155550123"}])
        self.refused("CodeDeliveryFailureException", ask, AccessToken=token, AttributeName="phone_number")
        self.refused("NotAuthorizedException", ask, AccessToken="a.b.c", AttributeName="email")

    # ---- Changes

    def test_an_administrators_address_waits_unless_it_is_verified(self):
        email, moved, proven = self.member(), self.address(), self.address()
        admin = {"UserPoolId": self.pool, "Username": self.profile(email)["sub"]}
        write = self.admin.admin_update_user_attributes
        write(**admin, UserAttributes=[{"Name": "email", "Value": moved}])
        self.assertEqual(self.profile(email)["email"], email)
        self.assertEqual(self.mails(moved), ["Your verification code is 246810."])
        attributes = [{"Name": "email", "Value": proven}, {"Name": "email_verified", "Value": "true"}]
        write(**admin, UserAttributes=attributes)
        profile = self.profile(proven)
        self.assertEqual((profile["email"], profile["email_verified"]), (proven, "true"))
        # What waited is forgotten.
        token = self.tokens(proven)["AccessToken"]
        verify = {"AccessToken": token, "AttributeName": "email", "Code": "246810"}
        self.refused(EXPIRED, self.public.verify_user_attribute, **verify)
        taken = [{"Name": "email", "Value": self.member().upper()}, {"Name": "email_verified", "Value": "true"}]
        self.refused("AliasExistsException", write, **admin, UserAttributes=taken)

    def test_an_address_taken_meanwhile_is_refused_at_verification(self):
        moved = self.address()
        token = self.tokens(self.member())["AccessToken"]
        self.public.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": "email", "Value": moved}])
        self.public.sign_up(ClientId=self.app, Username=moved, Password=PASSWORD)
        verify = {"AccessToken": token, "AttributeName": "email", "Code": "246810"}
        self.refused("AliasExistsException", self.public.verify_user_attribute, **verify)

    def test_without_the_setting_a_new_address_counts_at_once(self):
        pool, app = self.make_pool(UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": []})
        email, moved = self.member(app), self.address()
        token = self.tokens(email, app=app)["AccessToken"]
        change = {"AccessToken": token, "UserAttributes": [{"Name": "email", "Value": moved}]}
        self.assertEqual(len(self.public.update_user_attributes(**change)["CodeDeliveryDetailsList"]), 1)
        profile = self.profile(moved, pool)
        self.assertEqual((profile["email"], profile["email_verified"]), (moved, "false"))
        # The same once more is no change.
        self.assertEqual(self.public.update_user_attributes(**change)["CodeDeliveryDetailsList"], [])
        self.public.verify_user_attribute(AccessToken=token, AttributeName="email", Code="246810")
        self.assertEqual(self.profile(moved, pool)["email_verified"], "true")

    def test_the_sign_in_attribute_and_sub_cannot_be_removed(self):
        token = self.tokens(self.member())["AccessToken"]
        for name in ("email", "sub", "custom:none"):
            delete = {"AccessToken": token, "UserAttributeNames": [name]}
            self.refused("InvalidParameterException", self.public.delete_user_attributes, **delete)

    # ---- States

    def test_an_open_client_says_why_no_reset_code_is_sent(self):
        app = self.make_app(self.pool, "LEGACY")
        forgot = self.public.forgot_password
        invited = self.address()
        self.admin.admin_create_user(UserPoolId=self.pool, Username=invited, MessageAction="SUPPRESS",
                                     TemporaryPassword=PASSWORD)
        text = self.refused("NotAuthorizedException", forgot, ClientId=app, Username=invited)
        self.assertEqual(text, "User password cannot be reset in the current state.")
        unproven = self.newcomer()
        text = self.refused("InvalidParameterException", forgot, ClientId=app, Username=unproven)
        self.assertIn("no registered/verified email", text)
        disabled = self.member()
        self.admin.admin_disable_user(UserPoolId=self.pool, Username=disabled)
        self.refused("NotAuthorizedException", forgot, ClientId=app, Username=disabled)
        self.refused("UserNotFoundException", forgot, ClientId=app, Username=self.address())
        # And of an administrator's reset.
        reset = self.admin.admin_reset_user_password
        for email, exception in ((invited, "NotAuthorizedException"), (unproven, "InvalidParameterException")):
            self.refused(exception, reset, UserPoolId=self.pool, Username=email)

    def test_a_repeated_invitation_replaces_the_password(self):
        email = self.address()
        admin = {"UserPoolId": self.pool, "Username": email, "DesiredDeliveryMediums": ["EMAIL"]}
        again = {**admin, "MessageAction": "RESEND"}
        self.refused("UserNotFoundException", self.admin.admin_create_user, **again)
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        self.admin.admin_create_user(**admin, UserAttributes=attributes, TemporaryPassword=PASSWORD)
        self.refused("InvalidPasswordException", self.admin.admin_create_user, **again, TemporaryPassword="short")
        self.admin.admin_create_user(**again, TemporaryPassword=ANOTHER)
        self.admin.admin_create_user(**again)
        first, second, third = self.mails(email)
        self.assertIn(PASSWORD, first)
        self.assertIn(ANOTHER, second)
        self.assertNotIn(ANOTHER, third)
        begin = {"ClientId": self.app, "AuthFlow": "USER_PASSWORD_AUTH"}
        old = {"USERNAME": email, "PASSWORD": ANOTHER}
        self.refused("NotAuthorizedException", self.public.initiate_auth, **begin, AuthParameters=old)
        member = self.member()
        text = self.refused(
            "UnsupportedUserStateException", self.admin.admin_create_user, **{**again, "Username": member}
        )
        self.assertRegex(text, r"^Resend not possible\. [0-9a-f-]{36} status is not FORCE_CHANGE_PASSWORD$")

    def test_a_hiding_client_answers_alike_and_sends_nothing(self):
        disabled, unproven, nobody = self.member(), self.newcomer(), self.address()
        self.admin.admin_disable_user(UserPoolId=self.pool, Username=disabled)
        before = [self.mails(email) for email in (disabled, unproven, nobody)]
        details = [
            self.public.forgot_password(ClientId=self.app, Username=email)["CodeDeliveryDetails"]
            for email in (disabled, unproven, nobody)
        ]
        self.assertEqual(details, details[:1] * 3)
        self.assertEqual([self.mails(email) for email in (disabled, unproven, nobody)], before)
        confirm = {"ClientId": self.app, "ConfirmationCode": "654321", "Password": ANOTHER}
        for email, exception in ((disabled, MISMATCH), (unproven, EXPIRED), (nobody, MISMATCH)):
            self.refused(exception, self.public.confirm_forgot_password, **confirm, Username=email)

    def test_a_confirmed_user_gets_no_sign_up_code(self):
        email = self.member()
        resend = {"ClientId": self.app, "Username": email}
        text = self.refused("InvalidParameterException", self.public.resend_confirmation_code, **resend)
        self.assertEqual(text, "User is already confirmed.")
        confirm = {**resend, "ConfirmationCode": "123456"}
        self.refused("NotAuthorizedException", self.public.confirm_sign_up, **confirm)

    def test_a_token_is_refused_until_a_required_reset_is_done(self):
        email = self.member()
        token = self.tokens(email)["AccessToken"]
        self.admin.admin_reset_user_password(UserPoolId=self.pool, Username=email)
        self.refused("PasswordResetRequiredException", self.public.get_user, AccessToken=token)
        confirm = {"ClientId": self.app, "Username": email, "ConfirmationCode": "654321", "Password": ANOTHER}
        self.public.confirm_forgot_password(**confirm)
        self.public.get_user(AccessToken=token)

    # ---- Passwords

    def test_every_password_change_checks_the_history(self):
        policy = {"PasswordPolicy": {"MinimumLength": 12, "PasswordHistorySize": 2}}
        pool, app = self.make_pool(Policies=policy, UserPoolTier="ESSENTIALS")
        email, reused = self.member(app), "PasswordHistoryPolicyViolationException"
        token = self.tokens(email, app=app)["AccessToken"]
        change = {"AccessToken": token, "PreviousPassword": PASSWORD}
        self.refused(reused, self.public.change_password, **change, ProposedPassword=PASSWORD)
        wrong = {"AccessToken": token, "PreviousPassword": ANOTHER, "ProposedPassword": PASSWORD}
        self.refused("NotAuthorizedException", self.public.change_password, **wrong)
        self.public.change_password(**change, ProposedPassword=ANOTHER)
        self.public.forgot_password(ClientId=app, Username=email)
        confirm = {"ClientId": app, "Username": email, "ConfirmationCode": "654321"}
        self.refused(reused, self.public.confirm_forgot_password, **confirm, Password=PASSWORD)
        self.public.confirm_forgot_password(**confirm, Password="Third-of-all-3")
        admin = {"UserPoolId": pool, "Username": email, "Permanent": True}
        self.refused(reused, self.admin.admin_set_user_password, **admin, Password=ANOTHER)
        self.admin.admin_set_user_password(**admin, Password=PASSWORD)

    def test_only_the_first_fault_of_a_password_is_named(self):
        given = {"ClientId": self.app, "Username": self.address(), "Password": "short"}
        text = self.refused("InvalidPasswordException", self.public.sign_up, **given)
        self.assertEqual(text, "Password did not conform with policy: Password not long enough")

    def test_too_many_attempts_are_refused(self):
        limit = "LimitExceededException"
        email = self.newcomer()
        resend = {"ClientId": self.app, "Username": email}
        for _ in range(5):
            self.public.resend_confirmation_code(**resend)
        self.refused(limit, self.public.resend_confirmation_code, **resend)
        for _ in range(15):
            self.refused(MISMATCH, self.public.confirm_sign_up, **resend, ConfirmationCode="000000")
        self.refused(limit, self.public.confirm_sign_up, **resend, ConfirmationCode="123461")


def claims(token: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


if __name__ == "__main__":
    unittest.main()

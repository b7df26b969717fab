"""Tests sign-in to the local stack's Cognito on a real MiniStack that emulator.py starts, with pools of their own.

The tests expect what AWS does; emulated_*.py name the sources. The end-to-end tests check the same through the auth
service on a deployed stack, as far as that shows it.
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import tempfile
import time
import unittest
import urllib.request
from collections.abc import Callable
from pathlib import Path

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from stack.emulator import ministack
from stack.root import ROOT
from stack.run.processes import Processes

PYTHON = ROOT / ".venv" / "ministack" / "bin" / "python"
REGION = "us-east-1"
PASSWORD = "Correct-horse-9"
NEW_PASSWORD = "Staple-battery-7"
GRACE = 1


class Stack:
    """One MiniStack for all tests of this file."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="test-sign-in-")
        folder = Path(self.folder.name)
        self.port = ministack.any_free_port()
        self.processes = Processes()
        self.processes.__enter__()
        log = folder / "ministack.log"
        try:
            child = ministack.start(PYTHON, self.port, REGION, folder, log, self.processes)
            ministack.await_ready(child, self.port, log, self.processes)
        except BaseException:
            self.end()
            raise
        self.admin = self.client()
        # Almost everything that the auth service calls goes there unsigned.
        self.anyone = self.client(Config(signature_version=UNSIGNED))

    def client(self, config: Config | None = None):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
        return boto3.client("cognito-idp", endpoint_url=ministack.endpoint(self.port), config=config, **keys)

    def seen(self, path: str) -> str:
        with urllib.request.urlopen(f"{ministack.endpoint(self.port)}{path}") as answer:
            return answer.read().decode()

    def end(self) -> None:
        self.processes.stop_all()
        self.folder.cleanup()


STACK: Stack | None = None


def setUpModule() -> None:
    global STACK
    if not PYTHON.exists():
        if "REQUIRE_MINISTACK" in os.environ:
            raise AssertionError(f"{PYTHON} is not there")
        raise unittest.SkipTest("MiniStack is not installed: scripts/local installs it")
    STACK = Stack()


def tearDownModule() -> None:
    if STACK is not None:
        STACK.end()


def totp(secret: str, steps: int = 0) -> str:
    """The code of an authenticator app, `steps` half minutes from now."""
    counter = struct.pack(">Q", int(time.time() // 30) + steps)
    mac = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def claims(token: str) -> dict:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Case(unittest.TestCase):
    """One pool for each class, because making its keys takes time, and one client for each test."""

    pool: dict = {}
    policy: dict = {}
    mfa = "OFF"
    factors: dict = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    client: dict = {}
    number = 0

    @classmethod
    def setUpClass(cls) -> None:
        cls.admin, cls.anyone = STACK.admin, STACK.anyone
        policy = {"MinimumLength": 12, "RequireNumbers": True, "RequireSymbols": False, **cls.policy}
        policies = {"PasswordPolicy": policy}
        pool = {"PoolName": cls.__name__, "UsernameAttributes": ["email"], "Policies": policies, **cls.pool}
        cls.pool_id = cls.admin.create_user_pool(**pool)["UserPool"]["Id"]
        if cls.mfa != "OFF":
            mfa = {"MfaConfiguration": cls.mfa, **cls.factors}
            cls.admin.set_user_pool_mfa_config(UserPoolId=cls.pool_id, **mfa)

    def setUp(self) -> None:
        self.client_id, _ = self.make_client()

    def make_client(self, **more: object) -> tuple[str, str | None]:
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        settings = {"ExplicitAuthFlows": flows, "PreventUserExistenceErrors": "ENABLED", **self.client, **more}
        made = self.admin.create_user_pool_client(UserPoolId=self.pool_id, ClientName="c", **settings)
        return made["UserPoolClient"]["ClientId"], made["UserPoolClient"].get("ClientSecret")

    def make_user(self, password: str = PASSWORD, permanent: bool = True, **attributes: str) -> str:
        Case.number += 1
        email = f"user-{Case.number}@example.com"
        attributes = {"email": email, "email_verified": "true", **attributes}
        listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
        made = {"UserPoolId": self.pool_id, "Username": email, "MessageAction": "SUPPRESS", "UserAttributes": listed}
        self.admin.admin_create_user(TemporaryPassword=password, **made)
        if permanent:
            ids = {"UserPoolId": self.pool_id, "Username": email}
            self.admin.admin_set_user_password(Password=password, Permanent=True, **ids)
        return email

    def initiate(self, email: str, password: str = PASSWORD, flow: str = "USER_PASSWORD_AUTH", **more: str) -> dict:
        given = {"USERNAME": email, **({"PASSWORD": password} if password else {}), **more}
        return self.anyone.initiate_auth(ClientId=self.client_id, AuthFlow=flow, AuthParameters=given)

    def tokens(self, email: str, password: str = PASSWORD) -> dict:
        return self.initiate(email, password)["AuthenticationResult"]

    def answer(self, begun: dict, username: str, name: str | None = None, **given: str) -> dict:
        return self.anyone.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName=name or begun["ChallengeName"],
            Session=begun["Session"],
            ChallengeResponses={"USERNAME": username, **given},
        )

    def set_app_up(self, access: str) -> str:
        """Sets up an authenticator app with the code of the previous half minute, so that the present one is unused."""
        secret = self.anyone.associate_software_token(AccessToken=access)["SecretCode"]
        self.anyone.verify_software_token(AccessToken=access, UserCode=totp(secret, -1))
        return secret

    def locked_out(self, began: float, seconds: float, call: Callable[[], dict]) -> None:
        """Asserts that `call` is refused, unless the test was so slow that a lock from before `began` may be over."""
        try:
            call()
        except ClientError as refused:
            self.assertEqual(refused.response["Error"]["Message"], "Password attempts exceeded")
        else:
            self.assertGreater(time.time() - began, seconds)

    def refuses(self, code: str, message: str | None = None):
        return Refusal(self, code, message)

    def username(self, email: str) -> str:
        return self.admin.admin_get_user(UserPoolId=self.pool_id, Username=email)["Username"]


class Refusal:
    def __init__(self, case: Case, code: str, message: str | None):
        self.case, self.code, self.message = case, code, message

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, _trace: object) -> bool:
        if kind is not None and not isinstance(error, ClientError):
            return False
        self.case.assertIsNotNone(error, f"it was not refused with {self.code}")
        said = error.response["Error"]
        self.case.assertEqual(said["Code"], self.code, said)
        if self.message is not None:
            self.case.assertEqual(said["Message"], self.message)
        return True


USED = "Invalid session for the user, session can only be used once."
INVALID = "Invalid session for the user."


class Sessions(Case):
    def begin(self) -> tuple[str, dict]:
        email = self.make_user(permanent=False)
        return email, self.initiate(email)

    def test_a_challenge_contains_the_pools_own_user_name(self):
        email, begun = self.begin()
        self.assertEqual(begun["ChallengeParameters"]["USER_ID_FOR_SRP"], self.username(email))
        self.assertNotEqual(self.username(email), email)

    def test_both_user_names_are_accepted(self):
        for name in (str, self.username):
            email, begun = self.begin()
            self.assertIn("AuthenticationResult", self.answer(begun, name(email), NEW_PASSWORD=NEW_PASSWORD))

    def test_a_made_up_session_is_refused(self):
        email, begun = self.begin()
        made_up = {**begun, "Session": "a-session-that-nobody-was-given"}
        with self.refuses("NotAuthorizedException", INVALID):
            self.answer(made_up, email, NEW_PASSWORD=NEW_PASSWORD)
        with self.refuses("NotAuthorizedException"):
            self.initiate(email, NEW_PASSWORD)

    def test_a_session_is_needed(self):
        email, _ = self.begin()
        for name in ("NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA", "MFA_SETUP", "SMS_MFA", "EMAIL_OTP", "PASSWORD"):
            with self.subTest(name), self.refuses("InvalidParameterException", "Missing required parameter Session"):
                self.anyone.respond_to_auth_challenge(
                    ClientId=self.client_id, ChallengeName=name, ChallengeResponses={"USERNAME": email}
                )

    def test_a_session_is_valid_once(self):
        email, begun = self.begin()
        self.answer(begun, email, NEW_PASSWORD=NEW_PASSWORD)
        with self.refuses("NotAuthorizedException", USED):
            self.answer(begun, email, NEW_PASSWORD="Another-horse-8")
        self.tokens(email, NEW_PASSWORD)

    def test_a_session_belongs_to_one_user(self):
        _, begun = self.begin()
        other = self.make_user()
        with self.refuses("NotAuthorizedException", INVALID):
            self.answer(begun, other, NEW_PASSWORD=NEW_PASSWORD)
        self.tokens(other)

    def test_a_session_belongs_to_one_client(self):
        email, begun = self.begin()
        self.client_id, _ = self.make_client()
        with self.refuses("NotAuthorizedException", INVALID):
            self.answer(begun, email, NEW_PASSWORD=NEW_PASSWORD)

    def test_a_session_belongs_to_one_challenge(self):
        email, begun = self.begin()
        wrong = {"MFA_SETUP": {}, "CUSTOM_CHALLENGE": {"ANSWER": "x"}, "SMS_MFA": {"SMS_MFA_CODE": "1"}}
        for name, given in wrong.items():
            with self.subTest(name), self.refuses("NotAuthorizedException", INVALID):
                self.answer(begun, email, name, **given)
        self.answer(begun, email, NEW_PASSWORD=NEW_PASSWORD)

    def test_an_administrators_response_needs_a_session_too(self):
        email = self.make_user(permanent=False)
        ids = {"UserPoolId": self.pool_id, "ClientId": self.client_id}
        given = {"USERNAME": email, "PASSWORD": PASSWORD}
        begun = self.admin.admin_initiate_auth(AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=given, **ids)

        def answer(session: str) -> dict:
            return self.admin.admin_respond_to_auth_challenge(
                ChallengeName="NEW_PASSWORD_REQUIRED",
                ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": NEW_PASSWORD},
                Session=session,
                **ids,
            )

        with self.refuses("NotAuthorizedException", INVALID):
            answer("a-session-that-nobody-was-given")
        self.assertIn("AuthenticationResult", answer(begun["Session"]))
        with self.refuses("NotAuthorizedException", USED):
            answer(begun["Session"])


    def test_a_session_expires(self):
        # AWS takes whole minutes from 3 to 15, and MiniStack whatever it is given.
        def put(params: dict, **_named: object) -> None:
            params["body"] = json.dumps({**json.loads(params["body"]), "AuthSessionValidity": 1 / 60}).encode()

        email = self.make_user(permanent=False)
        self.admin.meta.events.register("before-call.cognito-idp.CreateUserPoolClient", put)
        self.client_id, _ = self.make_client()
        self.admin.meta.events.unregister("before-call.cognito-idp.CreateUserPoolClient", put)
        begun = self.initiate(email)
        time.sleep(1.5)
        with self.refuses("NotAuthorizedException", "Invalid session for the user, session is expired."):
            self.answer(begun, email, NEW_PASSWORD=NEW_PASSWORD)


class NewPasswords(Case):
    def test_a_new_password_must_meet_the_policy(self):
        email = self.make_user(permanent=False)
        begun = self.initiate(email)
        for password in ("Short-1", "no-capitals-at-1", "NO-SMALL-ONES-AT-1", "No-numbers-at-all"):
            with self.subTest(password), self.refuses("InvalidPasswordException"):
                self.answer(begun, email, NEW_PASSWORD=password)
        self.assertIn("AuthenticationResult", self.answer(begun, email, NEW_PASSWORD=NEW_PASSWORD))

    def test_a_new_password_is_required(self):
        email = self.make_user(permanent=False)
        begun = self.initiate(email)
        with self.refuses("InvalidParameterException", "Missing required parameter NEW_PASSWORD"):
            self.answer(begun, email)
        self.assertEqual(self.initiate(email)["ChallengeName"], "NEW_PASSWORD_REQUIRED")

    def test_attributes_can_be_set_but_not_changed_with_a_new_password(self):
        email = self.make_user(permanent=False)
        begun = self.initiate(email)
        with self.refuses("NotAuthorizedException", "Cannot modify an already provided email"):
            self.answer(begun, email, NEW_PASSWORD=NEW_PASSWORD, **{"userAttributes.email": "other@example.com"})
        done = self.answer(begun, email, NEW_PASSWORD=NEW_PASSWORD, **{"userAttributes.name": "Ann"})
        user = self.anyone.get_user(AccessToken=done["AuthenticationResult"]["AccessToken"])
        self.assertIn({"Name": "name", "Value": "Ann"}, user["UserAttributes"])


class NewPasswordsWithAHistory(Case):
    policy = {"PasswordHistorySize": 2}

    def test_an_earlier_password_is_refused(self):
        email = self.make_user(permanent=False)
        self.answer(self.initiate(email), email, NEW_PASSWORD=NEW_PASSWORD)
        ids = {"UserPoolId": self.pool_id, "Username": email}
        self.admin.admin_set_user_password(Password="Temporary-horse-1", Permanent=False, **ids)
        begun = self.initiate(email, "Temporary-horse-1")
        with self.refuses("PasswordHistoryPolicyViolationException"):
            self.answer(begun, email, NEW_PASSWORD=NEW_PASSWORD)
        access = self.answer(begun, email, NEW_PASSWORD="Another-horse-8")["AuthenticationResult"]["AccessToken"]
        # It counts from then on.
        given = {"PreviousPassword": "Another-horse-8", "ProposedPassword": "Another-horse-8", "AccessToken": access}
        with self.refuses("PasswordHistoryPolicyViolationException"):
            self.anyone.change_password(**given)


class LockOut(Case):
    def mistype(self, email: str) -> None:
        with self.refuses("NotAuthorizedException", "Incorrect username or password."):
            self.initiate(email, "Wrong-horse-99")

    def test_five_wrong_passwords_lock_the_user_out_for_a_second(self):
        email = self.make_user()
        for _ in range(5):
            began = time.time()
            self.mistype(email)
        self.locked_out(began, 1, lambda: self.initiate(email))
        time.sleep(1.1)
        began = time.time()
        self.mistype(email)
        # Six are two seconds.
        time.sleep(1.1)
        self.locked_out(began, 2, lambda: self.initiate(email))
        time.sleep(1.1)
        self.tokens(email)
        # And a success begins anew.
        self.mistype(email)
        self.tokens(email)

    def test_an_administrators_sign_in_counts_as_well(self):
        email = self.make_user()
        ids = {"UserPoolId": self.pool_id, "ClientId": self.client_id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}
        for _ in range(4):
            self.mistype(email)
        began = time.time()
        with self.refuses("NotAuthorizedException", "Incorrect username or password."):
            self.admin.admin_initiate_auth(AuthParameters={"USERNAME": email, "PASSWORD": "Wrong-horse-99"}, **ids)
        given = {"USERNAME": email, "PASSWORD": PASSWORD}
        self.locked_out(began, 1, lambda: self.admin.admin_initiate_auth(AuthParameters=given, **ids))

    def test_failures_count_only_for_their_user(self):
        email, other = self.make_user(), self.make_user()
        for _ in range(5):
            self.mistype(email)
        self.tokens(other)


class OptionalFactors(Case):
    mfa = "OPTIONAL"
    factors = {
        **Case.factors,
        "EmailMfaConfiguration": {"Message": "Type {####} in", "Subject": "Your code"},
        "SmsMfaConfiguration": {"SmsAuthenticationMessage": "Type {####} in"},
    }

    def prefer(self, access: str, **settings: dict) -> None:
        self.anyone.set_user_mfa_preference(AccessToken=access, **settings)

    def test_a_factor_that_is_not_set_up_cannot_be_enabled(self):
        email = self.make_user()
        access = self.tokens(email)["AccessToken"]
        self.anyone.associate_software_token(AccessToken=access)
        ids = {"UserPoolId": self.pool_id, "Username": email}
        for name, factor in (("SoftwareTokenMfaSettings", "SOFTWARE_TOKEN_MFA"), ("SMSMfaSettings", "SMS_MFA")):
            settings = {name: {"Enabled": True, "PreferredMfa": True}}
            expected = f"User does not have delivery config set to turn on {factor}"
            with self.subTest(factor), self.refuses("InvalidParameterException", expected):
                self.prefer(access, **settings)
            with self.subTest(factor), self.refuses("InvalidParameterException", expected):
                self.admin.admin_set_user_mfa_preference(**ids, **settings)
        user = self.anyone.get_user(AccessToken=access)
        self.assertFalse({"PreferredMfaSetting", "UserMFASettingList"} & set(user))
        self.tokens(email)

    def test_a_verified_app_is_required_after_it_is_enabled(self):
        email = self.make_user()
        access = self.tokens(email)["AccessToken"]
        secret = self.set_app_up(access)
        self.tokens(email)
        self.prefer(access, SoftwareTokenMfaSettings={"Enabled": True})
        user = self.anyone.get_user(AccessToken=access)
        self.assertEqual(user["UserMFASettingList"], ["SOFTWARE_TOKEN_MFA"])
        self.assertNotIn("PreferredMfaSetting", user)
        begun = self.initiate(email)
        self.assertEqual(begun["ChallengeName"], "SOFTWARE_TOKEN_MFA")
        with self.refuses("CodeMismatchException"):
            self.answer(begun, email, SOFTWARE_TOKEN_MFA_CODE="000000")
        self.answer(begun, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret))
        # Turned off and on again, it is the same app.
        self.prefer(access, SoftwareTokenMfaSettings={"Enabled": False})
        self.tokens(email)
        self.prefer(access, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
        self.assertEqual(self.initiate(email)["ChallengeName"], "SOFTWARE_TOKEN_MFA")

    def test_an_apps_code_is_valid_once(self):
        email = self.make_user()
        access = self.tokens(email)["AccessToken"]
        secret = self.set_app_up(access)
        self.prefer(access, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
        code = totp(secret)
        self.answer(self.initiate(email), email, SOFTWARE_TOKEN_MFA_CODE=code)
        begun = self.initiate(email)
        with self.refuses("ExpiredCodeException", "Your software token has already been used once."):
            self.answer(begun, email, SOFTWARE_TOKEN_MFA_CODE=code)
        self.answer(begun, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret, 1))

    def test_verifying_the_app_uses_its_code(self):
        email = self.make_user()
        access = self.tokens(email)["AccessToken"]
        secret = self.anyone.associate_software_token(AccessToken=access)["SecretCode"]
        code = totp(secret)
        self.anyone.verify_software_token(AccessToken=access, UserCode=code, FriendlyDeviceName="the phone")
        self.prefer(access, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
        begun = self.initiate(email)
        self.assertEqual(begun["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"], "the phone")
        with self.refuses("ExpiredCodeException"):
            self.answer(begun, email, SOFTWARE_TOKEN_MFA_CODE=code)

    def test_wrong_codes_lock_the_user_out_too(self):
        email = self.make_user()
        access = self.tokens(email)["AccessToken"]
        secret = self.set_app_up(access)
        self.prefer(access, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
        begun = self.initiate(email)
        for _ in range(5):
            began = time.time()
            with self.refuses("CodeMismatchException"):
                self.answer(begun, email, SOFTWARE_TOKEN_MFA_CODE="000000")
        self.locked_out(began, 1, lambda: self.initiate(email))
        self.locked_out(began, 1, lambda: self.answer(begun, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret)))

    def test_a_code_is_sent_by_mail(self):
        email = self.make_user(email_verified="false")
        access = self.tokens(email)["AccessToken"]
        self.prefer(access, EmailMfaSettings={"Enabled": True, "PreferredMfa": True})
        begun = self.initiate(email)
        self.assertEqual(begun["ChallengeName"], "EMAIL_OTP")
        self.assertEqual(begun["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"], "EMAIL")
        self.assertNotIn(email, json.dumps(begun["ChallengeParameters"]))
        with self.refuses("CodeMismatchException", "Invalid code or auth state for the user."):
            self.answer(begun, email, EMAIL_OTP_CODE="not-it")
        code = self.sent("/_ministack/ses/messages", email)
        done = self.answer(begun, email, EMAIL_OTP_CODE=code)["AuthenticationResult"]
        user = self.anyone.get_user(AccessToken=done["AccessToken"])
        self.assertIn({"Name": "email_verified", "Value": "true"}, user["UserAttributes"])
        self.assertEqual(user["PreferredMfaSetting"], "EMAIL_OTP")

    def test_a_code_is_sent_by_sms(self):
        email = self.make_user(phone_number="+14155550123")
        self.prefer(self.tokens(email)["AccessToken"], SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
        begun = self.initiate(email)
        self.assertEqual(begun["ChallengeName"], "SMS_MFA")
        self.assertEqual(begun["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"], "+*******0123")
        code = self.sent("/_ministack/sns/sms-messages", "+14155550123")
        self.assertIn("AuthenticationResult", self.answer(begun, email, SMS_MFA_CODE=code))

    def sent(self, path: str, address: str) -> str:
        texts = STACK.seen(path)
        self.assertIn(address, texts)
        return texts.rpartition(" in")[0].rpartition("Type ")[2]

    def test_a_user_chooses_one_of_several_factors(self):
        email = self.make_user()
        access = self.tokens(email)["AccessToken"]
        secret = self.set_app_up(access)
        self.prefer(access, SoftwareTokenMfaSettings={"Enabled": True}, EmailMfaSettings={"Enabled": True})
        begun = self.initiate(email)
        self.assertEqual(begun["ChallengeName"], "SELECT_MFA_TYPE")
        choices = json.loads(begun["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
        self.assertEqual(sorted(choices), ["EMAIL_OTP", "SOFTWARE_TOKEN_MFA"])
        with self.refuses("InvalidParameterException"):
            self.answer(begun, email, ANSWER="SMS_MFA")
        chosen = self.answer(begun, email, ANSWER="SOFTWARE_TOKEN_MFA")
        with self.refuses("CodeMismatchException", "Invalid code or auth state for the user."):
            self.answer(chosen, email, "EMAIL_OTP", EMAIL_OTP_CODE="123456")
        self.assertIn("AuthenticationResult", self.answer(chosen, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret)))

    def test_a_new_password_does_not_skip_the_second_factor(self):
        email = self.make_user()
        access = self.tokens(email)["AccessToken"]
        secret = self.set_app_up(access)
        self.prefer(access, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
        ids = {"UserPoolId": self.pool_id, "Username": email}
        self.admin.admin_set_user_password(Password="Temporary-horse-1", Permanent=False, **ids)
        next_step = self.answer(self.initiate(email, "Temporary-horse-1"), email, NEW_PASSWORD=NEW_PASSWORD)
        self.assertEqual(next_step["ChallengeName"], "SOFTWARE_TOKEN_MFA")
        self.assertNotIn("AuthenticationResult", next_step)
        self.answer(next_step, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret))

    def test_with_an_access_token_an_app_is_set_up_without_a_session(self):
        access = self.tokens(self.make_user())["AccessToken"]
        associated = self.anyone.associate_software_token(AccessToken=access)
        self.assertNotIn("Session", associated)
        with self.refuses("EnableSoftwareTokenMFAException", "Code mismatch"):
            self.anyone.verify_software_token(AccessToken=access, UserCode="000000")
        verified = self.anyone.verify_software_token(AccessToken=access, UserCode=totp(associated["SecretCode"]))
        self.assertEqual((verified["Status"], "Session" in verified), ("SUCCESS", False))


class NoFactors(Case):
    def test_a_pool_without_apps_refuses_their_set_up(self):
        access = self.tokens(self.make_user())["AccessToken"]
        text = "Software Token MFA has not been enabled by the userPool."
        with self.refuses("SoftwareTokenMFANotFoundException", text):
            self.anyone.associate_software_token(AccessToken=access)


class DemandedFactors(Case):
    mfa = "ON"

    def test_a_user_without_a_factor_must_set_one_up(self):
        email = self.make_user()
        begun = self.initiate(email)
        self.assertEqual(begun["ChallengeName"], "MFA_SETUP")
        self.assertEqual(json.loads(begun["ChallengeParameters"]["MFAS_CAN_SETUP"]), ["SOFTWARE_TOKEN_MFA"])
        # The first session leads to no tokens before an app is set up.
        with self.refuses("NotAuthorizedException", INVALID):
            self.answer(begun, email)
        associated = self.anyone.associate_software_token(Session=begun["Session"])
        with self.refuses("NotAuthorizedException", USED):
            self.anyone.associate_software_token(Session=begun["Session"])
        session, secret = associated["Session"], associated["SecretCode"]
        with self.refuses("EnableSoftwareTokenMFAException", "Code mismatch"):
            self.anyone.verify_software_token(Session=session, UserCode="000000")
        verified = self.anyone.verify_software_token(Session=session, UserCode=totp(secret, -1))
        done = self.answer({**begun, "Session": verified["Session"]}, email)["AuthenticationResult"]
        user = self.anyone.get_user(AccessToken=done["AccessToken"])
        self.assertEqual(user["UserMFASettingList"], ["SOFTWARE_TOKEN_MFA"])
        again = self.initiate(email)
        self.assertEqual(again["ChallengeName"], "SOFTWARE_TOKEN_MFA")
        self.answer(again, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret))

    def test_a_made_up_session_cannot_set_up_a_factor(self):
        for call in (self.anyone.associate_software_token, self.anyone.verify_software_token):
            more = {"UserCode": "123456"} if call == self.anyone.verify_software_token else {}
            with self.subTest(call), self.refuses("NotAuthorizedException", INVALID):
                call(Session="a-session-that-nobody-was-given", **more)

    def test_a_required_factor_follows_a_new_password_too(self):
        email = self.make_user(permanent=False)
        next_step = self.answer(self.initiate(email), email, NEW_PASSWORD=NEW_PASSWORD)
        self.assertEqual(next_step["ChallengeName"], "MFA_SETUP")


class DemandedCodesByMail(Case):
    mfa = "ON"
    factors = {"EmailMfaConfiguration": {"Message": "Type {####} in", "Subject": "Your code"}}

    def test_an_address_is_enough_for_codes_by_mail(self):
        self.assertEqual(self.initiate(self.make_user())["ChallengeName"], "EMAIL_OTP")


class Choice(Case):
    client = {"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
    mfa = "OPTIONAL"

    def choose(self, email: str, **more: str) -> dict:
        return self.initiate(email, "", "USER_AUTH", **more)

    def test_a_preferred_password_signs_in_at_once(self):
        done = self.choose(self.make_user(), PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
        self.assertIn("AuthenticationResult", done)

    def test_a_user_chooses_among_the_available_factors(self):
        email = self.make_user()
        for more in ({}, {"PREFERRED_CHALLENGE": "WEB_AUTHN"}, {"PREFERRED_CHALLENGE": "EMAIL_OTP"}):
            begun = self.choose(email, **more)
            self.assertEqual(begun["ChallengeName"], "SELECT_CHALLENGE")
            self.assertEqual(sorted(begun["AvailableChallenges"]), ["PASSWORD", "PASSWORD_SRP"])
        with self.refuses("InvalidParameterException"):
            self.answer(begun, email, ANSWER="WEB_AUTHN", CREDENTIAL="{}")
        with self.refuses("NotAuthorizedException", "Incorrect username or password."):
            self.answer(begun, email, ANSWER="PASSWORD", PASSWORD="Wrong-horse-99")
        self.assertIn("AuthenticationResult", self.answer(begun, email, ANSWER="PASSWORD", PASSWORD=PASSWORD))
        with self.refuses("NotAuthorizedException", USED):
            self.answer(begun, email, ANSWER="PASSWORD", PASSWORD=PASSWORD)

    def test_a_preferred_password_may_come_in_the_next_step(self):
        email = self.make_user()
        begun = self.choose(email, PREFERRED_CHALLENGE="PASSWORD")
        self.assertEqual(begun["ChallengeName"], "PASSWORD")
        self.assertIn("AuthenticationResult", self.answer(begun, email, PASSWORD=PASSWORD))

    def test_srp_can_be_chosen(self):
        email = self.make_user()
        begun = self.choose(email)
        verifier = self.answer(begun, email, ANSWER="PASSWORD_SRP", SRP_A="ab" * 64)
        self.assertEqual(verifier["ChallengeName"], "PASSWORD_VERIFIER")
        verifier = self.choose(email, PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A="ab" * 64)
        self.assertEqual(verifier["ChallengeName"], "PASSWORD_VERIFIER")

    def test_a_password_is_followed_by_the_second_factor(self):
        email = self.make_user()
        done = self.choose(email, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
        access = done["AuthenticationResult"]["AccessToken"]
        secret = self.set_app_up(access)
        self.anyone.set_user_mfa_preference(AccessToken=access, SoftwareTokenMfaSettings={"Enabled": True})
        factor = self.answer(self.choose(email), email, ANSWER="PASSWORD", PASSWORD=PASSWORD)
        self.assertEqual(factor["ChallengeName"], "SOFTWARE_TOKEN_MFA")
        self.assertIn("AuthenticationResult", self.answer(factor, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret)))

    def test_an_unknown_user_gets_the_same_list(self):
        begun = self.choose("nobody@example.com")
        self.assertEqual(sorted(begun["AvailableChallenges"]), ["PASSWORD", "PASSWORD_SRP"])
        with self.refuses("NotAuthorizedException", "Incorrect username or password."):
            self.answer(begun, "nobody@example.com", ANSWER="PASSWORD", PASSWORD=PASSWORD)

    def test_wrong_passwords_in_user_auth_lock_out_too(self):
        email = self.make_user()
        for _ in range(5):
            began = time.time()
            with self.refuses("NotAuthorizedException", "Incorrect username or password."):
                self.choose(email, PREFERRED_CHALLENGE="PASSWORD", PASSWORD="Wrong-horse-99")
        self.locked_out(began, 1, lambda: self.choose(email, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD))

    def test_the_client_must_allow_user_auth(self):
        self.client_id, _ = self.make_client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
        with self.refuses("InvalidParameterException", "USER_AUTH flow not enabled for this client"):
            self.choose(self.make_user())


class ChoiceInTheCheapestPlan(Case):
    pool = {"UserPoolTier": "LITE"}
    client = {"ExplicitAuthFlows": ["ALLOW_USER_AUTH"]}

    def test_user_auth_is_not_available_in_the_lite_plan(self):
        with self.refuses("FeatureUnavailableInTierException"):
            self.initiate(self.make_user(), "", "USER_AUTH")


class Refreshing(Case):
    def refresh(self, token: str, **more: str) -> dict:
        request = {"ClientId": self.client_id, "RefreshToken": token, **more}
        return self.anyone.get_tokens_from_refresh_token(**request)["AuthenticationResult"]

    def by_flow(self, token: str) -> dict:
        given = {"REFRESH_TOKEN": token}
        return self.anyone.initiate_auth(ClientId=self.client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given)


class PlainRefresh(Refreshing):
    def test_refreshed_tokens_keep_the_time_of_the_sign_in(self):
        first = self.tokens(self.make_user())
        signed_in = claims(first["AccessToken"])
        time.sleep(1.1)
        by_flow = self.by_flow(first["RefreshToken"])["AuthenticationResult"]
        for result in (self.refresh(first["RefreshToken"]), by_flow):
            self.assertNotIn("RefreshToken", result)
            for token in (result["AccessToken"], result["IdToken"]):
                self.assertEqual(claims(token)["auth_time"], signed_in["auth_time"])
                self.assertEqual(claims(token)["origin_jti"], signed_in["origin_jti"])
                self.assertGreater(claims(token)["iat"], signed_in["iat"])

    def test_a_refresh_token_expires(self):
        email = self.make_user()
        units = {"RefreshToken": "seconds"}
        self.client_id, _ = self.make_client(RefreshTokenValidity=1, TokenValidityUnits=units)
        token = self.tokens(email)["RefreshToken"]
        self.refresh(token)
        time.sleep(1.5)
        for call in (self.refresh, self.by_flow):
            with self.refuses("NotAuthorizedException", "Refresh Token has expired"):
                call(token)

    def test_a_client_can_disallow_the_refresh_flow(self):
        email = self.make_user()
        self.client_id, _ = self.make_client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
        with self.refuses("InvalidParameterException"):
            self.by_flow(self.tokens(email)["RefreshToken"])

    def test_only_a_refresh_token_can_be_revoked(self):
        tokens = self.tokens(self.make_user())
        for name in ("AccessToken", "IdToken"):
            with self.subTest(name), self.refuses("UnsupportedTokenTypeException"):
                self.anyone.revoke_token(ClientId=self.client_id, Token=tokens[name])
        self.refresh(tokens["RefreshToken"])
        # One that was never given out is as good as revoked.
        self.anyone.revoke_token(ClientId=self.client_id, Token="never-given-out")
        self.anyone.revoke_token(ClientId=self.client_id, Token=tokens["RefreshToken"])
        with self.refuses("NotAuthorizedException"):
            self.refresh(tokens["RefreshToken"])
        with self.refuses("NotAuthorizedException", "Access Token has been revoked"):
            self.anyone.get_user(AccessToken=tokens["AccessToken"])

    def test_a_refresh_needs_the_client_secret(self):
        email = self.make_user()
        self.client_id, secret = self.make_client(GenerateSecret=True)
        mac = hmac.new(secret.encode(), (email + self.client_id).encode(), hashlib.sha256).digest()
        token = self.initiate(email, SECRET_HASH=base64.b64encode(mac).decode())["AuthenticationResult"]["RefreshToken"]
        self.refresh(token, ClientSecret=secret)
        for wrong in ({}, {"ClientSecret": "not-the-secret-of-this-client"}):
            with self.subTest(wrong), self.refuses("NotAuthorizedException"):
                self.refresh(token, **wrong)


class RotatingRefresh(Refreshing):
    client = {
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": GRACE},
    }

    def reused(self):
        return self.refuses("RefreshTokenReuseException", "Refresh token reuse detected")

    def test_the_client_shows_its_rotation(self):
        ids = {"UserPoolId": self.pool_id, "ClientId": self.client_id}
        shown = self.admin.describe_user_pool_client(**ids)["UserPoolClient"]
        self.assertEqual(shown["RefreshTokenRotation"], self.client["RefreshTokenRotation"])
        self.admin.update_user_pool_client(RefreshTokenRotation={"Feature": "DISABLED"}, **ids)
        token = self.tokens(self.make_user())["RefreshToken"]
        self.assertNotIn("RefreshToken", self.refresh(token))

    def test_a_rotated_token_ends_after_the_grace_period(self):
        first = self.tokens(self.make_user())["RefreshToken"]
        second = self.refresh(first)["RefreshToken"]
        self.assertNotEqual(first, second)
        self.assertEqual(claims(first)["exp"], claims(second)["exp"])
        time.sleep(GRACE + 0.2)
        with self.reused():
            self.refresh(first)
        # That ends nothing.
        third = self.refresh(second)["RefreshToken"]
        self.refresh(third)

    def test_within_the_grace_period_the_newest_child_counts(self):
        first = self.tokens(self.make_user())["RefreshToken"]
        lost, kept = self.refresh(first)["RefreshToken"], self.refresh(first)["RefreshToken"]
        with self.reused():
            self.refresh(lost)
        self.refresh(kept)

    def test_without_a_grace_period_a_token_is_valid_once(self):
        email = self.make_user()
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
        self.client_id, _ = self.make_client(RefreshTokenRotation=rotation)
        first = self.tokens(email)["RefreshToken"]
        self.refresh(first)
        with self.reused():
            self.refresh(first)

    def test_revoking_the_first_or_newest_token_ends_the_session(self):
        for last in (True, False):
            first = self.tokens(self.make_user())["RefreshToken"]
            second = self.refresh(first)["RefreshToken"]
            third = self.refresh(second)["RefreshToken"]
            self.anyone.revoke_token(ClientId=self.client_id, Token=second)
            fourth = self.refresh(third)["RefreshToken"]
            self.anyone.revoke_token(ClientId=self.client_id, Token=fourth if last else first)
            with self.refuses("NotAuthorizedException"):
                self.refresh(fourth)

    def test_rotation_refuses_the_refresh_flow(self):
        with self.refuses("InvalidParameterException"):
            self.by_flow(self.tokens(self.make_user())["RefreshToken"])


class Disabled(Refreshing):
    def test_a_disabled_user_can_continue_no_session(self):
        email = self.make_user()
        tokens = self.tokens(email)
        temporary = self.make_user(permanent=False)
        begun = self.initiate(temporary)
        for name in (email, temporary):
            self.admin.admin_disable_user(UserPoolId=self.pool_id, Username=name)
        with self.refuses("NotAuthorizedException", "User is disabled."):
            self.initiate(email)
        with self.refuses("NotAuthorizedException"):
            self.refresh(tokens["RefreshToken"])
        with self.refuses("NotAuthorizedException"):
            self.anyone.get_user(AccessToken=tokens["AccessToken"])
        with self.refuses("NotAuthorizedException"):
            self.answer(begun, temporary, NEW_PASSWORD=NEW_PASSWORD)

    def test_a_global_sign_out_ends_access_and_refresh_tokens(self):
        email = self.make_user()
        sessions = [self.tokens(email), self.tokens(email)]
        self.anyone.global_sign_out(AccessToken=sessions[0]["AccessToken"])
        for tokens in sessions:
            with self.refuses("NotAuthorizedException", "Access Token has been revoked"):
                self.anyone.get_user(AccessToken=tokens["AccessToken"])
            with self.refuses("NotAuthorizedException"):
                self.refresh(tokens["RefreshToken"])
        self.tokens(email)


class UnknownOperations(Case):
    def test_an_unknown_operation_is_named_as_such(self):
        with self.refuses("UnknownOperationException"):
            self.admin.list_devices(AccessToken="x")


class StillOtherwise(Refreshing):
    """Remaining differences between Cognito and MiniStack. docs/local.md has a row for each. If a test fails because
    MiniStack was fixed, delete its row too."""

    pool = {"Schema": [{"Name": "name", "AttributeDataType": "String", "Required": True, "Mutable": True}]}

    def test_a_new_password_requires_no_attributes(self):
        begun = self.initiate(self.make_user(permanent=False))
        self.assertEqual(begun["ChallengeName"], "NEW_PASSWORD_REQUIRED")
        self.assertEqual(json.loads(begun["ChallengeParameters"]["requiredAttributes"]), [])

    def test_an_address_keeps_its_case(self):
        email = f"Capital-{self.id()[-8:]}@Example.com"
        self.anyone.sign_up(
            ClientId=self.client_id,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )
        user = self.admin.admin_get_user(UserPoolId=self.pool_id, Username=email)
        self.assertIn({"Name": "email", "Value": email}, user["UserAttributes"])

    def test_a_refresh_token_is_readable(self):
        # Cognito's is encrypted: nobody but Cognito reads it.
        self.assertIn("exp", claims(self.tokens(self.make_user())["RefreshToken"]))

    def test_a_wrong_client_secret_ends_a_session(self):
        email = self.make_user()
        self.client_id, secret = self.make_client(GenerateSecret=True)
        mac = hmac.new(secret.encode(), (email + self.client_id).encode(), hashlib.sha256).digest()
        token = self.initiate(email, SECRET_HASH=base64.b64encode(mac).decode())["AuthenticationResult"]["RefreshToken"]
        self.anyone.revoke_token(ClientId=self.client_id, Token=token, ClientSecret="not-the-secret-of-this-client")
        with self.refuses("NotAuthorizedException"):
            self.refresh(token, ClientSecret=secret)

    def test_a_client_may_have_rotation_and_the_refresh_flow(self):
        self.make_client(RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": GRACE})

    def test_the_number_of_calls_is_not_limited(self):
        for _ in range(60):
            self.admin.describe_user_pool(UserPoolId=self.pool_id)

    def test_risk_is_not_evaluated(self):
        with self.refuses("UnknownOperationException"):
            self.admin.describe_risk_configuration(UserPoolId=self.pool_id)


class FactorsStillOtherwise(Case):
    mfa = "ON"

    def test_a_required_factor_can_be_disabled(self):
        begun = self.initiate(self.make_user())
        associated = self.anyone.associate_software_token(Session=begun["Session"])
        code = totp(associated["SecretCode"], -1)
        verified = self.anyone.verify_software_token(Session=associated["Session"], UserCode=code)
        username = begun["ChallengeParameters"]["USER_ID_FOR_SRP"]
        done = self.answer({**begun, "Session": verified["Session"]}, username)["AuthenticationResult"]
        off = {"Enabled": False, "PreferredMfa": False}
        self.anyone.set_user_mfa_preference(AccessToken=done["AccessToken"], SoftwareTokenMfaSettings=off)


if __name__ == "__main__":
    unittest.main()

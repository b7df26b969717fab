"""Compares the limits in openapi.json and config.schema.json with those of Cognito's API.

The model of that API is botocore's, from which AWS generates its clients. A limit that differs needs a reason beside
it, and a reason that is no longer needed fails too. The tests send nothing."""

import json
import re
import unicodedata
import unittest
from typing import NamedTuple

from botocore.session import Session

from api_description import DOCUMENT as API
from api_description import OPERATIONS, tagged
from stack.root import ROOT

MODEL = Session().get_service_model("cognito-idp")
CONFIG = json.loads((ROOT / "config.schema.json").read_text(encoding="utf-8"))["$defs"]
# The routes that ask something of Cognito.
ACCOUNTS = sorted(tagged("auth", "user"))

NONE_NAMED = (
    "Cognito names no limit, and what it hands out must fit into a request: the body's 16 KiB, the head's 10 KiB"
)
BODY_ENDS = "a body ends at 16 KiB"
DELETES = "an empty value deletes an attribute in Cognito, for which there is null"


class Row(NamedTuple):
    """One of our values, and the member of a request to Cognito that it becomes."""

    ours: str
    member: str
    # Where ours are others than Cognito's: ours, and why.
    least: tuple[int, str] | None = None
    most: tuple[int, str] | None = None


# <https://www.rfc-editor.org/rfc/rfc5054>: the verifier is of the group's 3,072 bits; Cognito's clients take 16 bytes
# of salt.
BODIES = (
    Row("Email", "SignUp.Username", least=(3, "an address has an @ and something on both sides of it")),
    Row("Username", "SignUp.Username"),
    Row("Password", "SignUp.Password", least=(1, "no pool lets an empty one in")),
    Row("AttributeValue", "SignUp.UserAttributes.*.Value", least=(1, DELETES)),
    Row("Session", "RespondToAuthChallenge.Session"),
    Row("Code", "ConfirmSignUp.ConfirmationCode"),
    Row("Answer", "RespondToAuthChallenge.ChallengeResponses.*",
        least=(1, "what is asked is answered with something"), most=(16384, BODY_ENDS)),
    Row("DeviceKey", "ConfirmDevice.DeviceKey", least=(3, "its pattern has no shorter one")),
    Row("DeviceName", "ConfirmDevice.DeviceName"),
    Row("DeviceSalt", "ConfirmDevice.DeviceSecretVerifierConfig.Salt",
        least=(4, "one byte in base64"), most=(256, "eight times what Cognito's clients make")),
    Row("PasswordVerifier", "ConfirmDevice.DeviceSecretVerifierConfig.PasswordVerifier",
        least=(4, "one byte in base64"), most=(1024, "twice what a group of 3,072 bits has")),
    Row("RefreshToken", "GetTokensFromRefreshToken.RefreshToken", least=(1, NONE_NAMED), most=(8192, NONE_NAMED)),
    Row("cursor", "ListDevices.PaginationToken", most=(4096, NONE_NAMED)),
    Row("limit", "ListDevices.Limit", least=(1, "a page of none is no page")),
)
# Texts of the API that are no limits of Cognito's, or whose form is the pattern alone.
# The last is Cloudflare's: https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
OTHERS = {"ChallengeName", "PhoneNumber", "NextStep", "Verifiable", "TurnstileToken"}

FILE = (
    Row("PasswordPolicy/minimumLength", "CreateUserPool.Policies.PasswordPolicy.MinimumLength"),
    Row("PasswordPolicy/historySize", "CreateUserPool.Policies.PasswordPolicy.PasswordHistorySize"),
    Row("PasswordPolicy/temporaryPasswordValidityDays",
        "CreateUserPool.Policies.PasswordPolicy.TemporaryPasswordValidityDays", least=(1, "0 stands for 7")),
    Row("TokenValidity/accessMinutes", "CreateUserPoolClient.AccessTokenValidity",
        least=(5 * 60, "https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html")),
    Row("TokenValidity/idMinutes", "CreateUserPoolClient.IdTokenValidity",
        least=(5 * 60, "https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html")),
    Row("TokenValidity/refreshDays", "CreateUserPoolClient.RefreshTokenValidity",
        least=(86400, "whole days, and 0 stands for 30 of them")),
    Row("Auth/customAttributes", "CreateUserPool.Schema", least=(0, "a list of none is what there is by default")),
    Row("ResourceServer/scopes", "CreateResourceServer.Scopes", most=(10, "template.yaml has a slot for each")),
    Row("CustomAttribute", "CreateUserPool.Schema.*.Name"),
    Row("GroupName", "CreateGroup.GroupName"),
    Row("ResourceServerId", "CreateResourceServer.Identifier"),
    Row("ScopeName", "CreateResourceServer.Scopes.*.ScopeName"),
    Row("UserPoolName", "CreateUserPool.PoolName"),
    Row("ClientId", "SignUp.ClientId"),
    Row("ConfigurationSet", "CreateUserPool.EmailConfiguration.ConfigurationSet"),
    Row("CodeMailBody", "CreateUserPool.VerificationMessageTemplate.EmailMessage"),
    Row("CodeSms", "CreateUserPool.VerificationMessageTemplate.SmsMessage"),
    Row("InvitationMailBody", "CreateUserPool.AdminCreateUserConfig.InviteMessageTemplate.EmailMessage"),
    Row("InvitationSms", "CreateUserPool.AdminCreateUserConfig.InviteMessageTemplate.SMSMessage"),
    Row("MailSubject", "CreateUserPool.AdminCreateUserConfig.InviteMessageTemplate.EmailSubject"),
)
SECONDS = {"accessMinutes": 60, "idMinutes": 60, "refreshDays": 86400}


def shape(member):
    """The shape of a member of a request; `*` stands for the entries of a list or a map."""
    operation, *path = member.split(".")
    found = MODEL.operation_model(operation).input_shape
    for name in path:
        if name == "*":
            found = found.member if found.type_name == "list" else found.value
        else:
            found = found.members[name]
    return found


def of_model(member):
    constraints = shape(member).metadata
    return constraints.get("min", 0), constraints.get("max")


def of_api(name):
    schemas = {**of_accounts(), **parameters()}
    return bounds(schemas[name])


def of_accounts():
    """The schemas that the operations on accounts lead to: what other services take is not Cognito's."""
    found, texts = {}, [json.dumps(OPERATIONS[route]) for route in ACCOUNTS]
    while texts:
        for name in re.findall(r'"#/components/schemas/(\w+)"', texts.pop()):
            if name not in found:
                found[name] = API["components"]["schemas"][name]
                texts.append(json.dumps(found[name]))
    return found


def parameters():
    """The query parameters by name."""
    listed = [parameter for route in ACCOUNTS for parameter in OPERATIONS[route].get("parameters", [])]
    return {parameter["name"]: parameter["schema"] for parameter in listed if parameter["in"] == "query"}


def of_file(name):
    definition, _, field = name.partition("/")
    if not field:
        least, most = re.search(r"\b(\d+) to (\d+)\b", CONFIG[definition]["description"]).groups()
        return int(least), int(most)
    least, most = bounds(CONFIG[definition]["properties"][field])
    unit = SECONDS.get(field, 1)
    return least * unit, most * unit


def bounds(schema):
    least = next((schema[key] for key in ("minLength", "minimum", "minItems") if key in schema), 0)
    return least, next((schema[key] for key in ("maxLength", "maximum", "maxItems") if key in schema), None)


class Limits(unittest.TestCase):
    def hold(self, row, ours):
        rows = zip(("least", "most"), ours, of_model(row.member), (row.least, row.most), strict=True)
        for end, found, theirs, other in rows:
            with self.subTest(row.ours, end=end):
                self.assertEqual(found, theirs if other is None else other[0], row.member)
                self.assertFalse(other and other[0] == theirs, "Cognito's own now: the reason is not needed")

    def test_the_apis_limits_are_cognitos(self):
        for row in BODIES:
            self.hold(row, of_api(row.ours))

    def test_the_limits_of_config_json_are_cognitos(self):
        for row in FILE:
            self.hold(row, of_file(row.ours))

    def test_every_text_of_the_api_has_a_row(self):
        texts = {name for name, schema in of_accounts().items() if schema.get("type") == "string"}
        self.assertEqual(texts | set(parameters()), {row.ours for row in BODIES} | OTHERS)

    def test_every_number_of_the_pool_has_a_row(self):
        numbers = {
            f"{name}/{field}"
            for name in ("UserPool", "PasswordPolicy", "TokenValidity", "Devices")
            for field, schema in CONFIG[name]["properties"].items()
            if "maximum" in schema
        }
        self.assertEqual(numbers - {row.ours for row in FILE}, set())


class Forms(unittest.TestCase):
    def pattern(self, name):
        return re.compile(API["components"]["schemas"][name]["pattern"])

    def test_only_misleading_parts_of_valid_addresses_are_refused(self):
        """`EmailAddressType`: letters, marks, symbols, numbers and punctuation around an @."""
        address = self.pattern("Email")
        taken = [c for c in map(chr, range(0x110000)) if unicodedata.category(c)[0] in "LMSNP"]
        self.assertEqual("".join(c for c in taken if not address.fullmatch(f"{c}@b")), '"(),:;<>@[\\]')
        self.assertEqual("".join(c for c in taken if not address.fullmatch(f"a@{c}")), '"(),.:;<>@[\\]')
        for good in ("a..b@docomo.ne.jp", "a.@example.com", "ann@my_host.example", "a@b.c.d"):
            self.assertTrue(address.fullmatch(good), good)
        for bad in ("a@b..c", "a@b.", "a@.b", "a b@c", "a\u200b@b", "a\u202e@b", "a@b\n", "a"):
            self.assertFalse(address.fullmatch(bad), bad)

    def test_every_challenge_name_of_cognito_fits_our_pattern(self):
        name = self.pattern("ChallengeName")
        known = MODEL.shape_for("ChallengeNameType").enum
        self.assertGreater(len(known), 10)
        self.assertEqual([each for each in known if not name.fullmatch(each)], [])

    def test_a_device_key_has_cognitos_form(self):
        theirs = MODEL.shape_for("DeviceKeyType").metadata["pattern"]
        self.assertEqual(theirs, r"[\w-]+_[0-9a-f-]+")
        ours = self.pattern("DeviceKey")
        for key in ("us-west-2_a1b2c3d4-5678-90ab-cdef-111111111111", "a_0", "A_b_-"):
            self.assertTrue(ours.fullmatch(key) and re.fullmatch(theirs, key), key)
        for key in ("us-west-2", "a_", "_a", "a_G", "a b_c"):
            self.assertFalse(ours.fullmatch(key) or re.fullmatch(theirs, key), key)

    def test_a_phone_number_follows_e_164(self):
        """<https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>, which Cognito
        passes on to SNS: <https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>."""
        number = self.pattern("PhoneNumber")
        for good in ("+14155550123", "+123456789012345", "+12"):
            self.assertTrue(number.fullmatch(good), good)
        for bad in ("14155550123", "+1234567890123456", "+0123", "+1 415", "+"):
            self.assertFalse(number.fullmatch(bad), bad)


if __name__ == "__main__":
    unittest.main()

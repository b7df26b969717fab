"""Patches that make the second factors of MiniStack's Cognito behave like those of Amazon Cognito.

MiniStack 1.5.33 supports only authenticator apps. It enables one as soon as it is verified, accepts a preference for a
factor that is not set up, loses an app that is set up during a sign-in, and never sends the challenge MFA_SETUP. With
the patches, codes by mail and SMS appear where MiniStack shows messages: /_ministack/ses/messages,
/_ministack/sns/sms-messages.

What AWS does: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html,
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html,
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserMFAPreference.html
"""

import base64
import json
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from ministack.core.responses import json_response, new_uuid
from ministack.services import cognito, sns
from ministack.services.cloudformation import provisioners

from stack.emulator import emulated_values as values
from stack.emulator.emulated_sessions import Answer, begin, body, find, invalid, not_authorized, refused, replace

TOTP = "SOFTWARE_TOKEN_MFA"
# A code is valid in its own half minute, the one before and the one after.
CODE_SECONDS = 90


class Message(NamedTuple):
    """A second factor whose codes are sent in messages."""

    attribute: str
    medium: str
    member: str
    setting: str
    preference: str


MESSAGES = {
    "SMS_MFA": Message("phone_number", "SMS", "SMS_MFA_CODE", "SmsMfaConfiguration", "SMSMfaSettings"),
    "EMAIL_OTP": Message("email", "EMAIL", "EMAIL_OTP_CODE", "EmailMfaConfiguration", "EmailMfaSettings"),
}
PREFERENCES = {TOTP: "SoftwareTokenMfaSettings", **{name: message.preference for name, message in MESSAGES.items()}}


def attributes(user: dict[str, Any]) -> dict[str, str]:
    return cognito._attr_list_to_dict(user.get("Attributes", []))


def is_offered(pool: dict[str, Any], factor: str) -> bool:
    """Whether users of the pool can set the factor up."""
    if factor == TOTP:
        return bool((pool.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"))
    return bool(pool.get(MESSAGES[factor].setting))


def is_set_up(user: dict[str, Any], factor: str) -> bool:
    if factor == TOTP:
        return bool(user.get("_totp_secret"))
    return bool(attributes(user).get(MESSAGES[factor].attribute))


def challenge(pool: dict[str, Any], pool_id: str, client_id: str, user: dict[str, Any]) -> dict[str, Any] | None:
    """The challenge after the password, if there is one: the preferred factor, the only factor, or a choice."""
    demand = pool.get("MfaConfiguration", "OFF")
    if demand == "OFF":
        return None
    active = [factor for factor in user.get("_mfa_enabled", []) if is_set_up(user, factor)]
    # If MFA is required, an address or a number is enough to get a code: https://github.com/aws-amplify/amplify-js/issues/11258
    if demand == "ON" and not active:
        active = [factor for factor in MESSAGES if is_offered(pool, factor) and is_set_up(user, factor)]
    preferred: str = user.get("_preferred_mfa") or ""
    if preferred in active or len(active) == 1:
        return ask(preferred if preferred in active else active[0], pool, pool_id, client_id, user)
    if active:
        parameters = {"MFAS_CAN_CHOOSE": json.dumps(active)}
        return step("SELECT_MFA_TYPE", pool_id, client_id, user, parameters, choices=active)
    if demand == "ON":
        can = [factor for factor in (TOTP,) if is_offered(pool, factor)]
        return step("MFA_SETUP", pool_id, client_id, user, {"MFAS_CAN_SETUP": json.dumps(can)})
    return None


def step(
    name: str, pool_id: str, client_id: str, user: dict[str, Any], parameters: dict[str, Any], **known: object
) -> dict[str, Any]:
    """The response with a challenge. It contains the user's own user name and not an alias, because clients send
    `USER_ID_FOR_SRP` back as the user name:
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html"""
    session = begin(pool_id, client_id, user["Username"], name, **known)
    parameters = {"USER_ID_FOR_SRP": user["Username"], **parameters}
    return {"ChallengeName": name, "Session": session, "ChallengeParameters": parameters}


def ask(factor: str, pool: dict[str, Any], pool_id: str, client_id: str, user: dict[str, Any]) -> dict[str, Any]:
    if factor == TOTP:
        name = {"FRIENDLY_DEVICE_NAME": user["_totp_device"]} if user.get("_totp_device") else {}
        return step(TOTP, pool_id, client_id, user, name)
    message, code = MESSAGES[factor], f"{secrets.randbelow(10**6):06}"
    address = attributes(user)[message.attribute]
    send(pool, user, message, address, code)
    parameters = {"CODE_DELIVERY_DELIVERY_MEDIUM": message.medium, "CODE_DELIVERY_DESTINATION": values.masked(address)}
    return step(factor, pool_id, client_id, user, parameters, code=code)


def send(pool: dict[str, Any], user: dict[str, Any], message: Message, address: str, code: str) -> None:
    texts = pool.get(message.setting) or {}
    text = texts.get("Message") or texts.get("SmsAuthenticationMessage") or "Your authentication code is {####}"
    text = cognito._expand_template(text, user["Username"], code)
    if message.medium == "EMAIL":
        subject = texts.get("Subject") or "Your authentication code"
        cognito._deliver_cognito_email(pool, address, subject, text, type_name="CognitoEmailMfaMessage")
    else:
        sent = {"PhoneNumber": address, "MessageId": new_uuid(), "Message": text}
        sns._sms_log_for(address).append(sent)


def answer_code(
    original: Callable[..., Any],
    data: dict[str, Any],
    session: dict[str, Any],
    pool: dict[str, Any],
    user: dict[str, Any],
) -> Answer:
    """Answers the challenges SOFTWARE_TOKEN_MFA, SMS_MFA and EMAIL_OTP."""
    responses = data["ChallengeResponses"]
    if data["ChallengeName"] == TOTP:
        return answer_totp(original, data, user, responses.get("SOFTWARE_TOKEN_MFA_CODE"))
    message = MESSAGES[data["ChallengeName"]]
    if responses.get(message.member) != session["code"]:
        return refused("CodeMismatchException", "Invalid code or auth state for the user.")
    # "After your user completes MFA, Amazon Cognito sets their phone_number_verified or email_verified attribute to
    # true."
    proven = [{"Name": f"{message.attribute}_verified", "Value": "true"}]
    user["Attributes"] = cognito._merge_attributes(user.get("Attributes", []), proven)
    return tokens(data, session, user)


def answer_totp(original: Callable[..., Any], data: dict[str, Any], user: dict[str, Any], code: str | None) -> Answer:
    """A code is valid only once ("Your software token has already been used once."), and verifying the app also uses
    its code. Amplify's tests wait half a minute for this reason:
    https://github.com/aws-amplify/amplify-swift, .../AuthIntegrationTests/MFATests/MFASignInTests.swift"""
    if code in used_codes(user):
        return refused("ExpiredCodeException", "Your software token has already been used once.")
    answer = original(data)
    if answer[0] == 200 and code is not None:
        used_codes(user)[code] = time.time()
    return answer


def used_codes(user: dict[str, Any]) -> dict[str, float]:
    used = user.setdefault("_totp_used", {})
    for code in [code for code, since in used.items() if time.time() - since > CODE_SECONDS]:
        del used[code]
    return used


def answer_choice(data: dict[str, Any], session: dict[str, Any], pool: dict[str, Any], user: dict[str, Any]) -> Answer:
    """Answers the challenge SELECT_MFA_TYPE."""
    factor = data["ChallengeResponses"].get("ANSWER")
    if factor not in session["choices"]:
        return invalid("Invalid MFA type")
    return json_response(ask(factor, pool, session["pool_id"], session["client_id"], user))


def answer_set_up(original: Callable[..., Any], data: dict[str, Any], session: dict[str, Any]) -> Answer:
    """Answers the challenge MFA_SETUP. It needs the session of VerifySoftwareToken, which shows that the user has set
    up a factor."""
    return original(data) if session.get("is_verified") else not_authorized("Invalid session for the user.")


def tokens(data: dict[str, Any], session: dict[str, Any], user: dict[str, Any]) -> Answer:
    metadata = data.get("ClientMetadata", {})
    result = cognito._build_auth_result(session["pool_id"], session["client_id"], user, client_metadata=metadata)
    return json_response({"AuthenticationResult": result})


def app_owner(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None, Answer | None]:
    """The user, pool and session for which an authenticator app is set up, from an access token or from the session of
    MFA_SETUP. If there is a refusal, they are empty."""
    if data.get("AccessToken"):
        user, pool = cognito._user_pool_for_access_token(data["AccessToken"])
        return user or {}, pool or {}, None, None if user else not_authorized("Invalid Access Token")
    session, refusal = find(data.get("Session"), "MFA_SETUP")
    if refusal:
        return {}, {}, None, refusal
    pool = cognito._user_pools.get(session["pool_id"]) or {}
    user = (pool.get("_users") or {}).get(session["username"])
    return user or {}, pool, session, None if user else not_authorized("Invalid session for the user.")


def next_session(data: dict[str, Any], session: dict[str, Any] | None, **known: object) -> dict[str, Any]:
    """The session for the next step. With an access token there is none:
    https://github.com/amazon-archives/amazon-cognito-identity-js/issues/627"""
    if session is None:
        return {}
    session["is_used"] = True
    return {"Session": begin(session["pool_id"], session["client_id"], session["username"], "MFA_SETUP", **known)}


def associate(_original: Callable[..., Any]) -> Callable[..., Any]:
    def associated(data: dict[str, Any]) -> Answer:
        user, pool, session, refusal = app_owner(data)
        if refusal:
            return refusal
        if not is_offered(pool, TOTP):
            text = "Software Token MFA has not been enabled by the userPool."
            return refused("SoftwareTokenMFANotFoundException", text)
        # The previous app stays valid until the new one is verified.
        user["_totp_pending_secret"] = base64.b32encode(secrets.token_bytes(20)).decode()
        return json_response({"SecretCode": user["_totp_pending_secret"], **next_session(data, session)})

    return associated


def verify(_original: Callable[..., Any]) -> Callable[..., Any]:
    def verified(data: dict[str, Any]) -> Answer:
        user, _, session, refusal = app_owner(data)
        if refusal:
            return refusal
        secret = user.get("_totp_pending_secret") or user.get("_totp_secret")
        code = data.get("UserCode", "")
        if not secret or not cognito._totp_matches(secret, code):
            return refused("EnableSoftwareTokenMFAException", "Code mismatch")
        user["_totp_secret"], user["_totp_device"] = secret, data.get("FriendlyDeviceName")
        user.pop("_totp_pending_secret", None)
        used_codes(user)[code] = time.time()
        # Without MFA_SETUP only SetUserMFAPreference enables the factor: "Next, you can enable TOTP MFA for your user
        # or set TOTP as the preferred MFA method."
        if session is not None:
            user["_mfa_enabled"] = [*(other for other in user.get("_mfa_enabled", []) if other != TOTP), TOTP]
            user["_preferred_mfa"] = TOTP
        return json_response({"Status": "SUCCESS", **next_session(data, session, is_verified=True)})

    return verified


def prefer(original: Callable[..., Any]) -> Callable[..., Any]:
    """Refuses to enable a factor that is not set up: https://github.com/aws/aws-sdk-js-v3/issues/4645"""

    def preferred(data: dict[str, Any]) -> Answer:
        if "AccessToken" in data:
            user, _ = cognito._user_pool_for_access_token(data["AccessToken"])
        else:
            pool = cognito._user_pools.get(data.get("UserPoolId")) or {"_users": {}}
            user, _ = cognito._resolve_user(pool, data.get("Username"))
        for factor, name in PREFERENCES.items():
            settings = data.get(name) or {}
            if user and (settings.get("Enabled") or settings.get("PreferredMfa")) and not is_set_up(user, factor):
                return invalid(f"User does not have delivery config set to turn on {factor}")
        return original(data)

    return preferred


def apply_preference(_original: Callable[..., Any]) -> Callable[..., Any]:
    def apply(user: dict[str, Any], data: dict[str, Any]) -> None:
        enabled = user.setdefault("_mfa_enabled", [])
        for factor, name in PREFERENCES.items():
            settings = data.get(name) or {}
            if "Enabled" in settings:
                enabled[:] = [other for other in enabled if other != factor] + [factor] * bool(settings["Enabled"])
            if settings.get("PreferredMfa") and factor in enabled:
                user["_preferred_mfa"] = factor
            elif settings and user.get("_preferred_mfa") == factor:
                user["_preferred_mfa"] = ""

    return apply


def without_empty_factors(original: Callable[..., Any]) -> Callable[..., Any]:
    """Leaves empty settings out of the response, as AWS does. MiniStack returns "" and []."""

    def got(data: dict[str, Any]) -> Answer:
        answer = original(data)
        if answer[0] != 200:
            return answer
        shown = body(answer)
        for name in ("PreferredMfaSetting", "UserMFASettingList"):
            if not shown.get(name):
                shown.pop(name, None)
        return json_response(shown)

    return got


def take_enabled_mfas(original: Callable[..., Any]) -> Callable[..., Any]:
    """Applies `EnabledMfas` of AWS::Cognito::UserPool. MiniStack applies only SOFTWARE_TOKEN_MFA.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cognito-userpool.html"""

    def taken(pid: str, old_props: dict[str, Any], new_props: dict[str, Any]) -> None:
        original(pid, old_props, new_props)
        enabled = new_props.get("EnabledMfas") or []
        texts = {
            "SMS_MFA": {"SmsAuthenticationMessage": new_props.get("SmsAuthenticationMessage")},
            "EMAIL_OTP": {
                "Message": new_props.get("EmailAuthenticationMessage"),
                "Subject": new_props.get("EmailAuthenticationSubject"),
            },
        }
        for factor, message in MESSAGES.items():
            cognito._user_pools[pid][message.setting] = texts[factor] if factor in enabled else None

    return taken


def install() -> None:
    replace("_associate_software_token", "data", associate)
    replace("_verify_software_token", "data", verify)
    replace("_set_user_mfa_preference", "data", prefer)
    replace("_admin_set_user_mfa_preference", "data", prefer)
    replace("_apply_mfa_preference", "user data", apply_preference)
    replace("_get_user", "data", without_empty_factors)
    replace("_admin_get_user", "data", without_empty_factors)
    replace("_cognito_user_pool_software_token_mfa", "pid old_props new_props", take_enabled_mfas, provisioners)

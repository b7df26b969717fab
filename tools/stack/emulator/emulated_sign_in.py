"""Patches that make the sign-in of MiniStack's Cognito behave like that of Amazon Cognito.

`install` replaces functions of MiniStack 1.5.33, and fails if one of them has changed. Each patch names what AWS does,
with a source; docs/decisions/0017-the-local-sign-in.md lists the remaining differences. Sessions, second factors and
refresh tokens have files of their own. A patch must not accept anything that MiniStack refuses.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import json_response
from ministack.services import cognito

from stack.emulator import emulated_factors, emulated_refresh, emulated_values
from stack.emulator.emulated_sessions import (
    Answer,
    begin,
    body,
    find_for,
    invalid,
    is_of_a_step,
    not_authorized,
    refused,
    replace,
)

PASSWORD_FLOWS = ("USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
# MiniStack itself checks the sessions of these challenges.
CHECKED_BY_MINISTACK = ("PASSWORD_VERIFIER", "CUSTOM_CHALLENGE")
# The first factors of a user with a password. Codes and passkeys as first factors are not emulated.
FIRST_FACTORS = ["PASSWORD_SRP", "PASSWORD"]
LOCKED_AFTER = 5
LONGEST_LOCK_SECONDS = 15 * 60


def with_lockout(user: dict[str, Any] | None, attempt: Callable[[], Answer]) -> Answer:
    """Makes an attempt with a password or a second factor's code, and counts it for the lockout.

    After five failures Cognito locks the user out for 2^(n-5) seconds, up to about 15 minutes. Attempts during that
    time do not count. A success, or 15 minutes without an attempt, resets the count.
    https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html#authentication-flow-lockout-behavior
    """
    if user is None:
        return attempt()
    now = time.time()
    last, failures = user.get("_failed", (0.0, 0))
    failures = failures if now - last < LONGEST_LOCK_SECONDS else 0
    if failures >= LOCKED_AFTER and now - last < min(2 ** (failures - LOCKED_AFTER), LONGEST_LOCK_SECONDS):
        return not_authorized("Password attempts exceeded")
    answer = attempt()
    content = body(answer)
    if content.get("message") == "Incorrect username or password." or content.get("__type") == "CodeMismatchException":
        user["_failed"] = (now, failures + 1)
    elif "AuthenticationResult" in content:
        user.pop("_failed", None)
    return answer


def initiate(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces InitiateAuth and AdminInitiateAuth."""

    def initiated(data: dict[str, Any]) -> Answer:
        pool, pool_id = cognito._pool_for_client(data.get("ClientId"))
        refusal = emulated_refresh.flow_refusal(data)
        if pool is None or refusal:
            return refusal or original(data)
        if data.get("AuthFlow") == "USER_AUTH":
            return choose(pool, pool_id, data)
        if data.get("AuthFlow") not in PASSWORD_FLOWS:
            return original(data)
        user, _ = cognito._resolve_user(pool, (data.get("AuthParameters") or {}).get("USERNAME"))
        return with_lockout(user, lambda: original(data))

    return initiated


def choose(pool: dict[str, Any], pool_id: str, data: dict[str, Any]) -> Answer:
    """USER_AUTH: uses the preferred first factor if the user has it, and otherwise returns a list to choose from.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html (AuthParameters),
    https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html. If the client
    hides whether users exist, an unknown user gets the pool's list:
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    """
    client_id, given = data["ClientId"], data.get("AuthParameters") or {}
    if "ALLOW_USER_AUTH" not in (pool["_clients"][client_id].get("ExplicitAuthFlows") or []):
        return invalid("USER_AUTH flow not enabled for this client")
    if cognito._user_pool_tier(pool) == "LITE":
        return refused("FeatureUnavailableInTierException", "USER_AUTH is not available in the LITE plan")
    username, preferred = given.get("USERNAME"), given.get("PREFERRED_CHALLENGE")
    if not username:
        return invalid("Missing required parameter USERNAME")
    if (preferred == "PASSWORD" and given.get("PASSWORD")) or (preferred == "PASSWORD_SRP" and given.get("SRP_A")):
        return first_factor(pool, pool_id, data, preferred, given)
    user, unknown = cognito._resolve_user(pool, username)
    if unknown and not cognito._hides_user_existence(pool, client_id):
        return unknown
    name = preferred if preferred in FIRST_FACTORS else "SELECT_CHALLENGE"
    session = begin(pool_id, client_id, user["Username"] if user else username, name)
    answer: dict[str, Any] = {"ChallengeName": name, "Session": session, "ChallengeParameters": {}}
    return json_response({**answer, "AvailableChallenges": FIRST_FACTORS})


def first_factor(
    pool: dict[str, Any], pool_id: str, data: dict[str, Any], factor: str, given: dict[str, Any]
) -> Answer:
    """A password or the first step of SRP. USER_AUTH allows both, whatever other flows the client allows: "This
    authentication flow can do username-password and SRP authentication without other ExplicitAuthFlows permitting
    them."
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"""
    client_id = data["ClientId"]
    if factor == "PASSWORD":
        request: dict[str, Any] = {name: data[name] for name in ("ClientId", "ClientMetadata") if name in data}
        return cognito._initiate_auth({**request, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given})
    client = {**pool["_clients"][client_id], "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}
    seen = {**pool, "_clients": {**pool["_clients"], client_id: client}}
    return cognito._initiate_user_srp_auth(seen, pool_id, client_id, given)


def after_password(_original: Callable[..., Any]) -> Callable[..., Any]:
    """The response to a correct password: the challenge to set a new one, a second factor, or tokens."""

    def result(
        pool: dict[str, Any],
        pid: str,
        cid: str,
        user: dict[str, Any],
        username: str,
        client_metadata: Any = None,
        data: dict[str, Any] | None = None,
    ) -> Answer:
        if user.get("UserStatus") == "FORCE_CHANGE_PASSWORD":
            cognito._record_auth_event(pool, user, data or {}, "SignIn", "Pass", (("Password", "Success"),), None)
            known = {"requiredAttributes": "[]", "userAttributes": json.dumps(emulated_factors.attributes(user))}
            return json_response(emulated_factors.step("NEW_PASSWORD_REQUIRED", pid, cid, user, known))
        factor = emulated_factors.challenge(pool, pid, cid, user)
        status, session = ("InProgress", factor["Session"]) if factor else ("Pass", None)
        cognito._record_auth_event(pool, user, data or {}, "SignIn", status, (("Password", "Success"),), session)
        if factor:
            return json_response(factor)
        tokens = cognito._build_auth_result(pid, cid, user, client_metadata=client_metadata)
        return json_response({"AuthenticationResult": tokens})

    return result


def respond(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces RespondToAuthChallenge and AdminRespondToAuthChallenge: an answer needs its step's session, which is
    then used."""

    def responded(data: dict[str, Any]) -> Answer:
        pool, pool_id = cognito._pool_for_client(data.get("ClientId"))
        if pool is None:
            return original(data)
        if data.get("ChallengeName") in CHECKED_BY_MINISTACK:
            return checked_by_ministack(original, pool, data)
        session, refusal = find_for(data, pool)
        if refusal:
            return refusal
        answer = step(original, pool, pool_id, session, data)
        # After a wrong code the session stays valid, so that the user can try again.
        session["is_used"] = answer[0] == 200
        return answer

    return responded


def checked_by_ministack(original: Callable[..., Any], pool: dict[str, Any], data: dict[str, Any]) -> Answer:
    if is_of_a_step(data.get("Session")):
        return not_authorized("Invalid session for the user.")
    user, _ = cognito._resolve_user(pool, (data.get("ChallengeResponses") or {}).get("USERNAME"))
    return with_lockout(user, lambda: original(data))


def step(
    original: Callable[..., Any], pool: dict[str, Any], pool_id: str, session: dict[str, Any], data: dict[str, Any]
) -> Answer:
    name, given = data["ChallengeName"], data["ChallengeResponses"]
    if name in ("SELECT_CHALLENGE", *FIRST_FACTORS):
        factor = given.get("ANSWER") if name == "SELECT_CHALLENGE" else name
        needed = {"PASSWORD": "PASSWORD", "PASSWORD_SRP": "SRP_A"}.get(factor)
        if needed is None:
            return invalid("Selected challenge is not available")
        if not given.get(needed):
            return invalid(f"Missing required parameter {needed}")
        return first_factor(pool, pool_id, data, factor, given)
    user = pool["_users"].get(session["username"])
    if user is None:
        return not_authorized("Invalid session for the user.")
    if not user.get("Enabled", True):
        return not_authorized("User is disabled.")
    if name == "NEW_PASSWORD_REQUIRED":
        return new_password(original, pool, pool_id, user, data)
    if name == "SELECT_MFA_TYPE":
        return emulated_factors.answer_choice(data, session, pool, user)
    if name == "MFA_SETUP":
        return emulated_factors.answer_set_up(original, data, session)
    return with_lockout(user, lambda: emulated_factors.answer_code(original, data, session, pool, user))


def new_password(
    original: Callable[..., Any], pool: dict[str, Any], pool_id: str, user: dict[str, Any], data: dict[str, Any]
) -> Answer:
    """Answers NEW_PASSWORD_REQUIRED. The password must meet the policy, the answer may set attributes, and a second
    factor may follow:
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html.
    "You can't modify a required attribute that already has a value": "Cannot modify an already provided email"."""
    given = data["ChallengeResponses"]
    password = given.get("NEW_PASSWORD")
    if not password:
        return invalid("Missing required parameter NEW_PASSWORD")
    weak = cognito._validate_password(pool, password)
    if weak:
        return weak
    policy = (pool.get("Policies") or {}).get("PasswordPolicy") or {}
    # emulated_accounts.py maintains this history.
    passwords = [*user.get("_passwords", []), user.get("_password")]
    if emulated_values.is_used_before(policy, passwords, password):
        return refused("PasswordHistoryPolicyViolationException", "Password has previously been used.")
    prefix = "userAttributes."
    written = {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)}
    for name in pool.get("UsernameAttributes") or []:
        if name in written and name in emulated_factors.attributes(user):
            return not_authorized(f"Cannot modify an already provided {name}")
    answer = original(data)
    if answer[0] != 200:
        return answer
    user["_passwords"] = passwords[-24:]
    new = [{"Name": name, "Value": value} for name, value in written.items()]
    user["Attributes"] = cognito._merge_attributes(user.get("Attributes", []), new)
    factor = emulated_factors.challenge(pool, pool_id, data["ClientId"], user)
    return json_response(factor) if factor else answer


def dispatch(original: Callable[..., Any]) -> Callable[..., Any]:
    """Answers an unknown operation with UnknownOperationException, as AWS does:
    https://github.com/boto/boto3/issues/1542, https://github.com/hashicorp/terraform-provider-aws/pull/27258"""

    async def dispatched(action: str, data: dict[str, Any]) -> Answer:
        answer = await original(action, data)
        if answer[0] == 400 and body(answer).get("__type") == "InvalidAction":
            return refused("UnknownOperationException", "")
        return answer

    return dispatched


def install() -> None:
    password_result = "pool pid cid user username client_metadata data"
    replace("_password_auth_result", password_result, after_password)
    replace("_initiate_auth", "data", initiate)
    replace("_admin_initiate_auth", "data", initiate)
    replace("_respond_to_auth_challenge", "data", respond)
    replace("_admin_respond_to_auth_challenge", "data", respond)
    replace("_dispatch_idp", "action data", dispatch)
    # The patches call these functions but do not replace them.
    for name in ("_initiate_user_srp_auth", "_hides_user_existence", "_user_pool_tier", "_challenge_sessions"):
        assert hasattr(cognito, name), f"MiniStack has no {name}: check the patches that call it"
    emulated_factors.install()
    emulated_refresh.install()

"""Patches that make the refresh tokens of MiniStack's Cognito behave like those of Amazon Cognito.

MiniStack 1.5.33 has no refresh token rotation, its refresh tokens never expire, a refresh does not check the client
secret, and refreshed tokens have a new `auth_time`, as if the user had just signed in.

{REFRESH_GUIDE} below is
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
and {API} is https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference
"""

import time
import uuid
from collections.abc import Callable
from typing import Any

from ministack.core.responses import json_response
from ministack.services import cognito
from ministack.services.cloudformation import provisioners

from stack.emulator.emulated_sessions import Answer, body, invalid, not_authorized, refused, replace

REFRESH_FLOWS = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
ROTATION = "RefreshTokenRotation"


class Family:
    """The ids of all refresh tokens of one sign-in.

    Others have measured a pool with a grace period of 60 seconds. Cognito refuses a replay after the grace period, and
    the newest token still works. A replay within the period succeeds, and after it only the newest child works.
    Revoking the newest or the first token ends all tokens; revoking another one ends none. The source is in
    docs/decisions/0017-the-local-sign-in.md."""

    def __init__(self, first: str):
        self.first = self.newest = first
        self.graces: dict[str, float] = {}

    def takes(self, token_id: str) -> bool:
        return token_id == self.newest or time.time() < self.graces.get(token_id, 0)

    def rotate(self, used: str, new: str, grace: float) -> None:
        self.graces.setdefault(used, time.time() + grace)
        self.newest = new


# The keys are `origin_jti`, which all tokens of a sign-in share.
FAMILIES: dict[str, Family] = {}
SIGNED_IN_AT: dict[str, int] = {}


def client_of(client_id: str | None) -> dict[str, Any]:
    pool, _ = cognito._pool_for_client(client_id)
    return pool["_clients"][client_id] if pool else {}


def rotation(client: dict[str, Any]) -> dict[str, Any]:
    """The client's rotation settings; empty if rotation is off."""
    settings = client.get(ROTATION) or {}
    return settings if settings.get("Feature") == "ENABLED" else {}


def refresh_user(original: Callable[..., Any]) -> Callable[..., Any]:
    def user_of(
        pool: dict[str, Any], pid: str, cid: str, refresh_token: str
    ) -> tuple[dict[str, Any] | None, Answer | None]:
        user, refusal = original(pool, pid, cid, refresh_token)
        if refusal:
            return user, refusal
        claims = cognito._token_claims(refresh_token)
        if time.time() >= claims["exp"]:
            # "The refresh token expires", {REFRESH_GUIDE}
            return None, not_authorized("Refresh Token has expired")
        family = FAMILIES.get(claims["origin_jti"])
        if family and not family.takes(claims["jti"]):
            # {API}/API_GetTokensFromRefreshToken.html
            return None, refused("RefreshTokenReuseException", "Refresh token reuse detected")
        return user, None

    return user_of


def get_tokens(original: Callable[..., Any]) -> Callable[..., Any]:
    def got(data: dict[str, Any]) -> Answer:
        client = client_of(data.get("ClientId"))
        if client.get("ClientSecret") and data.get("ClientSecret") != client["ClientSecret"]:
            # "The client secret of the requested app client, if the client has a secret."
            what = "Invalid client secret" if data.get("ClientSecret") else (
                f"Client {data['ClientId']} is configured for secret but secret was not received"
            )
            return not_authorized(what)
        answer = original(data)
        if answer[0] != 200 or not rotation(client):
            return answer
        result = body(answer)
        result["AuthenticationResult"]["RefreshToken"] = rotated(data["RefreshToken"], rotation(client))
        return json_response(result)

    return got


def rotated(token: str, settings: dict[str, Any]) -> str:
    """Makes the next refresh token, which is "valid for the remaining duration of the original refresh token",
    {REFRESH_GUIDE}"""
    claims = cognito._token_claims(token)
    new = {**claims, "jti": str(uuid.uuid4()), "iat": int(time.time())}
    family = FAMILIES.setdefault(claims["origin_jti"], Family(claims["jti"]))
    family.rotate(claims["jti"], new["jti"], settings.get("RetryGracePeriodSeconds", 0))
    return cognito._signed_jwt(new, new["iss"].rsplit("/", 1)[-1], "access")


def revoke(original: Callable[..., Any]) -> Callable[..., Any]:
    def revoked(data: dict[str, Any]) -> Answer:
        claims = cognito._token_claims(data.get("Token", ""))
        if claims.get("token_use") in ("access", "id"):
            # {API}/API_RevokeToken.html
            return refused("UnsupportedTokenTypeException", "Only a refresh token can be revoked")
        family = FAMILIES.get(claims.get("origin_jti", ""))
        if family and claims["jti"] not in (family.first, family.newest):
            return json_response({})
        return original(data)

    return revoked


def flow_refusal(data: dict[str, Any]) -> Answer | None:
    """Refuses REFRESH_TOKEN_AUTH if rotation is on or the client does not allow the flow: "Refresh token rotation isn't
    compatible with the authentication flow REFRESH_TOKEN_AUTH", {REFRESH_GUIDE}"""
    client = client_of(data.get("ClientId"))
    allowed = client.get("ExplicitAuthFlows") or ["ALLOW_REFRESH_TOKEN_AUTH"]
    is_allowed = "ALLOW_REFRESH_TOKEN_AUTH" in allowed or not any(flow.startswith("ALLOW_") for flow in allowed)
    if data.get("AuthFlow") in REFRESH_FLOWS and (rotation(client) or not is_allowed):
        return invalid("Auth flow not enabled for this client")
    return None


def keep_auth_time(original: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps the time of the sign-in as `auth_time` in refreshed tokens:
    https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse. In 2025 Cognito had a wrong value with
    rotation, and AWS announced a fix: https://github.com/authts/oidc-client-ts/issues/2107"""

    def applied(**named: Any) -> dict[str, Any]:
        claims = named["claims"]
        claims["auth_time"] = SIGNED_IN_AT.setdefault(claims["origin_jti"], claims["auth_time"])
        return original(**named)

    return applied


def with_rotation(original: Callable[..., Any]) -> Callable[..., Any]:
    """Makes CreateUserPoolClient and UpdateUserPoolClient store RefreshTokenRotation, which MiniStack ignores."""

    def stored(data: dict[str, Any]) -> Answer:
        answer = original(data)
        if answer[0] != 200 or ROTATION not in data:
            return answer
        shown = body(answer)
        client = client_of(shown["UserPoolClient"]["ClientId"])
        client[ROTATION] = data[ROTATION]
        if data[ROTATION]:
            shown["UserPoolClient"][ROTATION] = data[ROTATION]
        return json_response(shown)

    return stored


def install() -> None:
    replace("_refresh_auth_user", "pool pid cid refresh_token", refresh_user)
    replace("_get_tokens_from_refresh_token", "data", get_tokens)
    replace("_revoke_token", "data", revoke)
    replace("_create_user_pool_client", "data", with_rotation)
    replace("_update_user_pool_client", "data", with_rotation)
    replace(
        "_apply_pretoken_trigger",
        "pool_id claims token_type trigger_source client_id username user_attrs groups client_metadata scope",
        keep_auth_time,
    )
    # The properties of AWS::Cognito::UserPoolClient that MiniStack applies, with the defaults of removed ones.
    properties = provisioners._COGNITO_USER_POOL_CLIENT_UPDATABLE
    assert "RefreshTokenValidity" in properties and ROTATION not in properties, "MiniStack has rotation: check this"
    properties[ROTATION] = None

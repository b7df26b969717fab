"""Makes the sessions of MiniStack's Cognito valid for only one step of one user's sign-in, as on Amazon Cognito.

MiniStack 1.5.33 returns a session with every challenge, but checks it only with SRP and custom challenges. So anybody
who knows a user name could answer the others. This file records which step a session belongs to; it must not know the
right answer to a step. It also has the function that replaces functions of MiniStack for all files about sign-in.

A session "should be passed as it is to the next" call, and is valid for `AuthSessionValidity` minutes:
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html#authentication-flow-session-duration
The texts of the errors are from public issues: https://github.com/reapit/foundations/issues/9684 (used),
https://github.com/aws-amplify/amplify-js/issues/6461 (of another step or unknown),
https://github.com/amazon-archives/amazon-cognito-identity-js/issues/627 (missing),
https://github.com/aws-amplify/amplify-js/issues/11069 (a code for another factor).
"""

import functools
import inspect
import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito

Answer = tuple[int, dict[str, Any], bytes]
# The challenges that are answered with a code. For these, the session of another one of them counts as a wrong code.
CODE_CHALLENGES = ("SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP")


def replace(
    name: str, parameters: str, make: Callable[[Callable[..., Any]], Callable[..., Any]], module: ModuleType = cognito
) -> None:
    """Replaces a function by `make(function)`. Fails if the function does not exist or has other parameters.

    So a changed MiniStack fails at its start and not silently later, and somebody has to check the patch.
    """
    original = getattr(module, name)
    taken = " ".join(inspect.signature(original).parameters)
    assert taken == parameters, f"MiniStack's {name} takes ({taken}) and not ({parameters}): check its patch"
    setattr(module, name, functools.wraps(original)(make(original)))


def refused(code: str, message: str) -> Answer:
    return error_response_json(code, message, 400)


def invalid(message: str) -> Answer:
    return refused("InvalidParameterException", message)


def not_authorized(message: str) -> Answer:
    return refused("NotAuthorizedException", message)


def body(answer: Answer) -> dict[str, Any]:
    return json.loads(answer[2])


def begin(pool_id: str, client_id: str, username: str, challenge: str, **known: Any) -> str:
    """Makes a session for an answer to `challenge`. `known` holds the values that the answer will need."""
    token, session = cognito._create_challenge_session(pool_id, client_id, username)
    session.update(challenge=challenge, **known)
    return token


def find(token: str | None, challenge: str) -> tuple[dict[str, Any], Answer | None]:
    """The session for an answer to `challenge`, or an empty one and the error."""
    if not token:
        return {}, invalid("Missing required parameter Session")
    session = cognito._challenge_sessions.get(token)
    if session is None or "challenge" not in session:
        return {}, not_authorized("Invalid session for the user.")
    if session.get("is_used"):
        return {}, not_authorized("Invalid session for the user, session can only be used once.")
    if time.time() > session["expires_at"]:
        return {}, not_authorized("Invalid session for the user, session is expired.")
    if session["challenge"] != challenge:
        if {session["challenge"], challenge} <= set(CODE_CHALLENGES):
            return {}, refused("CodeMismatchException", "Invalid code or auth state for the user.")
        return {}, not_authorized("Invalid session for the user.")
    return session, None


def find_for(data: dict[str, Any], pool: dict[str, Any]) -> tuple[dict[str, Any], Answer | None]:
    """The session for a response to a challenge. The client and the user must be those of the session."""
    session, refusal = find(data.get("Session"), data.get("ChallengeName", ""))
    if refusal:
        return {}, refusal
    given = (data.get("ChallengeResponses") or {}).get("USERNAME")
    if not given:
        return {}, invalid("Missing required parameter USERNAME")
    user, _ = cognito._resolve_user(pool, given)
    if session["client_id"] != data.get("ClientId") or session["username"] != (user or {}).get("Username", given):
        return {}, not_authorized("Invalid session for the user.")
    return session, None


def is_of_a_step(token: str | None) -> bool:
    """Whether `begin` has made this session."""
    return "challenge" in (cognito._challenge_sessions.get(token or "") or {})

"""Sessions of MiniStack's Cognito as Amazon Cognito has them: one is good for one step of one user's sign-in.

MiniStack 1.5.33 hands a session out with every challenge and looks at it with SRP and custom challenges alone, so that
whoever knows a user name could answer. Which session belongs to which step is kept here; what the answer to a step must
be is not. Here too is how a function of MiniStack's is replaced, for all the files emulated_*.py about sign-in.

A session "should be passed as it is to the next" call, and lives `AuthSessionValidity` minutes:
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html#authentication-flow-session-duration
Its refusals, word by word, in public issues: https://github.com/reapit/foundations/issues/9684 (used),
https://github.com/aws-amplify/amplify-js/issues/6461 (of another step or nobody's),
https://github.com/amazon-archives/amazon-cognito-identity-js/issues/627 (none),
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
# Challenges that a code answers. A code at the wrong one of them is a wrong code.
OF_CODES = ("SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP")


def replace(
    name: str, parameters: str, make: Callable[[Callable[..., Any]], Callable[..., Any]], module: ModuleType = cognito
) -> None:
    """Puts `make(function)` in the function's place, which must be there and take these parameters.

    So another MiniStack fails at its start, and not quietly later: its code has to be read again then.
    """
    original = getattr(module, name)
    taken = " ".join(inspect.signature(original).parameters)
    assert taken == parameters, f"MiniStack's {name} takes ({taken}) and not ({parameters}): read it again"
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
    """A new session for an answer to `challenge`; `known` is what will be needed then."""
    token, session = cognito._create_challenge_session(pool_id, client_id, username)
    session.update(challenge=challenge, **known)
    return token


def find(token: str | None, challenge: str) -> tuple[dict[str, Any], Answer | None]:
    """The session, or an empty one and why it is none for an answer to `challenge`."""
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
        if {session["challenge"], challenge} <= set(OF_CODES):
            return {}, refused("CodeMismatchException", "Invalid code or auth state for the user.")
        return {}, not_authorized("Invalid session for the user.")
    return session, None


def find_for(data: dict[str, Any], pool: dict[str, Any]) -> tuple[dict[str, Any], Answer | None]:
    """The same for an answer, which has to be of the session's client and user."""
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
    """Whether this is a session that `begin` has made."""
    return "challenge" in (cognito._challenge_sessions.get(token or "") or {})

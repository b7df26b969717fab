"""One request to an API from outside, and what its answer says about the gate.

Whose word an answer is shows in the `code` of its body (RFC 9457): template.yaml gives each of API Gateway's own
answers one. It must not decide what is asked.
"""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from stack.build.local_overrides import LOOPBACK

TIMEOUT_SECONDS = 15.0
# A body that is longer is no problem of ours.
MAX_BYTES = 4096


@dataclass(frozen=True)
class Answer:
    """What came back. Status 0: nothing did, for the reason in the body."""

    status: int
    body: str
    # Whether the host's name is not known.
    is_nameless: bool = False

    @property
    def code(self) -> str:
        try:
            found = json.loads(self.body).get("code")
        except (ValueError, AttributeError):
            return ""
        return found if isinstance(found, str) else ""

    def __str__(self) -> str:
        return f"{self.status} {self.code}".rstrip() if self.status else "nothing"


@dataclass(frozen=True)
class Wanted:
    """The answers that are right, and what they are called."""

    words: str
    is_right: Callable[[Answer], bool]


UNAUTHORIZED = Wanted("401", lambda answer: answer.status == 401)
# The gate's own 403. A route that is not there, a web ACL and a missing API key have the same status.
CLOSED = Wanted("403", lambda answer: answer.status == 403 and answer.code == "forbidden")
# The token is one that the route is open to, so that this is about the key.
KEYLESS = Wanted("403", lambda answer: answer.status == 403 and answer.code not in ("forbidden", "unknown_route"))
OK = Wanted("200", lambda answer: answer.status == 200)
# A service may want more than smoke sends (a query, an entry that exists) and say so. It is not the service's fault,
# but not its word either, that a request stopped at the gateway; and what a failure came from is not known.
OF_THE_SERVICE = Wanted(
    "an answer of the service",
    lambda answer: 200 <= answer.status < 500
    and answer.status not in (401, 403, 429)
    and answer.code not in ("request_refused", "unknown_route"),
)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, and would carry the token elsewhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def ask(url: str, method: str, path: str, headers: Mapping[str, str]) -> Answer:
    request = urllib.request.Request(url + path, method=method, headers=dict(headers))
    # A proxy cannot reach this machine's loopback interface.
    proxies = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    try:
        with urllib.request.build_opener(NoRedirect, *proxies).open(request, timeout=TIMEOUT_SECONDS) as answer:
            return Answer(answer.status, answer.read(MAX_BYTES).decode(errors="replace"))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(MAX_BYTES).decode(errors="replace"))
    except OSError as error:
        reason = getattr(error, "reason", error)
        return Answer(0, str(reason), isinstance(reason, socket.gaierror))


def advice(answer: Answer, host: str) -> str:
    """What may lie behind an answer that is not the wanted one."""
    if answer.is_nameless:
        return (
            f"{host} has no address (yet): a DNS record that was just made can take minutes to be seen. Where Route 53"
            " does not have the zone, the record is yours to make, with the stack's output DomainTarget; then run"
            " scripts/smoke."
        )
    if answer.status == 0:
        return f"Check that {host} can be reached from here."
    if answer.code == "unknown_route":
        return "The API has no such route, or its address lacks the stage or the base path."
    if answer.status == 403 and answer.code == "forbidden":
        return (
            "The gate refuses this token. Was the API deployed with other rules? --stage names another configuration."
        )
    if answer.status == 403 and answer.code:
        return (
            "API Gateway refused it before a service: look at the web ACL (WAF) and at the"
            " API key, where there are any."
        )
    if answer.status == 403:
        return (
            "No answer that this API has: a web ACL's own (WAF), or nothing is served at this address. With "
            "api.disableExecuteApiEndpoint only the domain answers."
        )
    if answer.status == 401:
        return "The gate refuses this token: `gatehouse explain` says why."
    if answer.status == 429:
        return "Too many requests for the stage's throttle, or for the plan of the API key."
    if answer.status >= 500:
        return "A function failed, the authorizer or the service: its log says why."
    return ""

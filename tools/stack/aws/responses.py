"""Sends one request to an API from outside, and says what its response means for the gate.

The `code` in a response's body (RFC 9457) shows whether the gate, a service or API Gateway sent it: template.yaml gives
each of API Gateway's own responses a code. This file must not decide which requests are sent.
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
# A longer body is not one of our problem documents.
MAX_BYTES = 4096


@dataclass(frozen=True)
class Response:
    """An HTTP response. Status 0 means that there was none; the body then holds the reason."""

    status: int
    body: str
    # Whether the host name could not be resolved.
    is_unresolved: bool = False

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
class Expected:
    """A condition on a response, and its name in messages."""

    name: str
    is_met: Callable[[Response], bool]


UNAUTHORIZED = Expected("401", lambda response: response.status == 401)
# The gate's own 403. A missing route, a web ACL and a missing API key give the same status.
CLOSED = Expected("403", lambda response: response.status == 403 and response.code == "forbidden")
# The route is open to this token, so a 403 without the gate's code is about the API key.
KEYLESS = Expected(
    "403", lambda response: response.status == 403 and response.code not in ("forbidden", "unknown_route")
)
OK = Expected("200", lambda response: response.status == 200)
# A service may need more than the smoke test sends (a query, an existing entry) and refuse the request: that is still
# the service's response. A request that API Gateway refused never reached the service, and a 5xx can come from either.
OF_THE_SERVICE = Expected(
    "a response of the service",
    lambda response: 200 <= response.status < 500
    and response.status not in (401, 403, 429)
    and response.code not in ("request_refused", "unknown_route"),
)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Returns a redirect as the response: following it would send the token to another host."""

    def redirect_request(self, *_: object) -> None:
        return None


def send(url: str, method: str, path: str, headers: Mapping[str, str]) -> Response:
    request = urllib.request.Request(url + path, method=method, headers=dict(headers))
    # A proxy cannot reach this machine's loopback interface.
    proxies = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    try:
        with urllib.request.build_opener(NoRedirect, *proxies).open(request, timeout=TIMEOUT_SECONDS) as response:
            return Response(response.status, response.read(MAX_BYTES).decode(errors="replace"))
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, error.read(MAX_BYTES).decode(errors="replace"))
    except OSError as error:
        reason = getattr(error, "reason", error)
        return Response(0, str(reason), isinstance(reason, socket.gaierror))


def advice(response: Response, host: str) -> str:
    """What may have caused a response that was not expected."""
    if response.is_unresolved:
        return (
            f"{host} does not resolve to an address (yet). A new DNS record can take minutes to be visible. If the zone"
            " is not in Route 53, create the record yourself with the stack's output DomainTarget, then run"
            " scripts/smoke."
        )
    if response.status == 0:
        return f"Check that this machine can reach {host}."
    if response.code == "unknown_route":
        return "The API has no such route, or the URL lacks the stage or the base path."
    if response.status == 403 and response.code == "forbidden":
        return (
            "The gate refuses this token. Was the API deployed with other rules? --stage names another configuration."
        )
    if response.status == 403 and response.code:
        return (
            "API Gateway refused the request before it reached a service. Check the web ACL (WAF) and the API key,"
            " if the API has them."
        )
    if response.status == 403:
        return (
            "This response is not one of this API's. Either a web ACL (WAF) sent it, or no API is served at this"
            " address. With api.disableExecuteApiEndpoint only the domain answers."
        )
    if response.status == 401:
        return "The gate refuses this token: `gatehouse explain` says why."
    if response.status == 429:
        return "The requests exceed the throttling limit of the stage or of the API key's usage plan."
    if response.status >= 500:
        return "The authorizer or the service failed. Its log says why."
    return ""

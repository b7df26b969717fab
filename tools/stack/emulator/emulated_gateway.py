"""What MiniStack's API Gateway does with a request other than AWS's, put right where it would mislead a developer.

1. A function that fails, or that answers something else than HTTP, is told in MiniStack's words. AWS says nothing of
   it: 502, by the API's own gateway responses.
2. A function's headers pass as they are, where AWS renames some and drops others, WWW-Authenticate above all.
3. A path or method that there is not is the same with an Authorization header as without. AWS takes the header for a
   signature.
4. The event has an id of its own, a forwarding that the caller can make up, the first of several values of a parameter,
   and no host name.
5. A mock integration's body keeps its variables.
6. An authorizer's policy counts whatever action it allows.
7. A body may have any size.
8. A cookie's path is the one that AWS would have, to which a browser never goes here.

How an API is made from its definition is emulated_definition.py's. This file must not know our template. It names inner
parts of MiniStack, so its version is pinned, and `wrap` refuses what is not as it was.
"""

import contextvars
import fnmatch
import inspect
import json
from collections.abc import Callable
from typing import Any

from stack.emulator import emulated_definition
from stack.emulator.emulated_definition import Function, Make

Headers = dict[str, Any]

# The request that is being answered, as MiniStack describes it to gateway responses.
REQUEST: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("request")

# Of Lambda integrations, by the table of
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
RENAMED_IN_ANSWERS = {
    "authorization", "connection", "content-md5", "date", "max-forwards", "server", "user-agent", "www-authenticate",
}
DROPPED_FROM_ANSWERS = {"expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"}
DROPPED_FROM_REQUESTS = {
    "connection", "content-md5", "expect", "max-forwards", "proxy-authenticate", "server", "te", "trailer", "upgrade",
    "www-authenticate",
}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
LARGEST_BODY = 10 * 1024 * 1024
INVOKE = "execute-api:invoke"


def wrap(module: Any, name: str, parameters: str, make: Make) -> None:
    """Puts `make(original)` in the place of a function, which must take what it took when this was written."""
    original = getattr(module, name)
    found = " ".join(inspect.signature(original).parameters)
    assert found == parameters, f"{module.__name__}.{name} takes ({found}) in this MiniStack, not ({parameters})"
    setattr(module, name, make(original))


class FunctionFailed(Exception):
    """A function gave no answer that the gateway could pass on; `status` is what the caller gets."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status


def with_answers_alone(original: Function) -> Function:
    """Of what a function gave back, an object is an answer. It is 500 where Lambda did not call it, 502 where it failed
    or its answer has the wrong form. https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html"""

    def answer(result: dict[str, Any]) -> Any:
        if result.get("throttle"):
            raise FunctionFailed(500)
        if result.get("error") or not isinstance(parsed(result.get("body")), dict):
            raise FunctionFailed(502)
        return original(result)

    return answer


def parsed(body: Any) -> Any:
    """What a function gave back, which MiniStack has as an object or as the text of one."""
    if not isinstance(body, (str, bytes)):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return None


def with_failures_kept_back(gateway: Any) -> Make:
    """What a function's failure looks like from outside: a gateway response, with a status of its own."""

    def make(original: Function) -> Function:
        async def invoke(*arguments: Any, **named: Any) -> Any:
            try:
                response = await original(*arguments, **named)
            except FunctionFailed as failed:
                error = gateway._GatewayError("DEFAULT_5XX", "Internal server error", "InternalServerErrorException")
                error.status = failed.status
                return error
            if isinstance(response, gateway._GatewayError):
                return response
            status, headers, body = response
            return status, as_sent(headers), body

        return invoke

    return make


def as_sent(headers: Headers) -> Headers:
    """A function's headers as the caller sees them."""
    kept = {name: value for name, value in headers.items() if name.lower() not in DROPPED_FROM_ANSWERS}
    front = {name: "x-amzn-Remapped-" if name.lower() in RENAMED_IN_ANSWERS else "" for name in kept}
    return {front[name] + name: value for name, value in kept.items()}


def with_status(original: Function) -> Function:
    """A gateway response whose error brings its status, where the type has none."""

    def respond(error: Any, request: Any) -> tuple[int, Headers, bytes]:
        status, headers, body = original(error, request)
        return getattr(error, "status", status), headers, body

    return respond


def with_one_id(gateway: Any, foreign_authorization_failure: Function) -> Make:
    """One id for a request, in the event, in gateway responses and in the header; and what comes before all routes."""

    def make(original: Function) -> Function:
        async def execute(
            request: dict[str, Any], api_id: Any, stage_name: Any, method: Any, path: Any, headers: Headers,
            body: bytes | None, query_params: Any, owner_account_id: Any, owner_region: Any,
        ) -> Any:
            if len(body or b"") > LARGEST_BODY:
                # No gateway response of the API's own: the page of the table above says that it cannot be customised.
                kind = {"Content-Type": "application/json", "x-amzn-ErrorType": "RequestTooLargeException"}
                return 413, kind, b'{"message":"Request Too Long"}'
            token = REQUEST.set(request)
            try:
                response = await original(
                    request, api_id, stage_name, method, path, headers, body, query_params, owner_account_id,
                    owner_region,
                )
            finally:
                REQUEST.reset(token)
            if isinstance(response, gateway._GatewayError):
                return as_signature(gateway, foreign_authorization_failure, response, headers)
            status, sent, answer = response
            return status, {**sent, "x-amzn-requestid": request["request_id"]}, answer

        return execute

    return make


def as_signature(gateway: Any, foreign_authorization_failure: Function, error: Any, headers: Headers) -> Any:
    """The error, unless there is no such route and a header that AWS then takes for a signature.
    https://github.com/amazon-archives/aws-cognito-angular-quickstart/issues/50 has what it says. Of which type that is,
    AWS does not tell; MiniStack has one for the methods that do ask for signatures, and it is taken here, too."""
    if error.response_type != "MISSING_AUTHENTICATION_TOKEN" or not headers.get("authorization"):
        return error
    refused = foreign_authorization_failure(headers)
    if refused is None:
        return error
    code, message = refused
    response_type, error_type = gateway._AUTHENTICATION_GATEWAY_ERRORS[code]
    return gateway._GatewayError(response_type, message, error_type)


def with_the_gateways_word(client_address: Callable[[], str]) -> Make:
    """The event with what only the gateway can say."""

    def make(original: Function) -> Function:
        def build(*arguments: Any, **named: Any) -> Any:
            event = original(*arguments, **named)
            request, context, address = REQUEST.get(), event["requestContext"], client_address()
            context["requestId"] = request["request_id"]
            context["identity"]["sourceIp"] = address
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html:
            # the same as the Host header.
            context["domainName"] = event["headers"].get("host", "")
            event["headers"] = forwarded(event["headers"], address)
            event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
            # The last of several: the example request of
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
            several = event["multiValueQueryStringParameters"]
            event["queryStringParameters"] = several and {name: values[-1] for name, values in several.items()}
            # Only the events of HTTP APIs have it.
            event.pop("version", None)
            return event

        return build

    return make


def forwarded(headers: Headers, address: str) -> Headers:
    """A caller's headers, after the gateway: it adds whom it has seen to those that the caller claims, and overwrites
    the rest. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    claimed = headers.get("x-forwarded-for")
    gone = DROPPED_FROM_REQUESTS | {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
    return {
        **{name: value for name, value in headers.items() if name.lower() not in gone},
        "X-Forwarded-For": f"{claimed}, {address}" if claimed else address,
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }


def with_variables(render: Function) -> Make:
    """A mock's body with $context put in, which is all that there is to a request that goes nowhere."""

    def make(original: Function) -> Function:
        def mock(integration: Any) -> tuple[int, Headers, bytes]:
            status, headers, body = original(integration)
            request = REQUEST.get()
            context = {
                "apiId": request["api_id"],
                "requestId": request["request_id"],
                "resourcePath": request["resource_path"],
                "stage": request["stage_name"],
            }
            return status, headers, render(body.decode(), "", {}, context).encode()

        return mock

    return make


def with_actions(original: Function) -> Function:
    """An authorizer's policy, of which only what is said of calling the API counts.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html"""

    def evaluate(policy_doc: Any, method_arn: str) -> Any:
        if not isinstance(policy_doc, dict):
            return original(policy_doc, method_arn)
        statements = [part for part in listed(policy_doc.get("Statement")) if isinstance(part, dict)]
        spoken = [part for part in statements if any(is_invoke(action) for action in listed(part.get("Action")))]
        return original({**policy_doc, "Statement": spoken}, method_arn)

    return evaluate


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def is_invoke(action: object) -> bool:
    return isinstance(action, str) and fnmatch.fnmatchcase(INVOKE, action.lower())


def with_cookies_that_come_back(parse_url: Function) -> Make:
    """Where the path has the API's id in front, a cookie's path gets it, too. AWS has the stage first, in both."""

    def make(original: Function) -> Function:
        async def handle(host: str, path: str, *arguments: Any, **named: Any) -> Any:
            response = await original(host, path, *arguments, **named)
            place = parse_url(host, path)
            if response is None or place is None:
                return response
            _, stage, rest = place
            front = path[: len(path) - len(rest)] if path.endswith(rest) else path
            status, headers, body = response
            return status, {name: rerouted(name, value, f"/{stage}", front) for name, value in headers.items()}, body

        return handle

    return make


def rerouted(name: str, value: Any, stage: str, front: str) -> Any:
    if name.lower() != "set-cookie" or front == stage:
        return value
    return [each.replace(f"Path={stage}/", f"Path={front}/") for each in listed(value)]


def install() -> None:
    """Puts all of it in place. Before the server starts, as others take these functions by name."""
    from ministack import app
    from ministack.core import responses, sigv4
    from ministack.services import apigateway_v1 as gateway

    emulated_definition.install(wrap)
    wrap(gateway, "_lambda_proxy_response", "result", with_answers_alone)
    wrap(
        gateway, "_invoke_lambda_proxy_v1",
        "integration api_id stage_name stage resource request_path method headers body query_params path_params"
        " owner_account_id owner_region binary_media_types authorizer_context caller_identity",
        with_failures_kept_back(gateway),
    )
    wrap(gateway, "_gateway_error_response", "error request", with_status)
    wrap(
        gateway, "_execute_in_scope",
        "request api_id stage_name method path headers body query_params owner_account_id owner_region",
        with_one_id(gateway, sigv4.foreign_authorization_failure),
    )
    wrap(
        gateway, "_build_lambda_event_v1",
        "api_id stage_name stage resource request_path method headers body query_params path_params"
        " binary_media_types authorizer_context caller_identity",
        with_the_gateways_word(responses.get_request_client_ip),
    )
    wrap(gateway, "_invoke_mock_v1", "integration", with_variables(gateway._render_request_template_v1))
    wrap(gateway, "_evaluate_policy", "policy_doc method_arn", with_actions)
    wrap(
        app, "_handle_execute_api_request", "host path method headers body query_params raw_path raw_query_string",
        with_cookies_that_come_back(app._parse_execute_api_url),
    )

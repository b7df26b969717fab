"""Patches of MiniStack where its API Gateway handles a request differently from AWS and would mislead a developer.

1. If a function fails or returns no HTTP response, MiniStack's response contains its own error text. AWS answers 502
   with the API's own gateway response and no details.
2. MiniStack passes a function's headers on unchanged. AWS renames some, above all WWW-Authenticate, and drops others.
3. For an unknown path or method MiniStack ignores an Authorization header. AWS treats the header as a signature.
4. MiniStack's event has a request id of its own, X-Forwarded-For as the caller wrote it, the first of several values of
   a query parameter, and no domain name.
5. MiniStack does not replace variables in the body of a mock integration.
6. MiniStack accepts an authorizer's policy with any action.
7. MiniStack accepts a body of any size.
8. MiniStack returns a cookie's path as on AWS, but a browser uses other paths on the local stack.

emulated_definition.py has the patches for API definitions. This file must not know our template. It uses internals of
MiniStack, so MiniStack's version is pinned, and `wrap` fails if an internal function has changed.
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

# The current request, in the form that MiniStack passes to gateway responses.
REQUEST: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("request")

# The headers that API Gateway changes for Lambda integrations, from the table of
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
RENAMED_IN_RESPONSES = {
    "authorization", "connection", "content-md5", "date", "max-forwards", "server", "user-agent", "www-authenticate",
}
DROPPED_FROM_RESPONSES = {"expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"}
DROPPED_FROM_REQUESTS = {
    "connection", "content-md5", "expect", "max-forwards", "proxy-authenticate", "server", "te", "trailer", "upgrade",
    "www-authenticate",
}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
LARGEST_BODY = 10 * 1024 * 1024
INVOKE = "execute-api:invoke"


def wrap(module: Any, name: str, parameters: str, make: Make) -> None:
    """Replaces a function by `make(original)`. Fails if the function's parameters have changed."""
    original = getattr(module, name)
    found = " ".join(inspect.signature(original).parameters)
    assert found == parameters, f"{module.__name__}.{name} takes ({found}) in this MiniStack, not ({parameters})"
    setattr(module, name, make(original))


class FunctionFailed(Exception):
    """A function returned no response that the gateway can pass on. The caller gets `status`."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status


def with_answers_alone(original: Function) -> Function:
    """Accepts only an object as a function's response. The status is 500 if Lambda throttled the call, and 502 if the
    function failed or its response has the wrong form: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html"""

    def answer(result: dict[str, Any]) -> Any:
        if result.get("throttle"):
            raise FunctionFailed(500)
        if result.get("error") or not isinstance(parsed(result.get("body")), dict):
            raise FunctionFailed(502)
        return original(result)

    return answer


def parsed(body: Any) -> Any:
    """The function's response, which MiniStack has as an object or as JSON text."""
    if not isinstance(body, (str, bytes)):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return None


def with_failures_kept_back(gateway: Any) -> Make:
    """Turns a function's failure into a gateway response with the right status and without details."""

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
    """A function's headers as the caller gets them."""
    sent = {name: value for name, value in headers.items() if name.lower() not in DROPPED_FROM_RESPONSES}
    prefix = {name: "x-amzn-Remapped-" if name.lower() in RENAMED_IN_RESPONSES else "" for name in sent}
    return {prefix[name] + name: value for name, value in sent.items()}


def with_status(original: Function) -> Function:
    """Uses the error's own status for a gateway response whose type has no fixed status."""

    def respond(error: Any, request: Any) -> tuple[int, Headers, bytes]:
        status, headers, body = original(error, request)
        return getattr(error, "status", status), headers, body

    return respond


def with_one_id(gateway: Any, foreign_authorization_failure: Function) -> Make:
    """Uses one request id in the event, in gateway responses and in the header, and limits the size of the body."""

    def make(original: Function) -> Function:
        async def execute(
            request: dict[str, Any], api_id: Any, stage_name: Any, method: Any, path: Any, headers: Headers,
            body: bytes | None, query_params: Any, owner_account_id: Any, owner_region: Any,
        ) -> Any:
            if len(body or b"") > LARGEST_BODY:
                # This is not one of the API's gateway responses: by the page of the table above it cannot be
                # customised.
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
    """The error, or the error of a wrong signature if the route does not exist and there is an Authorization header.
    https://github.com/amazon-archives/aws-cognito-angular-quickstart/issues/50 shows AWS's text. AWS does not document
    the type of that gateway response, so this uses MiniStack's type for methods that require a signature."""
    if error.response_type != "MISSING_AUTHENTICATION_TOKEN" or not headers.get("authorization"):
        return error
    refused = foreign_authorization_failure(headers)
    if refused is None:
        return error
    code, message = refused
    response_type, error_type = gateway._AUTHENTICATION_GATEWAY_ERRORS[code]
    return gateway._GatewayError(response_type, message, error_type)


def with_gateway_values(client_address: Callable[[], str]) -> Make:
    """Sets the values in the event that only the gateway knows."""

    def make(original: Function) -> Function:
        def build(*arguments: Any, **named: Any) -> Any:
            event = original(*arguments, **named)
            request, context, address = REQUEST.get(), event["requestContext"], client_address()
            context["requestId"] = request["request_id"]
            context["identity"]["sourceIp"] = address
            # The same as the Host header:
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
            context["domainName"] = event["headers"].get("host", "")
            event["headers"] = forwarded(event["headers"], address)
            event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
            # The last of several values, as in the example request of
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
            several = event["multiValueQueryStringParameters"]
            event["queryStringParameters"] = several and {name: values[-1] for name, values in several.items()}
            # Only events of HTTP APIs have a version.
            event.pop("version", None)
            return event

        return build

    return make


def forwarded(headers: Headers, address: str) -> Headers:
    """A caller's headers as the gateway passes them on. It appends the caller's address to X-Forwarded-For and
    overwrites the other forwarding headers:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    claimed = headers.get("x-forwarded-for")
    gone = DROPPED_FROM_REQUESTS | {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
    return {
        **{name: value for name, value in headers.items() if name.lower() not in gone},
        "X-Forwarded-For": f"{claimed}, {address}" if claimed else address,
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }


def with_variables(render: Function) -> Make:
    """Replaces $context variables in the body of a mock integration. The other variables are not supported."""

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
    """Uses only the statements of an authorizer's policy that are about calling the API:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html"""

    def evaluate(policy_doc: Any, method_arn: str) -> Any:
        if not isinstance(policy_doc, dict):
            return original(policy_doc, method_arn)
        statements = [part for part in listed(policy_doc.get("Statement")) if isinstance(part, dict)]
        relevant = [part for part in statements if any(is_invoke(action) for action in listed(part.get("Action")))]
        return original({**policy_doc, "Statement": relevant}, method_arn)

    return evaluate


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def is_invoke(action: object) -> bool:
    return isinstance(action, str) and fnmatch.fnmatchcase(INVOKE, action.lower())


def with_local_cookie_paths(parse_url: Function) -> Make:
    """Adds the API's id to a cookie's path if the request's path begins with it, so that browsers send the cookie back.
    On AWS both paths begin with the stage."""

    def make(original: Function) -> Function:
        async def handle(host: str, path: str, *arguments: Any, **named: Any) -> Any:
            response = await original(host, path, *arguments, **named)
            place = parse_url(host, path)
            if response is None or place is None:
                return response
            _, stage, rest = place
            prefix = path[: len(path) - len(rest)] if path.endswith(rest) else path
            status, headers, body = response
            return status, {name: rerouted(name, value, f"/{stage}", prefix) for name, value in headers.items()}, body

        return handle

    return make


def rerouted(name: str, value: Any, stage: str, prefix: str) -> Any:
    if name.lower() != "set-cookie" or prefix == stage:
        return value
    return [each.replace(f"Path={stage}/", f"Path={prefix}/") for each in listed(value)]


def install() -> None:
    """Installs the patches. It must run before the server starts, because other modules import these functions then."""
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
        with_gateway_values(responses.get_request_client_ip),
    )
    wrap(gateway, "_invoke_mock_v1", "integration", with_variables(gateway._render_request_template_v1))
    wrap(gateway, "_evaluate_policy", "policy_doc method_arn", with_actions)
    wrap(
        app, "_handle_execute_api_request", "host path method headers body query_params raw_path raw_query_string",
        with_local_cookie_paths(app._parse_execute_api_url),
    )

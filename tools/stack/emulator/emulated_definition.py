"""What MiniStack leaves out when CloudFormation makes an API from its definition, put there as AWS has it.

1. Gateway responses, what mock integrations answer, the types of binary bodies, and methods written as ANY. MiniStack
   has all of them, by API Gateway's own calls, and its handlers of those calls are what is used here. The definition
   that CloudFormation hands over is the true one, with conditions, references and substitutions worked out.
2. Throttles of single methods. They are looked for under the path as a client writes it; in a template its slashes
   are ~1.
3. A changed definition is a new API with another id. AWS changes the one that there is.

This file must not know our template. It names inner parts of MiniStack, so its version is pinned.
"""

import json
from collections.abc import Callable
from typing import Any

# One of MiniStack's, which has no types, and what puts another in its place.
Function = Callable[..., Any]
Make = Callable[[Function], Function]
# A part of an API's definition.
Described = dict[str, Any]

ANY = "x-amazon-apigateway-any-method"
BINARY = "x-amazon-apigateway-binary-media-types"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
INTEGRATION = "x-amazon-apigateway-integration"
# Of an integration: what is written the same in a definition and in a call.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
SAME = (
    "cacheKeyParameters", "connectionType", "contentHandling", "credentials", "httpMethod", "passthroughBehavior",
    "requestParameters", "requestTemplates", "timeoutInMillis", "uri",
)
# The values that a definition may write in small letters.
CAPITALS = ("connectionType", "contentHandling", "passthroughBehavior")


def with_answers(gateway: Any) -> Make:
    """The import of a method, with its integration as it was described and what that answers."""

    def make(original: Function) -> Function:
        def import_operation(
            api_id: str, resource_id: str, http_method: str, operation: Described, scheme_map: Any = None,
            default_security: Any = None,
        ) -> None:
            original(api_id, resource_id, http_method, operation, scheme_map, default_security)
            described = (operation or {}).get(INTEGRATION)
            if not described:
                return
            method = (api_id, resource_id, http_method)
            made(gateway._put_integration(*method, integration(described)))
            for pattern, response in (described.get("responses") or {}).items():
                status, parameters = str(response["statusCode"]), response.get("responseParameters") or {}
                declared = {"responseParameters": dict.fromkeys(parameters, False)}
                made(gateway._put_method_response(*method, status, declared))
                answer = {
                    "selectionPattern": "" if pattern == "default" else pattern,
                    "responseParameters": parameters,
                    "responseTemplates": response.get("responseTemplates") or {},
                    "contentHandling": response.get("contentHandling"),
                }
                made(gateway._put_integration_response(*method, status, answer))

        return import_operation

    return make


def integration(described: Described) -> Described:
    """An integration as PutIntegration takes it."""
    same = {name: described[name] for name in SAME if described.get(name) is not None}
    capitals = {name: same[name].upper() for name in CAPITALS if name in same}
    return {"type": (described.get("type") or "").upper() or None, **same, **capitals}


def made(response: tuple[int, Any, bytes]) -> None:
    """Nothing, or the failure that is the stack's then, as on AWS."""
    status, _, body = response
    if status >= 400:
        raise ValueError(f"the API's definition is refused: {json.loads(body).get('message', body)}")


def with_any(gateway: Any) -> Make:
    """The import of a path, with the method that stands for all others."""

    def make(original: Function) -> Function:
        def import_path_item(
            api_id: str, path: str, path_item: Described, scheme_map: Any = None, default_security: Any = None
        ) -> None:
            original(api_id, path, path_item, scheme_map, default_security)
            if ANY not in path_item:
                return
            [resource_id] = [name for name, found in gateway._resources[api_id].items() if found["path"] == path]
            gateway._import_operation(api_id, resource_id, "ANY", path_item[ANY], scheme_map, default_security)

        return import_path_item

    return make


def with_the_whole_api(gateway: Any) -> Make:
    """The import of a definition, with what belongs to the API and to none of its methods."""

    def make(original: Function) -> Function:
        def import_rest_api(spec: Described, base_data: Any = None) -> str:
            api_id: str = original(spec, base_data)
            for kind, response in (spec.get(GATEWAY_RESPONSES) or {}).items():
                made(gateway._put_gateway_response(api_id, kind, response))
            if spec.get(BINARY):
                gateway._rest_apis[api_id]["binaryMediaTypes"] = list(spec[BINARY])
            return api_id

        return import_rest_api

    return make


def with_written_paths(original: Function) -> Function:
    """Method settings under the paths that they are for; a slash is written ~1, but for the first.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-stage-methodsetting.html
    """

    def method_settings(raw: Any) -> Described:
        return {key if key == "*/*" else written(key): settings for key, settings in original(raw).items()}

    return method_settings


def written(key: str) -> str:
    """`/~1auth~1signin/POST` as `/auth/signin/POST`."""
    path, _, method = key.rpartition("/")
    return f"/{path.replace('~1', '/').replace('~0', '~').lstrip('/')}/{method}"


def in_place(gateway: Any, provisioners: Any, original: Function) -> Function:
    """The update of an API, which stays the one that it is: PutRestApi with `mode=overwrite`.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html"""

    def update(
        physical_id: str, old_props: Described, new_props: Described, stack_name: str, logical_id: str | None = None
    ) -> Any:
        if new_props.get("Body") == old_props.get("Body") or not isinstance(new_props.get("Body"), dict):
            return original(physical_id, old_props, new_props, stack_name, logical_id)
        new_id, _ = provisioners._apigw_rest_api_create(logical_id or physical_id, new_props, stack_name)
        born = gateway._rest_apis[physical_id]["createdDate"]
        gateway._rest_apis[physical_id] = {**gateway._rest_apis[new_id], "id": physical_id, "createdDate": born}
        for store in (gateway._resources, gateway._authorizers_v1, gateway._gateway_responses, gateway._models):
            store[physical_id] = store[new_id]
        gateway._delete_rest_api(new_id)
        return physical_id, provisioners._apigw_rest_api_attrs(physical_id)

    return update


def install(wrap: Callable[[Any, str, str, Make], None]) -> None:
    """Puts all of it in place; `wrap` is emulated_gateway's."""
    from ministack.services import apigateway_v1 as gateway
    from ministack.services.cloudformation import provisioners

    wrap(
        gateway, "_import_operation", "api_id resource_id http_method operation scheme_map default_security",
        with_answers(gateway),
    )
    wrap(gateway, "_import_path_item", "api_id path path_item scheme_map default_security", with_any(gateway))
    wrap(gateway, "_import_rest_api", "spec base_data", with_the_whole_api(gateway))
    wrap(provisioners, "_apigw_method_settings", "raw", with_written_paths)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
    assert handlers["update"] is provisioners._apigw_rest_api_update and handlers["update_with_logical_id"]
    handlers["update"] = in_place(gateway, provisioners, handlers["update"])

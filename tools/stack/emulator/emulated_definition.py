"""Patches of MiniStack for the parts of an API definition that its CloudFormation ignores.

1. MiniStack ignores gateway responses, the responses of mock integrations, binary media types, and ANY methods. It
   supports all of them through API Gateway's own calls, so the patches use its handlers of those calls. They get the
   definition from CloudFormation with conditions, references and substitutions already resolved.
2. MiniStack does not find throttling settings of single methods: it looks them up by the path as a client writes it,
but a template writes a slash in that path as ~1.
3. MiniStack makes a new API with another id when the definition changes. AWS updates the present one.

This file must not know our template. It uses internals of MiniStack, so MiniStack's version is pinned.
"""

import json
from collections.abc import Callable
from typing import Any

# A function of MiniStack, which has no types, and a function that makes its replacement.
Function = Callable[..., Any]
Make = Callable[[Function], Function]
# A part of an API's definition.
Described = dict[str, Any]

ANY = "x-amazon-apigateway-any-method"
BINARY = "x-amazon-apigateway-binary-media-types"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
INTEGRATION = "x-amazon-apigateway-integration"
# The properties of an integration that have the same form in a definition and in a call of PutIntegration.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
SAME = (
    "cacheKeyParameters", "connectionType", "contentHandling", "credentials", "httpMethod", "passthroughBehavior",
    "requestParameters", "requestTemplates", "timeoutInMillis", "uri",
)
# The properties whose values may be in lower case in a definition.
CAPITALS = ("connectionType", "contentHandling", "passthroughBehavior")


def with_answers(gateway: Any) -> Make:
    """Makes the import of a method keep its integration and the integration's responses."""

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
            require_success(gateway._put_integration(*method, integration(described)))
            for pattern, response in (described.get("responses") or {}).items():
                status, parameters = str(response["statusCode"]), response.get("responseParameters") or {}
                declared = {"responseParameters": dict.fromkeys(parameters, False)}
                require_success(gateway._put_method_response(*method, status, declared))
                answer = {
                    "selectionPattern": "" if pattern == "default" else pattern,
                    "responseParameters": parameters,
                    "responseTemplates": response.get("responseTemplates") or {},
                    "contentHandling": response.get("contentHandling"),
                }
                require_success(gateway._put_integration_response(*method, status, answer))

        return import_operation

    return make


def integration(described: Described) -> Described:
    """Converts an integration to the form of PutIntegration."""
    same = {name: described[name] for name in SAME if described.get(name) is not None}
    capitals = {name: same[name].upper() for name in CAPITALS if name in same}
    return {"type": (described.get("type") or "").upper() or None, **same, **capitals}


def require_success(response: tuple[int, Any, bytes]) -> None:
    """Raises an error if the call failed, so that the stack fails, as on AWS."""
    status, _, body = response
    if status >= 400:
        raise ValueError(f"the API definition is invalid: {json.loads(body).get('message', body)}")


def with_any(gateway: Any) -> Make:
    """Makes the import of a path keep its ANY method."""

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
    """Makes the import of a definition keep the settings of the whole API: gateway responses and binary media types."""

    def make(original: Function) -> Function:
        def import_rest_api(spec: Described, base_data: Any = None) -> str:
            api_id: str = original(spec, base_data)
            for kind, response in (spec.get(GATEWAY_RESPONSES) or {}).items():
                require_success(gateway._put_gateway_response(api_id, kind, response))
            if spec.get(BINARY):
                gateway._rest_apis[api_id]["binaryMediaTypes"] = list(spec[BINARY])
            return api_id

        return import_rest_api

    return make


def with_written_paths(original: Function) -> Function:
    """Makes method settings apply to their paths. A template writes every slash but the first as ~1:
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
    """Makes an update keep the API and its id, like PutRestApi with `mode=overwrite`:
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
    """Installs the patches. `wrap` is that of emulated_gateway.py."""
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

"""Starts MiniStack, the emulated AWS, with patches for differences from AWS that break the stack.

This file has three patches:
1. Stack parameters are text. CloudFormation converts them to the type of each property; MiniStack does not. Its Cognito
   then compares a password's length with "12", treats "false" as true, and returns numbers in quotes, which typed
   clients refuse.
2. The SAM transform resolves some parameters itself, for example the time for which API Gateway caches an authorizer's
   result. MiniStack passes it no values, so it always uses the parameters' defaults.
3. The HTTP server does not disable Nagle's algorithm, so every function call waits for a delayed ACK.

Other files have the patches of Cognito (emulated_accounts.py, emulated_sign_in.py), of API Gateway
(emulated_definition.py, emulated_gateway.py) and of CloudWatch Logs (emulated_logs.py).

MiniStack's own environment variables configure it. A patch must only bring responses closer to AWS's; otherwise the
local stack would accept what AWS refuses. The patches use internals of MiniStack, so its version is pinned."""

import socketserver
from collections.abc import Callable
from typing import Any

from stack.emulator import emulated_accounts, emulated_gateway, emulated_logs

NUMBERS = {
    "MinimumLength",
    "PasswordHistorySize",
    "TemporaryPasswordValidityDays",
    "AccessTokenValidity",
    "IdTokenValidity",
    "RefreshTokenValidity",
}
BOOLEANS = {
    "RequireUppercase",
    "RequireLowercase",
    "RequireNumbers",
    "RequireSymbols",
    "GenerateSecret",
}
TRUTH = {"true": True, "false": False}


def typed(value: Any, name: str | None = None) -> Any:
    """Converts the numbers and booleans in the value of the property `name`."""
    if isinstance(value, dict):
        return {key: typed(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    if name in NUMBERS and isinstance(value, str):
        return int(value)
    if name in BOOLEANS and isinstance(value, str):
        return TRUTH[value]
    return value


def with_typed_properties(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a resource handler get its arguments with typed properties."""
    return lambda *arguments, **named: handler(*map(typed, arguments), **named)


def with_values_as_defaults(transform: Callable[..., Any], values_of: Callable[..., Any]) -> Callable[..., Any]:
    """Makes the transform use the given parameter values, by writing them into the defaults that it reads."""

    def transformed(template: dict[str, Any], given: Any = None, previous: Any = None) -> Any:
        values = values_of(template, given, previous)
        parameters = {
            name: {**parameter, "Default": values[name]} if name in values else parameter
            for name, parameter in template.get("Parameters", {}).items()
        }
        return transform({**template, "Parameters": parameters}, given, previous)

    return transformed


def main() -> None:
    from ministack.app import main as serve
    from ministack.services.cloudformation import changesets, engine, handlers, provisioners

    for resource in ("AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"):
        operations = provisioners._RESOURCE_HANDLERS[resource]
        for name in ("create", "update"):
            operations[name] = with_typed_properties(operations[name])

    transform = with_values_as_defaults(engine._apply_transforms, engine._transform_parameters)
    for module in (changesets, handlers):
        # The assertion makes a MiniStack that renamed the function fail here and not silently later.
        assert module._apply_transforms is engine._apply_transforms
        module._apply_transforms = transform

    # Imported here because it imports MiniStack, which only this process has.
    from stack.emulator import emulated_sign_in

    emulated_gateway.install()
    emulated_logs.install()
    emulated_accounts.install()
    emulated_sign_in.install()
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    serve()


if __name__ == "__main__":
    main()

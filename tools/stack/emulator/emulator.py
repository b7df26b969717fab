"""Start MiniStack, the local stand-in for AWS, with three things put right that the stack trips over.

1. Stack parameters are text. CloudFormation turns them into what each property is, MiniStack hands them on as they are:
   its Cognito then compares a password's length with "12", takes "false" for true, and answers numbers in quotes, which
   typed clients refuse.
2. The SAM transform fills some parameters in by itself, among them how long an authorizer's answer is kept. MiniStack
   gives it no values, so that it takes each parameter's default whatever was handed in.
3. The HTTP server leaves Nagle's algorithm on, which makes every function call wait for a delayed ACK.

What Cognito does with accounts, attributes and codes is put right in emulated_people.py, with sign-ins in
emulated_sign_in.py, what API Gateway does with definitions and requests in emulated_definition.py and
emulated_gateway.py, how CloudWatch Logs reads filter patterns in emulated_logs.py.

Settings come from MiniStack's own environment variables. Nothing here may change what an answer means but towards what
AWS answers, or the local stack would pass what AWS refuses. It names inner parts of MiniStack: its version is pinned.
"""

import socketserver
from collections.abc import Callable
from typing import Any

from stack.emulator import emulated_gateway, emulated_logs, emulated_people

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
    """The value with the numbers and booleans in it as such; `name` is the property that it belongs to."""
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
    """A resource handler that gets its property maps, wherever they stand among its arguments, with types."""
    return lambda *arguments, **named: handler(*map(typed, arguments), **named)


def with_values_as_defaults(transform: Callable[..., Any], values_of: Callable[..., Any]) -> Callable[..., Any]:
    """A template transform that finds the given parameter values where it looks: in the defaults."""

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
        # Read first, so that a MiniStack that renamed it fails here and not quietly later.
        assert module._apply_transforms is engine._apply_transforms
        module._apply_transforms = transform

    # It imports MiniStack, which only this process has.
    from stack.emulator import emulated_sign_in

    emulated_gateway.install()
    emulated_logs.install()
    emulated_people.install()
    emulated_sign_in.install()
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    serve()


if __name__ == "__main__":
    main()

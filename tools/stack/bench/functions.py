"""The functions that scripts/bench measures: the gate, the services behind it, and those that they are compared with.

To add a service, add a line to SERVICES.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.bench.peers import Peer

HELLO = "lambda_runtime hello world"
AUTHORIZER = "authorizer"
WITHOUT_FETCH = "authorizer, keys from a file"
NODE = "node + aws-jwt-verify"
PYTHON = "python + PyJWT"

METHOD_ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/GET/whoami"
# An event of API Gateway with a caller.
REQUEST = Path("services/whoami/tests/events/whoami-as-user.json")


@dataclass(frozen=True)
class Service:
    """A service in services/."""

    name: str
    # The requested route. It must not need another service.
    path: str
    # Whether the service has a client of the AWS SDK.
    has_sdk: bool


SERVICES = (
    Service("auth", "/health", has_sdk=True),
    # "none" is not a valid order id, so the service answers without the table.
    Service("orders", "/orders/none", has_sdk=True),
    Service("whoami", "/whoami", has_sdk=False),
)

# The packages of the measured programs.
PACKAGES = (AUTHORIZER, *(service.name for service in SERVICES))


# A function's name, command, the program that the harness copies to the command's path, environment and events.
Started = tuple[str, list[str], Path | None, dict[str, str], Path]


@dataclass(frozen=True)
class Setting:
    """The programs, the sample of tokens and keys, and the folder with which the functions are started."""

    root: Path
    # The programs by name: "hello", and each of PACKAGES.
    programs: dict[str, Path]
    peers: dict[str, Peer]
    sample: dict[str, Any]
    folder: Path


def plan(setting: Setting, rounds: int, invokes: int) -> dict[str, Any]:
    """The input of the harness in bench/."""
    return {
        "rounds": rounds,
        "invokes": invokes,
        "key_set": setting.sample["jwks"],
        "functions": [
            {
                "name": name, "command": command, "unpacked_from": program and str(program), "env": env,
                "events": str(events), "log": str(log(setting, name)),
            }
            for name, command, program, env, events in _functions(setting)
        ],
    }


def log(setting: Setting, name: str) -> Path:
    return setting.folder / "logs" / f"{name.replace(' ', '-').replace(',', '')}.log"


def _functions(setting: Setting) -> list[Started]:
    folder, sample, programs = setting.folder, setting.sample, setting.programs
    (folder / "run").mkdir(exist_ok=True)

    def unpacked(name: str) -> tuple[list[str], Path]:
        return [str(folder / "run" / name)], programs[name]

    tokens = _write_lines(folder / "tokens.jsonl", [token_event(token) for token in sample["tokens"]])
    keys = _write(folder / "keys.json", json.dumps(sample["jwks"]))
    # The same variables as in template.yaml, including those for metrics.
    pool = {
        "USER_POOL_ID": sample["pool"], "USER_POOL_CLIENT_ID": sample["clientId"], "LOG_LEVEL": "info",
        "METRICS_NAMESPACE": "Gatehouse/gatehouse", "TABLE_NAME": "orders",
    }
    own_config = json.loads((setting.root / "config.json").read_text(encoding="utf-8"))
    from_file = {**pool, "CONFIG_FILE": str(_write(folder / "config.json", json.dumps(with_keys(own_config, keys))))}
    by_server = {**pool, "AWS_ENDPOINT_URL": "{key_server}"}
    found: list[Started] = [
        (HELLO, *unpacked("hello"), {}, tokens),
        (AUTHORIZER, *unpacked(AUTHORIZER), by_server, tokens),
        (WITHOUT_FETCH, *unpacked(AUTHORIZER), from_file, tokens),
    ]
    for service in SERVICES:
        request = json.loads((setting.root / REQUEST).read_text(encoding="utf-8"))
        events = _write_lines(folder / f"{service.name}.jsonl", [request_event(request, service.path)])
        found.append((service.name, *unpacked(service.name), pool, events))
    for name, language in ((NODE, "node"), (PYTHON, "python")):
        if language in setting.peers:
            command = setting.peers[language].command("authorizer")
            found.append((name, command, None, {**pool, "KEY_SET": str(keys)}, tokens))
    return found


def token_event(token: str) -> dict[str, Any]:
    return {"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": METHOD_ARN}


def request_event(request: dict[str, Any], path: str) -> dict[str, Any]:
    """The request with another path."""
    context = {**request["requestContext"], "path": path, "resourcePath": path}
    return {**request, "path": path, "resource": path, "requestContext": context}


def with_keys(config: dict[str, Any], keys: Path) -> dict[str, Any]:
    """The configuration with the pool's keys in a file instead of at Cognito."""
    authorizer = config["authorizer"]
    return {**config, "authorizer": {**authorizer, "jwks": {**authorizer["jwks"], "file": str(keys)}}}


def _write(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def _write_lines(file: Path, events: list[dict[str, Any]]) -> Path:
    return _write(file, "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events))

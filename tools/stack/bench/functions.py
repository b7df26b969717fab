"""The functions that scripts/bench starts: the gate, the services behind it, and who they are held against.

A new service is a line in SERVICES.
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
# An event of API Gateway's with a caller in it.
REQUEST = Path("services/whoami/tests/events/whoami-as-user.json")


@dataclass(frozen=True)
class Service:
    """One of services/."""

    name: str
    # The route that is asked for: one that needs no other service.
    path: str
    # Whether it has a client of the AWS SDK.
    has_sdk: bool


SERVICES = (
    Service("auth", "/health", has_sdk=True),
    # That is no id of an order, which is told without the table.
    Service("orders", "/orders/none", has_sdk=True),
    Service("whoami", "/whoami", has_sdk=False),
)

# The packages whose binaries are measured.
PACKAGES = (AUTHORIZER, *(service.name for service in SERVICES))


# A function's name, command, the program that the command is a copy of, environment and events.
Started = tuple[str, list[str], Path | None, dict[str, str], Path]


@dataclass(frozen=True)
class Setting:
    """What the functions are started with."""

    root: Path
    # Programs by name: "hello", and each of PACKAGES.
    programs: dict[str, Path]
    peers: dict[str, Peer]
    sample: dict[str, Any]
    folder: Path


def plan(setting: Setting, rounds: int, invokes: int) -> dict[str, Any]:
    """What the harness in bench/ is to do."""
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
    """Each of them."""
    folder, sample, programs = setting.folder, setting.sample, setting.programs
    (folder / "run").mkdir(exist_ok=True)

    def unpacked(name: str) -> tuple[list[str], Path]:
        return [str(folder / "run" / name)], programs[name]

    tokens = _write_lines(folder / "tokens.jsonl", [token_event(token) for token in sample["tokens"]])
    keys = _write(folder / "keys.json", json.dumps(sample["jwks"]))
    # As template.yaml sets it, metrics and all.
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
    """The same request for another path."""
    context = {**request["requestContext"], "path": path, "resourcePath": path}
    return {**request, "path": path, "resource": path, "requestContext": context}


def with_keys(config: dict[str, Any], keys: Path) -> dict[str, Any]:
    """A configuration whose own pool has its keys in a file."""
    authorizer = config["authorizer"]
    return {**config, "authorizer": {**authorizer, "jwks": {**authorizer["jwks"], "file": str(keys)}}}


def _write(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def _write_lines(file: Path, events: list[dict[str, Any]]) -> Path:
    return _write(file, "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events))

"""What start_api.py and engine.py ask the container engine, and the few things that they have it do.

Runs by itself, with the tools' Python: the engine's client is there and not where the scripts run. It asks the engine
that sam would take, found as sam finds it. Each command prints one JSON document. It must not touch an image or a
container that is not ours.

| command | answer |
|---|---|
| `look IMAGE...` | what engine answers, or why none does; the labels of each image that it has |
| `pull IMAGE PROCESSOR` | null; from its registry |
| `import TAR IMAGE LABEL...` | null; a root folder as an image |
| `reach IMAGE PORT` | the address that NAME has in a container, and whether the port answers there |
| `remove FOLDER` | how many containers with a mount from there were left, and are gone now |
"""

import contextlib
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

import docker
import requests
from samcli.local.docker.exceptions import ContainerEnforcementException, ContainerNotReachableException
from samcli.local.docker.utils import get_docker_platform, get_validated_container_client

# The name that Docker Desktop gives the machine below it. Other engines give it too where `host-gateway` asks for it.
# https://docs.docker.com/reference/cli/docker/container/run/#add-host
NAME = "host.docker.internal"
# A firewall that swallows packets does not answer at all.
REACH_SECONDS = 10
# The address as the container has it, then whether somebody listens there: with nothing but a bash, as in Lambda's
# image.
PROBE = f"""
while read -r address name; do [ "$name" != {NAME} ] || {{ echo "$address"; break; }}; done < /etc/hosts
exec 3<> "/dev/tcp/{NAME}/$0"
"""


def main(argv: list[str]) -> None:
    # What has begun is taken back, too, when we are asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    command, *arguments = argv
    commands: dict[str, Callable[..., object]] = {
        "look": look,
        "pull": pull,
        "import": import_image,
        "reach": reach,
        "remove": remove,
    }
    print(json.dumps(commands[command](*arguments)))


def look(*images: str) -> dict[str, Any]:
    try:
        client = get_validated_container_client()
        version = client.version()
        known = {image: labels(client, image) for image in images}
    except (ContainerNotReachableException, ContainerEnforcementException):
        return {"engine": None, "why": "there is none where sam looks for one.", "images": {}}
    except (docker.errors.DockerException, requests.RequestException) as error:
        return {"engine": None, "why": f"what is there gives no answer that sam could use: {error}", "images": {}}
    name = version.get("Platform", {}).get("Name") or "Docker Engine"
    return {"engine": f"{name} {version.get('Version', '')}".strip(), "why": "", "images": known}


def labels(client: Any, image: str) -> Any:
    """Null when the engine does not have it."""
    try:
        return client.images.get(image).labels
    except docker.errors.ImageNotFound:
        return None


def pull(image: str, processor: str) -> None:
    repository, _, tag = image.partition(":")
    get_validated_container_client().images.pull(repository, tag=tag, platform=get_docker_platform(processor))


def import_image(tar: str, image: str, *given: str) -> None:
    repository, _, tag = image.partition(":")
    client = get_validated_container_client()
    changes = ["WORKDIR /var/task", *(f"LABEL {label}" for label in given)]
    client.api.import_image(tar, repository=repository, tag=tag, changes=changes)
    client.images.get(image)  # fails if it was not taken


def reach(image: str, port: str) -> dict[str, Any]:
    client = get_validated_container_client()
    container = client.containers.create(
        image, entrypoint=["/bin/bash", "-c", PROBE], command=[port], extra_hosts={NAME: "host-gateway"}
    )
    try:
        container.start()
        with contextlib.suppress(requests.RequestException):
            code = container.wait(timeout=REACH_SECONDS)["StatusCode"]
            return {"address": container.logs(stderr=False).decode().strip(), "reached": code == 0}
        return {"address": container.logs(stderr=False).decode().strip(), "reached": False}
    finally:
        container.remove(force=True)


def remove(folder: str) -> int:
    all_there = get_validated_container_client().containers.list(all=True)
    left = [container for container in all_there if is_below(container, folder)]
    for container in left:
        with contextlib.suppress(docker.errors.NotFound):
            container.remove(force=True)
    return len(left)


def is_below(container: Any, folder: str) -> bool:
    """Whether sam made it for a program of this folder."""
    return any(mount.get("Source", "").startswith(folder + "/") for mount in container.attrs.get("Mounts", []))


if __name__ == "__main__":
    main(sys.argv[1:])

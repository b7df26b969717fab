"""The template's parameter Revision: identifies the deployed programs and parameters.

A revision is a stamp and a digest. The same programs and parameters have the same digest, so a repeated deploy changes
nothing. The stamp makes every new revision unique: Lambda publishes no version of a function that has not changed since
the last version, and if a failed deploy has published that version, CloudFormation fails with 409.
"""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

# These parameters do not affect the functions, and can differ from one deploy to the next.
NOT_OF_THE_FUNCTIONS = (
    "GatewayLogRole", "ApiId", "CodeDeploy", "PoolDeletionProtection", "TableDeletionProtection", "Revision",
)
DIGEST_LENGTH = 32


def digest(build: Path, parameters: Mapping[str, str]) -> str:
    """A digest of the programs, the template and the parameters."""
    found = hashlib.sha256()
    for file in sorted([*build.glob("*/bootstrap"), *build.glob("template.yaml")]):
        found.update(f"{file.relative_to(build).as_posix()}\n".encode())
        found.update(file.read_bytes())
    for name, value in sorted(parameters.items()):
        if name not in NOT_OF_THE_FUNCTIONS:
            found.update(f"{name}={value}\n".encode())
    return found.hexdigest()[:DIGEST_LENGTH]


def choose(wanted: str, deployed: str, stamp: str) -> str:
    """The deployed revision if its digest is the wanted one; otherwise a new revision. Old revisions have no stamp. The
    stamp comes first, because SAM names a function's version after the first ten digits."""
    return deployed if deployed[-DIGEST_LENGTH:] == wanted else stamp + wanted


def new_stamp() -> str:
    return secrets.token_hex(4)

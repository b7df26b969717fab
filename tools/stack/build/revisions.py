"""The template's parameter Revision: a word for what is deployed, and the one that a deploy takes.

The same programs and parameters have the same digest, so that deploying again what is deployed changes nothing. The
stamp before it makes a word that no deploy had before: Lambda publishes no version of a function that has not changed
since the last one, and one that a failed deploy left behind would make CloudFormation answer 409.
"""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

# Nothing to any function: set for one deploy and not for the next.
NOT_OF_THE_FUNCTIONS = (
    "GatewayLogRole", "ApiId", "CodeDeploy", "PoolDeletionProtection", "TableDeletionProtection", "Revision",
)
DIGEST_LENGTH = 32


def digest(build: Path, parameters: Mapping[str, str]) -> str:
    """The same for the same programs, template and parameters; another one for anything else."""
    found = hashlib.sha256()
    for file in sorted([*build.glob("*/bootstrap"), *build.glob("template.yaml")]):
        found.update(f"{file.relative_to(build).as_posix()}\n".encode())
        found.update(file.read_bytes())
    for name, value in sorted(parameters.items()):
        if name not in NOT_OF_THE_FUNCTIONS:
            found.update(f"{name}={value}\n".encode())
    return found.hexdigest()[:DIGEST_LENGTH]


def choose(wanted: str, deployed: str, stamp: str) -> str:
    """The deployed revision if its digest is the wanted one; otherwise a new one. Earlier ones had no stamp. It comes
    first, because SAM names a function's version by the first ten digits."""
    return deployed if deployed[-DIGEST_LENGTH:] == wanted else stamp + wanted


def new_stamp() -> str:
    return secrets.token_hex(4)

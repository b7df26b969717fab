"""The stack's tags, from config.json to `sam deploy --tags`.

CloudFormation copies a stack's tags to its resources. sam passes on the tags that it gets; without any it passes an
empty list, which removes the present ones. So a deploy always results in exactly the configured tags."""

import re
from collections.abc import Mapping
from typing import Any

from stack.run.failure import Failure

# The characters that all AWS services accept (https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html).
ALLOWED = re.compile(r"[\w +\-=.:/@]*")


def arguments(config: Mapping[str, Any]) -> list[str]:
    """The arguments for sam; none if there are no tags."""
    tags = config.get("operations", {}).get("tags") or {}
    pairs = [f'"{key}"="{value}"' for key, value in tags.items() if is_valid(key, value)]
    return ["--tags", *pairs] if pairs else []


def is_valid(key: str, value: str) -> bool:
    """Raises a Failure for a tag that AWS or sam does not accept. sam 1.170 splits a text with more than one `=` at its
    spaces, even inside quotes."""
    for text in (key, value):
        if not ALLOWED.fullmatch(text):
            raise Failure(
                f"operations.tags: {text!r} has a character that AWS does not accept in tags.",
                "Use letters, digits, spaces and + - = . _ : / @.", code=2,
            )
    if "=" in key + value and " " in key + value:
        raise Failure(
            f"operations.tags: sam cannot pass {key!r} with both a space and an equals sign in its name or value.",
            "Remove one of them.", code=2,
        )
    return True

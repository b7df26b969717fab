"""The stack's tags, from config.json to `sam deploy --tags`.

CloudFormation puts a stack's tags on what it is made of. sam hands over what it is given and, without tags, an empty
list, which takes away those that are there; so a deploy always leaves exactly the configured ones.
"""

import re
from collections.abc import Mapping
from typing import Any

from stack.run.failure import Failure

# What AWS services have in common (https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html).
ALLOWED = re.compile(r"[\w +\-=.:/@]*")


def arguments(config: Mapping[str, Any]) -> list[str]:
    """The arguments for sam; none when there are no tags."""
    tags = config.get("operations", {}).get("tags") or {}
    pairs = [f'"{key}"="{value}"' for key, value in tags.items() if may_be_told(key, value)]
    return ["--tags", *pairs] if pairs else []


def may_be_told(key: str, value: str) -> bool:
    """sam 1.170 takes a text with more than one `=` apart at its spaces, whatever quotes are around it."""
    for text in (key, value):
        if not ALLOWED.fullmatch(text):
            raise Failure(
                f"operations.tags: {text!r} has a character that AWS does not take in tags.",
                "Letters, digits, spaces and + - = . _ : / @ can be used.", code=2,
            )
    if "=" in key + value and " " in key + value:
        raise Failure(
            f"operations.tags: sam cannot hand over {key!r} with both a space and an equals sign in name or value.",
            "Leave one of them out.", code=2,
        )
    return True

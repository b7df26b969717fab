"""A patch of MiniStack's CloudWatch Logs for JSON filter patterns of subscriptions.

MiniStack reads every pattern as words that a line must contain, so it would never forward a line for our patterns. This
file implements the part of AWS's JSON patterns that the template uses: selectors, quoted texts, `=`, `!=`, `&&`, `||`,
parentheses (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html). MiniStack handles
any other pattern. This file must not know what is logged."""

import json
import re
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r'\s*(?:(\$(?:\.\w+)+)|("(?:[^"\\]|\\.)*")|(&&|\|\||!=|=|\(|\))|$)')


class Unsupported(Exception):
    """The pattern is not one of the supported JSON patterns."""


def install() -> None:
    from ministack.services import cloudwatch_logs

    words = cloudwatch_logs._subscription_pattern_matches

    def matches_any_form(pattern: str, message: str) -> bool:
        try:
            return matches(pattern, message)
        except Unsupported:
            return bool(words(pattern, message))

    cloudwatch_logs._subscription_pattern_matches = matches_any_form


def matches(pattern: str, message: str) -> bool:
    """Whether a line matches the pattern. A line that is not a JSON object matches none."""
    text = pattern.strip()
    if not (text.startswith("{") and text.endswith("}")):
        raise Unsupported(pattern)
    try:
        line = json.loads(message)
    except ValueError:
        line = None
    return Reader(text[1:-1], line if isinstance(line, dict) else {}).whole()


class Reader:
    """Evaluates a pattern for one line, from left to right. && binds more strongly than ||."""

    def __init__(self, text: str, line: dict[str, Any]):
        self.tokens = list(tokens(text))
        self.line = line

    def whole(self) -> bool:
        value = self.either()
        if self.tokens:
            raise Unsupported(self.tokens)
        return value

    def either(self) -> bool:
        value = self.both()
        while self.takes("||"):
            # The right side is always evaluated, so that an unsupported pattern raises an error for every line.
            value = self.both() or value
        return value

    def both(self) -> bool:
        value = self.single()
        while self.takes("&&"):
            value = self.single() and value
        return value

    def single(self) -> bool:
        if self.takes("("):
            value = self.either()
            if not self.takes(")"):
                raise Unsupported(self.tokens)
            return value
        selector, operator, wanted = (self.next() for _ in range(3))
        if not (selector.startswith("$.") and operator in ("=", "!=") and wanted.startswith('"')):
            raise Unsupported((selector, operator, wanted))
        found = self.select(selector)
        # A missing value is neither equal nor different.
        return isinstance(found, str) and (found == json.loads(wanted)) == (operator == "=")

    def select(self, selector: str) -> object:
        found: Any = self.line
        for name in selector.split(".")[1:]:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def takes(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            self.tokens.pop(0)
            return True
        return False

    def next(self) -> str:
        if not self.tokens:
            raise Unsupported("the pattern is incomplete")
        return self.tokens.pop(0)


def tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text.rstrip()):
        found = TOKEN.match(text, place)
        if not found or found.lastindex is None:
            raise Unsupported(text[place:])
        yield found[found.lastindex]
        place = found.end()

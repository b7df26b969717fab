"""What CloudWatch Logs does with the filter pattern of a subscription and MiniStack does not: it reads it as JSON's.

MiniStack takes a pattern for words that must all stand in a line, so that none of ours is ever handed over. The rules
for JSON are AWS's, as far as the template uses them: selectors, texts in quotes, `=`, `!=`, `&&`, `||`, parentheses
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html). Any other pattern is left to
MiniStack. It must not know what is logged.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r'\s*(?:(\$(?:\.\w+)+)|("(?:[^"\\]|\\.)*")|(&&|\|\||!=|=|\(|\))|$)')


class Unknown(Exception):
    """A pattern of another form."""


def install() -> None:
    from ministack.services import cloudwatch_logs

    words = cloudwatch_logs._subscription_pattern_matches

    def matches_any_form(pattern: str, message: str) -> bool:
        try:
            return matches(pattern, message)
        except Unknown:
            return bool(words(pattern, message))

    cloudwatch_logs._subscription_pattern_matches = matches_any_form


def matches(pattern: str, message: str) -> bool:
    """Whether a line is one of the pattern's. A line that is no JSON object is none of any."""
    text = pattern.strip()
    if not (text.startswith("{") and text.endswith("}")):
        raise Unknown(pattern)
    try:
        line = json.loads(message)
    except ValueError:
        line = None
    return Reader(text[1:-1], line if isinstance(line, dict) else {}).whole()


class Reader:
    """Works a pattern out for one line, from left to right; && binds before ||."""

    def __init__(self, text: str, line: dict[str, Any]):
        self.tokens = list(tokens(text))
        self.line = line

    def whole(self) -> bool:
        value = self.either()
        if self.tokens:
            raise Unknown(self.tokens)
        return value

    def either(self) -> bool:
        value = self.both()
        while self.takes("||"):
            # Read in any case: a pattern is right or wrong as a whole.
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
                raise Unknown(self.tokens)
            return value
        selector, operator, wanted = (self.next() for _ in range(3))
        if not (selector.startswith("$.") and operator in ("=", "!=") and wanted.startswith('"')):
            raise Unknown((selector, operator, wanted))
        found = self.select(selector)
        # What is not there is neither equal nor different.
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
            raise Unknown("it ends too early")
        return self.tokens.pop(0)


def tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text.rstrip()):
        found = TOKEN.match(text, place)
        if not found or found.lastindex is None:
            raise Unknown(text[place:])
        yield found[found.lastindex]
        place = found.end()

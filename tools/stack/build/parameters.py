"""The template's parameters as text: parses the lines that gatehouse prints or a person writes, and renders them for
sam.

This file must not know any parameter by its name.
"""

import difflib
import json
import re
from collections.abc import Mapping

from stack.run.failure import Failure

LINE = re.compile(r'^([A-Za-z0-9]+): (".*")$')
# The first alternative is an escaped backslash, which does not begin such an escape.
LONG_ESCAPE = re.compile(r"(\\\\)|\\U([0-9A-Fa-f]{8})")
# sam reads the file as YAML. YAML forbids these characters unescaped, or reads them differently. All others must be
# unescaped: YAML reads JSON's two escapes of a character above U+FFFF as two invalid characters.
ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def parse(text: str, source: str = "gatehouse config parameters") -> dict[str, str]:
    """Parses lines `Name: "value"`. Refuses any other line: a lost parameter would be deployed with its default."""
    parameters = {}
    # Not splitlines(), which also splits at a line separator (U+2028) inside a value.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], start=1):
        found = LINE.match(line.rstrip("\r"))
        try:
            if found is None:
                raise ValueError("no name, or no value")
            parameters[found[1]] = json.loads(as_json(found[2]))
        except (TypeError, ValueError, OverflowError) as error:
            # The message must not contain the line: it may be a secret without quotes.
            raise Failure(f'{source} has a line that is not of the form Name: "value": line {number}.') from error
    return parameters


def declared(template: str) -> list[str]:
    """The names of a template's parameters. The Python that runs the scripts has no YAML library, so this relies on an
    indentation of two spaces, as in our template and in sam's output."""
    section = re.search(r"^Parameters:\n((?:[ #].*\n|\n)*)", template, re.MULTILINE)
    return re.findall(r"^  (\w+):", section[1], re.MULTILINE) if section else []


def require_declared(given: Mapping[str, str], template: str, source: str) -> None:
    """Refuses parameters that the template does not have, because sam would silently ignore them."""
    names = declared(template)
    unknown = [name for name in given if name not in names]
    if not unknown:
        return
    # The comparison ignores case, because people mostly mistype capitals.
    letters = {name.lower(): name for name in names}
    close = {name: difflib.get_close_matches(name.lower(), letters, n=1) for name in unknown}
    meant = [f"Did you mean {letters[found[0]]} instead of {name}?" for name, found in close.items() if found]
    raise Failure(
        f"{source} names {', '.join(unknown)}: the template has no such parameter.",
        "\n".join([*meant, "Correct the name. template.yaml lists all parameters under Parameters."]),
    )


def as_json(text: str) -> str:
    """Turns the YAML of gatehouse into JSON: gatehouse writes characters beyond ASCII as \\U and eight digits."""
    return LONG_ESCAPE.sub(lambda found: found[0] if found[1] else json.dumps(chr(int(found[2], 16)))[1:-1], text)


def render(parameters: Mapping[str, str]) -> str:
    """Renders the parameters as YAML for sam."""
    return "".join(f"{name}: {as_yaml(for_sam(value))}\n" for name, value in parameters.items())


def as_yaml(value: str) -> str:
    """A JSON string in which the characters that YAML accepts are not escaped."""
    return ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def for_sam(value: str) -> str:
    """The text that sam 1.170 turns into `value`. sam removes surrounding quotes, and backslashes before spaces and
    quotes; it does so twice if the parameters come from a file (samcli/cli/types.py)."""
    return value if read_by_sam(read_by_sam(value)) == value else quoted(quoted(value))


def quoted(value: str) -> str:
    return '"' + re.sub(r"""([ "'])""", r"\\\1", value) + '"'


def read_by_sam(value: str) -> str:
    if value and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'")

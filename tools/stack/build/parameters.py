"""The template's parameters as text: how gatehouse prints them and a person writes them, and how sam reads them.

It must not know any parameter by its name.
"""

import difflib
import json
import re
from collections.abc import Mapping

from stack.run.failure import Failure

LINE = re.compile(r'^([A-Za-z0-9]+): (".*")$')
# Or two backslashes, which are one and begin no escape.
LONG_ESCAPE = re.compile(r"(\\\\)|\\U([0-9A-Fa-f]{8})")
# sam reads the file as YAML, in which these may not stand as themselves, or are read as something else. All others
# must: it takes JSON's two escapes of a character beyond U+FFFF for two broken ones.
ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def parse(text: str, source: str = "gatehouse config parameters") -> dict[str, str]:
    """`Name: "value"` lines. Anything else is refused: a parameter that is lost would be deployed as its default."""
    parameters = {}
    # Not splitlines(), which takes a line separator within a value for the end of a line.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], start=1):
        found = LINE.match(line.rstrip("\r"))
        try:
            if found is None:
                raise ValueError("no name, or no value")
            parameters[found[1]] = json.loads(as_json(found[2]))
        except (TypeError, ValueError, OverflowError) as error:
            # Not the line itself: it may be a secret that somebody forgot to put into quotes.
            raise Failure(f'{source} has a line that is not of the form Name: "value": line {number}.') from error
    return parameters


def declared(template: str) -> list[str]:
    """The names of the parameters that a template has, by a reading that needs no YAML library: two blanks before each,
    as in ours and in what sam writes."""
    section = re.search(r"^Parameters:\n((?:[ #].*\n|\n)*)", template, re.MULTILINE)
    return re.findall(r"^  (\w+):", section[1], re.MULTILINE) if section else []


def require_declared(given: Mapping[str, str], template: str, source: str) -> None:
    """Refuses parameters that the template does not have: sam would pass over them without a word."""
    names = declared(template)
    unknown = [name for name in given if name not in names]
    if not unknown:
        return
    # By their letters alone: one of a name's capitals is what people get wrong.
    letters = {name.lower(): name for name in names}
    close = {name: difflib.get_close_matches(name.lower(), letters, n=1) for name in unknown}
    meant = [f"Instead of {name}: {letters[found[0]]}?" for name, found in close.items() if found]
    raise Failure(
        f"{source} names {', '.join(unknown)}: the template has no such parameter.",
        "\n".join([*meant, "Correct the name. All that there are stand in template.yaml, under Parameters."]),
    )


def as_json(text: str) -> str:
    """A text of YAML, in which gatehouse writes every other character than ASCII's as \\U and eight digits."""
    return LONG_ESCAPE.sub(lambda found: found[0] if found[1] else json.dumps(chr(int(found[2], 16)))[1:-1], text)


def render(parameters: Mapping[str, str]) -> str:
    """YAML for sam."""
    return "".join(f"{name}: {as_yaml(for_sam(value))}\n" for name, value in parameters.items())


def as_yaml(value: str) -> str:
    """A JSON string, with the characters that YAML takes as they are."""
    return ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def for_sam(value: str) -> str:
    """What sam 1.170 turns into `value`: it takes quotes off around what it reads, and backslashes before blanks and
    quotes, and does so twice where parameters come from a file (samcli/cli/types.py)."""
    return value if read_by_sam(read_by_sam(value)) == value else quoted(quoted(value))


def quoted(value: str) -> str:
    return '"' + re.sub(r"""([ "'])""", r"\\\1", value) + '"'


def read_by_sam(value: str) -> str:
    if value and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'")

"""A finding about something that a setting needs in the AWS account, and whether it stops a deploy.

A finding stops a deploy if AWS would certainly refuse the change, or if no message could ever be sent with it. Every
other finding is a note. This file makes no calls.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stack.run.failure import Failure

# The chapter with the commands for these findings.
GUIDE = 'docs/operations.md, "Before the first real user"'

@dataclass(frozen=True)
class Finding:
    """A text for a person, and what to do."""

    text: str
    advice: str = ""
    stops: bool = False
    # AWS may refuse these settings. If the stack already runs with them, AWS has accepted them, so there is no note.
    may_be_refused: bool = False

    @property
    def note(self) -> str:
        return f"note  {self.text} {self.advice}".rstrip()


def notes(findings: Iterable[Finding], is_as_before: bool) -> list[str]:
    """The findings to print as notes. If the stack already has these settings (`is_as_before`), the deploy does not
    change them and may fix something else, so nothing stops it."""
    return [finding.note for finding in findings if not (finding.may_be_refused if is_as_before else finding.stops)]


def require_none(findings: Iterable[Finding], is_as_before: bool) -> None:
    """Refuses a deploy that findings stop, with all of them in one message."""
    found = [finding for finding in findings if finding.stops and not is_as_before]
    if found:
        raise Failure(
            "nothing was deployed. " + " ".join(finding.text for finding in found),
            "\n".join(finding.advice for finding in found if finding.advice),
        )


def not_checked(unknown: Mapping[str, str]) -> list[Finding]:
    """A note with each API action that failed, and its error."""
    if not unknown:
        return []
    actions = ", ".join(f"{action} ({reason})" for action, reason in sorted(unknown.items()))
    text = f"Not everything that the pool needs could be checked: {actions}. It is assumed to be right."
    return [Finding(text, "docs/deploy-role.json has the rights for these checks.")]

"""What was found out about something that a setting needs, and what a deploy makes of it.

A finding stops a deploy where AWS would certainly refuse the change, or where nothing would ever be sent by it.
Everything else is a note. Pure: it asks nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stack.run.failure import Failure

# The page that has every command for it.
GUIDE = 'docs/operations.md, "Before the first real user"'

@dataclass(frozen=True)
class Finding:
    """A sentence for a person, and what to do."""

    text: str
    advice: str = ""
    stops: bool = False
    # What AWS may refuse: it has not, where the stack runs with it.
    is_for_new: bool = False

    @property
    def note(self) -> str:
        return f"note  {self.text} {self.advice}".rstrip()


def notes(findings: Iterable[Finding], is_as_before: bool) -> list[str]:
    """What is said of them. Where the stack has these settings already a deploy changes nothing about it, and may be
    the one that mends something else: there nothing stops it."""
    return [finding.note for finding in findings if not (finding.is_for_new if is_as_before else finding.stops)]


def require_none(findings: Iterable[Finding], is_as_before: bool) -> None:
    """Refuses what cannot come to a good end, all of it at once."""
    found = [finding for finding in findings if finding.stops and not is_as_before]
    if found:
        raise Failure(
            "nothing was deployed. " + " ".join(finding.text for finding in found),
            "\n".join(finding.advice for finding in found if finding.advice),
        )


def unasked(unknown: Mapping[str, str]) -> list[Finding]:
    """What could not be asked: each action with the reason."""
    if not unknown:
        return []
    actions = ", ".join(f"{action} ({reason})" for action, reason in sorted(unknown.items()))
    text = f"Not all that the pool needs could be looked at: {actions}. It is taken to be as it should."
    return [Finding(text, "The rights for it are in docs/deploy-role.json.")]

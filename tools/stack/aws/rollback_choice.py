"""Chooses the version that each function goes back to after a bad deploy: one revision for all, as they served
together.

A function keeps all its versions, also those that a failed update published and nobody ever called. A failed update has
published versions for some functions only, so the chosen revision is one that every function has. An update that failed
after its last version cannot be told from one that succeeded. This file must make no calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class History:
    """The newest version that a function's alias points to, and the revision of every version (empty if a version has
    none)."""

    at: int
    versions: Mapping[int, str]

    def newest(self, revision: str) -> int | None:
        """The newest version of this revision that is not newer than the alias's."""
        return max(
            (number for number, word in self.versions.items() if word == revision and number <= self.at), default=None
        )

    def has_earlier(self) -> bool:
        return any(number < self.at for number in self.versions)


@dataclass(frozen=True)
class Choice:
    """A revision, and each function's version of it. A function that was added later is missing."""

    revision: str
    versions: Mapping[str, int]


def choose(histories: Mapping[str, History]) -> Choice | None:
    """The newest revision before the present one that every function has; None if there is none.

    The functions can be at different revisions, if an earlier run moved only some of them. Then the rest follows."""
    old = {name: history for name, history in histories.items() if history.has_earlier()}
    words = {word for history in old.values() for word in history.versions.values() if word}
    common = [choice for word in words if (choice := of_all(old, word))]
    # Every choice names the same functions, and a function's version numbers only grow.
    newest = max(common, key=lambda choice: sorted(choice.versions.items()), default=None)
    return newest or before_revisions(old)


def of_all(histories: Mapping[str, History], revision: str) -> Choice | None:
    newest = {name: history.newest(revision) for name, history in histories.items()}
    versions = {name: version for name, version in newest.items() if version is not None}
    if len(versions) < len(histories) or all(versions[name] == history.at for name, history in histories.items()):
        return None
    return Choice(revision, versions)


def before_revisions(histories: Mapping[str, History]) -> Choice | None:
    """The previous version of each function, for a stack older than the parameter Revision. Nothing says which of its
    versions belong together."""
    before = {
        name: [number for number, word in history.versions.items() if not word and number < history.at]
        for name, history in histories.items()
    }
    if not before or not all(before.values()):
        return None
    return Choice("", {name: max(numbers) for name, numbers in before.items()})

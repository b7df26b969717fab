"""Which version each function goes back to when a deploy was bad: all of them to one revision, as they served together.

A function keeps its versions, those too that a failed update published and nobody ever called. Such an update has
published for some functions and not for others, so what every function has is taken. An update that failed after the
last of its versions looks like one that served. Pure: it must not ask or change anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class History:
    """One function: the newest version that its alias leads to, and every version's revision, empty when it has
    none."""

    at: int
    versions: Mapping[int, str]

    def newest(self, revision: str) -> int | None:
        """Of this revision, up to where the alias is."""
        return max(
            (number for number, word in self.versions.items() if word == revision and number <= self.at), default=None
        )

    def has_earlier(self) -> bool:
        return any(number < self.at for number in self.versions)


@dataclass(frozen=True)
class Choice:
    """The revision, and each function's version of it. What was added after it has none and is not named."""

    revision: str
    versions: Mapping[str, int]


def choose(histories: Mapping[str, History]) -> Choice | None:
    """The newest revision below the present one that every function has; None when there is none.

    Functions can stand at different ones, when an earlier try moved only some: the rest then follows."""
    old = {name: history for name, history in histories.items() if history.has_earlier()}
    words = {word for history in old.values() for word in history.versions.values() if word}
    common = [choice for word in words if (choice := of_all(old, word))]
    # Every one names the same functions, and each function's numbers grow from deploy to deploy.
    newest = max(common, key=lambda choice: sorted(choice.versions.items()), default=None)
    return newest or before_revisions(old)


def of_all(histories: Mapping[str, History], revision: str) -> Choice | None:
    newest = {name: history.newest(revision) for name, history in histories.items()}
    versions = {name: version for name, version in newest.items() if version is not None}
    if len(versions) < len(histories) or all(versions[name] == history.at for name, history in histories.items()):
        return None
    return Choice(revision, versions)


def before_revisions(histories: Mapping[str, History]) -> Choice | None:
    """A stack older than the parameter Revision: nothing tells which of its versions belong together."""
    before = {
        name: [number for number, word in history.versions.items() if not word and number < history.at]
        for name, history in histories.items()
    }
    if not before or not all(before.values()):
        return None
    return Choice("", {name: max(numbers) for name, numbers in before.items()})

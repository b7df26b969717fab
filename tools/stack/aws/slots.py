"""Where a name of config.json goes among the template's ten slots.

A group's name cannot be changed, and a group that leaves the stack stays in the pool: a name that moved to another slot
would be made there while it still exists, and refused. So a name that is deployed keeps its slot, whatever its place in
config.json. Pure: it must not know where the deployed names come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SLOTS = 10
FREE = "-"


@dataclass(frozen=True)
class Slots:
    """Ten entries, and what became of the deployed names that nobody wants any more."""

    names: tuple[str, ...]
    # Still in their slots, so that adding them again needs nothing.
    kept: tuple[str, ...] = ()
    # Out of their slots, because all ten are needed.
    dropped: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ",".join(self.names)


def keep(wanted: Sequence[str], deployed: Sequence[str], remember: bool = True) -> Slots:
    """The wanted names in slots. With `remember`, a deployed name that is not wanted keeps its slot while there is
    room."""
    slots = [name if name in wanted else FREE for name in padded(deployed)]
    unwanted = {place: name for place, name in enumerate(padded(deployed)) if name not in (FREE, *wanted)}
    new = [name for name in wanted if name != FREE and name not in slots]
    # Slots that nobody had first; then those of names that nobody wants, the last of them first.
    held = unwanted if remember else {}
    empty = [place for place, name in enumerate(slots) if name == FREE and place not in held]
    for name, place in zip(new, [*empty, *reversed(held)], strict=False):
        slots[place] = name
    kept, dropped = [], []
    for place, name in unwanted.items():
        if remember and slots[place] == FREE:
            slots[place] = name
            kept.append(name)
        else:
            dropped.append(name)
    return Slots(tuple(slots), tuple(kept), tuple(dropped))


def names(parameter: str) -> list[str]:
    """The entries of a template parameter of slots."""
    return parameter.split(",")


def padded(entries: Sequence[str]) -> list[str]:
    return [*entries[:SLOTS], *[FREE] * (SLOTS - len(entries))]

"""Assigns the names in config.json to the template's ten slots.

Cognito cannot rename a group, and a group that leaves the stack stays in the pool. If a name moved to another slot,
CloudFormation would create the group there while it still exists, and Cognito would refuse it. So a deployed name keeps
its slot, whatever its position in config.json. This file makes no calls and must not know where the deployed names come
from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SLOTS = 10
FREE = "-"


@dataclass(frozen=True)
class Slots:
    """The ten slots, and the deployed names that are no longer wanted."""

    names: tuple[str, ...]
    # These still have their slots, so adding them again changes nothing in AWS.
    kept: tuple[str, ...] = ()
    # These lost their slots to other names.
    dropped: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ",".join(self.names)


def keep(wanted: Sequence[str], deployed: Sequence[str], remember: bool = True) -> Slots:
    """Assigns the wanted names to slots. With `remember`, an unwanted deployed name keeps its slot while there are free
    ones."""
    slots = [name if name in wanted else FREE for name in padded(deployed)]
    unwanted = {place: name for place, name in enumerate(padded(deployed)) if name not in (FREE, *wanted)}
    new = [name for name in wanted if name != FREE and name not in slots]
    # New names first take free slots, then those of unwanted names, the last of these first.
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
    """Splits the value of a template parameter into its slots."""
    return parameter.split(",")


def padded(entries: Sequence[str]) -> list[str]:
    return [*entries[:SLOTS], *[FREE] * (SLOTS - len(entries))]

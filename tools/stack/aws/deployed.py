"""The stack as it is before a deploy: everything that a deploy has to know of the past.

One answer of account.py, given a type. Pure: it must not ask or change anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# After these the parameters that CloudFormation tells are those that run. Which it tells after a rollback is not
# documented, so they are not gone by then.
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
# A stack that runs, though its last change was taken back.
TAKEN_BACK = ("UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE")
# The name and nothing else: sam makes a change set to create the stack in it, as if there were none
# (samcli/lib/deploy/deployer.py, has_stack).
EMPTY = "REVIEW_IN_PROGRESS"
# The first deploy failed and all that it made was taken away again. Such a stack can only be deleted.
NEVER_RAN = "ROLLBACK_COMPLETE"
VERSION = re.compile(r":function:[^:]+:([0-9]+)$")


@dataclass(frozen=True)
class Deployed:
    """One stack."""

    id: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    # Id in the template to type and id in AWS.
    resources: Mapping[str, tuple[str, str]]
    # Each function's version behind the alias `live`; None where there is no alias.
    aliases: Mapping[str, str | None]

    @property
    def api_id(self) -> str:
        return self.resources.get("Api", ("", ""))[1]

    @property
    def revision(self) -> str:
        """The revision that a deploy of the same may use again; empty when none may."""
        return self.parameters.get("Revision", "") if self.status in GOOD and not self.moved else ""

    @property
    def moved(self) -> list[str]:
        """The functions whose alias points elsewhere than the stack knows: somebody moved it, by --back or by hand."""
        found = []
        for name, (kind, physical) in self.resources.items():
            function = re.sub(r"Version[0-9a-f]{10}$", "", name)
            version = VERSION.search(physical)
            alias = self.aliases.get(function)
            if kind == "AWS::Lambda::Version" and version and alias and alias != version[1]:
                found.append(function)
        return sorted(found)


def parse(answer: Mapping[str, Any] | None) -> Deployed | None:
    """From what account.py prints."""
    if answer is None or answer["status"] == EMPTY:
        return None
    resources = {name: (kind, physical) for name, (kind, physical) in answer["resources"].items()}
    return Deployed(
        answer["id"], answer["status"], answer["parameters"], answer["outputs"], resources, answer["aliases"]
    )

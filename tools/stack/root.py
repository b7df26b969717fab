"""Where the repository is, and how one of its Python programs is started.

The only file that knows how deep in the repository the others are.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"


def program(module: str) -> list[str]:
    """What a Python is given to become `module` of this package (`aws.account`): see tools/__main__.py."""
    return [str(TOOLS), module]

"""Chooses the processor of the functions, so that the programs are built for the same one.

Without the parameter Architecture, sam builds for the template's default but deploys with the stack's present value. So
both commands always get it. This file makes no calls: it must not read the stack or the programs.
"""

from stack.run.failure import Failure

# The template's parameter, its values, and its default.
PARAMETER = "Architecture"
ALL = ("arm64", "x86_64")
DEFAULT = "arm64"


def choose(name: str, given: str, built: str, deployed: str) -> str:
    """The requested processor, else the stack's, else the one that the programs were built for. Each is empty if it is
    not known. Refuses programs that were built for another processor."""
    wanted = given or deployed or built or DEFAULT
    if built and wanted != built:
        other = f"{wanted} was requested" if given else f"{name} has {wanted}"
        again = f"Build for {wanted}: scripts/deploy without --from, or with --build FILE --architecture {wanted}."
        move = "" if given else f"\nOr change the stack's processor: --architecture {built}"
        raise Failure(f"the programs were built for {built}, but {other}.", again + move)
    return wanted

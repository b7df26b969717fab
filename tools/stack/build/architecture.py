"""Which processor the functions have, so that the programs are built for that one.

sam builds for the template's default where no Architecture is given, and deploys what the stack had before: so the one
is always given, to both. Pure: it must not look at the stack or the programs.
"""

from stack.run.failure import Failure

# The template's parameter, its values, and its default.
PARAMETER = "Architecture"
ALL = ("arm64", "x86_64")
DEFAULT = "arm64"


def settled(name: str, given: str, built: str, deployed: str) -> str:
    """What was asked for, else what the stack has, else what the programs are for; each empty when it is not known.
    Refuses programs, where there are some already, for another one."""
    wanted = given or deployed or built or DEFAULT
    if built and wanted != built:
        other = f"{wanted} was asked for" if given else f"{name} is {wanted}"
        again = f"Build for it: scripts/deploy without --from, or with --build FILE --architecture {wanted}."
        move = "" if given else f"\nOr move the stack: --architecture {built}"
        raise Failure(f"the programs were built for {built}, and {other}.", again + move)
    return wanted

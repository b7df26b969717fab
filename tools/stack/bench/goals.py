"""What was measured becomes ratios, and the ratios are held to their goals.

Pure. All ratios are of one run. They are taken round by round, and the median of them counts: what else the machine
does for a while falls on both sides of a round, and what it does for a moment is not in the middle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from stack.bench.functions import AUTHORIZER, HELLO, NODE, SERVICES, WITHOUT_FETCH

RAW, CHECK, AWS_JWT_VERIFY = "raw limit", "full check", "aws-jwt-verify"
MB = 1e6
# How far a ratio may fall behind its goal before that is no noise any more.
TOLERANCE = 0.10


@dataclass(frozen=True)
class Results:
    """Everything that one run has measured. What could not be measured is absent."""

    # Microseconds of processor time for one token, by name: one figure a round.
    verification: dict[str, list[float]]
    # By axis, then size: microseconds of processor time for one decision.
    growth: dict[str, dict[int, float]]
    # By function: one a round, as the harness in bench/ prints it.
    processes: dict[str, list[dict[str, float]]]
    # By program, in bytes.
    binaries: dict[str, int]


@dataclass(frozen=True)
class Goal:
    """A figure that must not be above, or below, another."""

    what: str
    measured: float
    limit: float
    is_least: bool
    unit: str = " x"

    def is_met(self, tolerance: float = 0.0) -> bool:
        if self.is_least:
            return self.measured >= self.limit * (1 - tolerance)
        return self.measured <= self.limit * (1 + tolerance)

    def render_limit(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.limit:.2f}{self.unit}"

    def verdict(self) -> str:
        if self.is_met():
            return "met"
        return "missed, within the noise" if self.is_met(TOLERANCE) else "MISSED"


def ratio(ones: Iterable[float], others: Iterable[float]) -> float:
    """The median of the ratios of each round."""
    return median(one / other for one, other in zip(ones, others, strict=True))


def figures(results: Results, function: str, name: str) -> list[float]:
    """What one figure was in each round of a function."""
    return [measured[name] for measured in results.processes[function]]


def process_ratio(results: Results, name: str, function: str, other: str) -> float:
    """One figure of a function to another's."""
    return ratio(figures(results, function, name), figures(results, other, name))


def goals(results: Results) -> list[Goal]:
    """Those whose both sides were measured."""
    return [*_verification(results.verification), *_processes(results), *_against_node(results)]


def _verification(verification: dict[str, list[float]]) -> list[Goal]:
    own = verification[CHECK]
    found = [Goal("full check, share of the raw limit's speed", ratio(verification[RAW], own), 0.90, True)]
    if AWS_JWT_VERIFY in verification:
        peer = verification[AWS_JWT_VERIFY]
        found.append(Goal("full check, times as fast as aws-jwt-verify", ratio(peer, own), 2.0, True))
    return found


def _processes(results: Results) -> list[Goal]:
    def to_hello(what: str, function: str, name: str, limit: float) -> Goal:
        return Goal(what, process_ratio(results, name, function, HELLO), limit, False)

    memory = median(figures(results, AUTHORIZER, "peak_memory")) / MB
    return [
        to_hello("authorizer without the fetch, init to hello world's", WITHOUT_FETCH, "init", 1.4),
        to_hello("authorizer with its keys fetched in init, first invoke to hello world's", AUTHORIZER, "first", 1.5),
        to_hello("authorizer, warm invoke to hello world's", AUTHORIZER, "p50", 1.7),
        *(
            to_hello(f"{service.name} (AWS SDK), init to hello world's", service.name, "init", 1.8)
            for service in SERVICES if service.has_sdk
        ),
        Goal("authorizer, most memory held", memory, 8.0, False, " MB"),
        Goal("authorizer, size of the binary", results.binaries[AUTHORIZER] / MB, 6.5, False, " MB"),
    ]


def _against_node(results: Results) -> list[Goal]:
    if NODE not in results.processes:
        return []

    def times(what: str, name: str, limit: float) -> Goal:
        return Goal(what, process_ratio(results, name, NODE, AUTHORIZER), limit, True)

    return [
        # With the fetch, which Node.js is spared.
        times(f"authorizer, times as fast to start as {NODE}", "init", 25),
        times(f"authorizer, times as fast warm as {NODE}", "p50", 3),
    ]

"""Computes ratios from the measurements, and compares them with their goals.

This file makes no measurements itself. Both sides of a ratio come from the same run and the same round, and the median
of all rounds counts: a longer disturbance of the machine affects both sides of a round, and a short one does not affect
the median.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from stack.bench.functions import AUTHORIZER, HELLO, NODE, SERVICES, WITHOUT_FETCH

RAW, CHECK, AWS_JWT_VERIFY = "raw limit", "full check", "aws-jwt-verify"
MB = 1e6
# A ratio may miss its goal by this share; it counts as noise.
TOLERANCE = 0.10


@dataclass(frozen=True)
class Results:
    """All measurements of one run. A measurement that was not possible is absent."""

    # Microseconds of processor time for one token, by name: one value for each round.
    verification: dict[str, list[float]]
    # Microseconds of processor time for one decision, by axis and size.
    growth: dict[str, dict[int, float]]
    # The output of the harness in bench/, by function: one entry for each round.
    processes: dict[str, list[dict[str, float]]]
    # Size in bytes, by program.
    binaries: dict[str, int]


@dataclass(frozen=True)
class Goal:
    """A figure that must not be above (or, with `is_least`, below) a limit."""

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
    """The median of the rounds' ratios."""
    return median(one / other for one, other in zip(ones, others, strict=True))


def figures(results: Results, function: str, name: str) -> list[float]:
    """The values of one figure of a function, one for each round."""
    return [measured[name] for measured in results.processes[function]]


def process_ratio(results: Results, name: str, function: str, other: str) -> float:
    """The ratio of one figure of two functions."""
    return ratio(figures(results, function, name), figures(results, other, name))


def goals(results: Results) -> list[Goal]:
    """The goals for which both sides were measured."""
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
        # The authorizer's start includes the fetch of the keys; that of Node.js does not.
        times(f"authorizer, times as fast to start as {NODE}", "init", 25),
        times(f"authorizer, times as fast warm as {NODE}", "p50", 3),
    ]

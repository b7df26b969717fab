"""Renders the measurements as Markdown, for the terminal and for docs/performance.md.

scripts/bench replaces the text between the two marks in that document; people write the rest. This file must not
measure anything."""

from statistics import median

from stack.bench.functions import AUTHORIZER, HELLO
from stack.bench.goals import MB, RAW, Results, figures, goals, process_ratio, ratio
from stack.run.failure import Failure

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

Table = list[list[str]]


def render(results: Results, machine: str) -> str:
    """Renders all tables, beginning with that of the goals."""
    parts = [
        machine,
        _aligned(goal_table(results)),
        "One token, processor time in µs.",
        _aligned(verification_table(results.verification)),
        "One process, times in µs but for init. Init is from exec until the function asks for its first event, an"
        " invoke from there until it asks for the next.",
        _aligned(process_table(results)),
        "One decision, processor time in µs, as one thing grows and the others stay small.",
        _aligned(growth_table(results.growth)),
    ]
    return "\n\n".join(parts) + "\n"


def insert(page: str, tables: str) -> str:
    """Replaces the tables in the page."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise Failure(f"docs/performance.md has no {BEGIN} followed by {END}.", "Restore both marks.")
    return f"{head}{begin}\n\n{tables}\n{end}{tail}"


def goal_table(results: Results) -> Table:
    head = ["goal", "measured", "wanted", ""]
    return [
        head,
        *(
            [goal.what, f"{goal.measured:.2f}{goal.unit}", goal.render_limit(), goal.verdict()]
            for goal in goals(results)
        ),
    ]


def verification_table(verification: dict[str, list[float]]) -> Table:
    rows = sorted(verification.items(), key=lambda row: median(row[1]))
    raw = verification[RAW]
    return [
        ["token check", "median", "least", "x raw limit"],
        *([name, f"{median(times):.1f}", f"{min(times):.1f}", f"{ratio(times, raw):.2f}"] for name, times in rows),
    ]


def process_table(results: Results) -> Table:
    rows = [[
        "function", "init ms", "x hello", "first", "x hello", "p50", "x hello", "p99", "CPU", "peak MB", "binary MB",
    ]]
    for function in results.processes:
        def typical(name: str, function: str = function) -> float:
            return median(figures(results, function, name))

        def to_hello(name: str, function: str = function) -> str:
            return f"{process_ratio(results, name, function, HELLO):.2f}"

        size = results.binaries.get(program_of(function))
        rows.append([
            function,
            f"{typical('init') / 1e3:.2f}", to_hello("init"),
            f"{typical('first'):.0f}", to_hello("first"),
            f"{typical('p50'):.0f}", to_hello("p50"), f"{typical('p99'):.0f}", f"{typical('cpu'):.0f}",
            f"{typical('peak_memory') / MB:.1f}", f"{size / MB:.2f}" if size else "",
        ])
    return rows


def program_of(function: str) -> str:
    """The program of a function. The two rows of the authorizer are the same program."""
    return AUTHORIZER if function.startswith(AUTHORIZER) else function


def growth_table(growth: dict[str, dict[int, float]]) -> Table:
    """One row for each axis: the cost at the smallest size, at the largest, and for one more item."""
    rows = [["grows", "from", "µs", "to", "µs", "ns for one more"]]
    for axis, costs in growth.items():
        (least, first), (most, last) = min(costs.items()), max(costs.items())
        each = (last - first) / (most - least) * 1e3
        rows.append([axis, str(least), f"{first:.1f}", str(most), f"{last:.1f}", f"{each:.0f}"])
    return rows


def _aligned(table: Table) -> str:
    """Renders a Markdown table with aligned columns, so that it is also readable as text."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]

    def line(cells: list[str]) -> str:
        first, *others = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        padded = [first, *(cell.strip().rjust(len(cell)) for cell in others)]
        return f"| {' | '.join(padded)} |"

    head, *body = table
    rule = "|" + "|".join("-" * (width + 1) + (":" if index else "-") for index, width in enumerate(widths)) + "|"
    return "\n".join([line(head), rule, *map(line, body)])

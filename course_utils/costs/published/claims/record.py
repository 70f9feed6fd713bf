"""How a statement is put on record; the verdict follows from what is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from course_utils.costs import zoo
from course_utils.costs.network import Network, Row
from course_utils.costs.published.findings import Finding
from course_utils.costs.published.judging import (
    Judgement,
    Number,
    Reading,
    judge,
    judge_equation,
    judge_text,
)


@cache
def net(name: str) -> Network:
    """Return a network of the zoo, built once."""
    network: Network = getattr(zoo, name)()
    return network


def number(
    where: str, topic: str, statement: str, printed: str, *values: Number | Reading
) -> Finding:
    """Record a printed number; the first value is the proper one."""
    readings = [value if isinstance(value, Reading) else Reading(value) for value in values]
    return Finding.of(where, topic, statement, printed, judge(printed, readings))


def equation(where: str, topic: str, statement: str, printed: str, proper: Number) -> Finding:
    """Record a printed sum with its result."""
    return Finding.of(where, topic, statement, printed, judge_equation(printed, proper))


def words(where: str, topic: str, statement: str, printed: str, proper: str) -> Finding:
    """Record a printed shape or word."""
    return Finding.of(where, topic, statement, printed, judge_text(printed, proper))


def holds(
    where: str, topic: str, statement: str, true: bool, computed: str, reason: str = ""
) -> Finding:
    """Record a statement that the computation shows to be true or wrong."""
    judgement = Judgement("true" if true else "wrong", computed, reason)
    return Finding.of(where, topic, statement, "", judgement)


def cases(
    where: str, topic: str, statement: str, tried: Mapping[str, bool], computed: str = ""
) -> Finding:
    """Record a general statement, tried in several cases: all, some or none may bear it out."""
    for_it = [case for case, true in tried.items() if true]
    against = [case for case, true in tried.items() if not true]
    verdict = "wrong" if not for_it else "convention" if against else "true"
    reason = f"so for {', '.join(for_it)}" if for_it else ""
    if against:
        reason = f"{reason}; " * bool(for_it) + f"not for {', '.join(against)}"
    return Finding.of(where, topic, statement, "", Judgement(verdict, computed, reason))


def below(where: str, topic: str, statement: str, printed: str, value: int, bound: int) -> Finding:
    """Record "less than a layer of so many weights": loose if ten times less would do."""
    verdict = "wrong" if value >= bound else "loose" if 10 * value < bound else "true"
    side = next(n for n in range(1, bound) if n * n > value)
    reason = f"{bound / value:.1f} times less; already less than {side} x {side} = {side * side:,}"
    return Finding.of(where, topic, statement, printed, Judgement(verdict, f"{value:,}", reason))


def differs(where: str, topic: str, statement: str, here: str, there: str, place: str) -> Finding:
    """Record a number that is printed differently in two places."""
    verdict = "true" if here == there else "contradiction"
    return Finding.of(where, topic, statement, here, Judgement(verdict, "", f"{place}: {there}"))


def remark(
    where: str, topic: str, statement: str, verdict: str, reason: str, computed: str = ""
) -> Finding:
    """Record what no computation decides; what one can add to it is ``computed``."""
    return Finding.of(where, topic, statement, "", Judgement(verdict, computed, reason))


def rows_of(network: Network, kind: str) -> list[Row]:
    """Return the rows of one kind of layer."""
    return [row for row in network.rows if row.kind == kind]


def total(rows: Iterable[Row], count: Callable[[Row], int | None]) -> int:
    """Add up what some rows count for."""
    return sum(count(row) or 0 for row in rows)


def share(part: float, whole: float) -> str:
    """Write a part of a whole in per cent."""
    return f"{part:,.0f} of {whole:,.0f} = {100 * part / whole:.1f}%"

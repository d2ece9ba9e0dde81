"""A page of a list compared with what it held: what changed, what was removed, what is not sure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from hub.spec import Entry, Window


def page(*ids: str, title: str = "x") -> list[Entry]:
    return [Entry(each, title=title) for each in ids]


def letters(text: str) -> list[Entry]:
    return page(*text)


def seen(text: str) -> Window:
    return Window({}).step(letters(text), set)[0]


@pytest.mark.parametrize(
    ("before", "now", "whole", "missing"),
    [
        ("fedc", "fec", False, "d"),  # left the middle
        ("fedc", "gfed", False, ""),  # pushed out at the end
        ("fedc", "gfec", False, "d"),
        ("fedc", "fed", True, "c"),  # the end of everything
        ("fedc", "fed", False, ""),
        ("fedc", "zyxw", False, ""),  # nothing in common: who knows
        ("fedc", "", True, ""),  # an empty page is no word about the posts
        ("fedc", "cfed", False, ""),  # changed and on top again
    ],
)
def test_what_left_the_middle_was_removed(before: str, now: str, whole: bool, missing: str) -> None:
    _, step = seen(before).step(letters(now), lambda: set(before), whole=whole)
    assert "".join(each.id for each in step.missing) == missing
    assert not any(each.certain for each in step.missing)


def test_a_suspect_is_told_until_the_hub_shows_it_no_longer() -> None:
    window, _ = seen("fedc").step(letters("fec"), lambda: set("fedc"))
    assert [each.id for each in window.again(lambda: set("fedc"))] == ["d"]
    window, step = window.step(letters("fec"), lambda: set("fedc"))
    assert [each.id for each in step.missing] == ["d"]
    back, step = window.step(letters("fedc"), lambda: set("fedc"))
    assert not step.missing
    assert not back.gone
    gone, step = window.step(letters("fec"), lambda: set("fec"))
    assert not step.missing
    assert not gone.gone


def test_only_what_says_something_else_is_handed_over() -> None:
    window = seen("cba")
    _, step = window.step([*letters("dc"), *page("b", title="y"), *letters("a")], set)
    assert [each.id for each in step.entries] == ["d", "b"]
    assert step.skipped == 2
    assert step.joined
    assert not window.step(letters("zyx"), set)[1].joined


def test_many_at_once_are_doubted() -> None:
    before = "zyxwvutsrqpo"
    _, step = seen(before).step(letters("zo"), lambda: set(before))
    assert not step.missing
    assert [each.reason for each in step.warnings] == ["degraded"]


def test_the_hub_is_asked_only_when_it_matters() -> None:
    def never() -> Iterable[str]:
        raise AssertionError("asked for nothing")

    window = seen("cba")
    window.step(letters("dcba"), never)  # type: ignore[arg-type]
    assert window.again(never) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "saved",
    [None, 7, "x", [], {}, {"prints": 7, "gone": {}}, {"prints": [["a"], 7, None, ["a", "b", "c"]]}],
)
def test_a_damaged_one_counts_as_absent(saved: Any) -> None:
    assert Window.load(saved) == Window({})


def test_it_comes_back_as_it_was() -> None:
    window, _ = seen("fedc").step(letters("fec"), lambda: set("fedc"))
    assert Window.load(window.dump()) == window
    assert list(Window.load(window.dump()).prints) == ["f", "e", "c"]

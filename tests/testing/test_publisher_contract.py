"""The publishers' contract: every check counts for a grade, and new ones are seen to fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from hub.errors import AuthError, FetchError
from hub.model import Copy, Notice
from hub.testing import PublisherContract, PublisherHarness
from hub.testing.publishing import PublishingContext, make_notice, make_target
from hub.testing.scripted import Mishap, ScriptedPublisher


def test_every_check_counts_for_a_grade() -> None:
    tests = {name for name in dir(PublisherContract) if name.startswith("test_")}
    assert tests == set(PublisherContract.CHECKS)
    assert set(PublisherContract.CHECKS.values()) == {"bronze", "silver", "gold", "platinum"}
    assert len(tests) >= 20


class Papers(PublisherHarness):
    """Sheets of paper; ``hints`` is what the publisher says of each way to refuse a password."""

    context: PublishingContext
    lacks = frozenset({"upload", "link"})

    def __init__(self, *, wrong: str = "password_wrong", dropped: str = "header_dropped") -> None:
        self.publisher: ScriptedPublisher = ScriptedPublisher()
        self.target = make_target("scripted")
        self.context = PublishingContext()
        self.hints = {"refuses_credentials": wrong, "drops_password": dropped}

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        stack = self.publisher.stacks.get(self.target.id, ())
        return [sheet.text for sheet in stack if sheet.mark == notice.mark and sheet.live]

    @contextmanager
    def broken(self, fault: str) -> Iterator[None]:
        refused = AuthError("auth", "wrong password", permanent=True, hint=self.hints.get(fault, ""))
        lost = FetchError("unreachable", "the answer got lost")
        mishap = Mishap(refused) if fault in self.hints else Mishap(lost, committed=True)
        self.publisher.mishaps[self.target.id] = [mishap]
        yield
        self.publisher.mishaps.clear()

    def keep_file(self, sha256: str, content: bytes) -> None:
        self.context.files[sha256] = content


def test_a_dropped_header_must_be_told_from_a_wrong_password() -> None:
    check = PublisherContract().test_a_password_that_is_dropped_on_the_way_is_named
    check(Papers(), make_notice())
    for blurred in (Papers(dropped=""), Papers(wrong="header_dropped"), Papers(dropped="password_wrong")):
        with pytest.raises(AssertionError):
            check(blurred, make_notice())


def test_what_was_not_looked_at_must_not_be_said() -> None:
    guessing = Papers(wrong="header_dropped")
    guessing.lacks = guessing.lacks | {"name_dropped_header"}
    with pytest.raises(AssertionError, match="nobody looked"):
        PublisherContract().test_a_password_that_is_dropped_on_the_way_is_named(guessing, make_notice())


def test_attachments_that_go_twice_are_seen() -> None:
    check = PublisherContract().test_attachments_go_once_though_an_answer_got_lost
    check(Papers())
    claiming = Papers()
    claiming.lacks = frozenset()
    with pytest.raises(AssertionError):
        check(claiming)


def test_what_must_be_believed_is_no_platinum() -> None:
    check = PublisherContract().test_nothing_is_left_to_trust
    check(Papers(), make_notice())
    believed = Papers()
    believed.lacks = frozenset({"public_page"})
    with pytest.raises(pytest.skip.Exception):
        check(believed, make_notice())
    blind = Papers()
    blind.publisher.proves = False
    with pytest.raises(AssertionError):
        check(blind, make_notice())

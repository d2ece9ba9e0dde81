"""What every publisher must do: inherit from :class:`PublisherContract` and give it a harness.

::

    class TestMine(PublisherContract):
        @pytest.fixture
        def harness(self):
            with my_server() as server:
                yield MyHarness(server)

What a channel cannot do by its nature its harness declares in ``lacks``; the suite then asserts that the
publisher says so, rather than skipping.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import ClassVar

import pytest

from hub.errors import AuthError
from hub.model import Notice, SafeHtml
from hub.testing.publisher_harness import (
    AFTER,
    BUSY,
    CAPABILITIES,
    Door,
    Harness,
    correction,
    other_mark,
    sealed,
)
from hub.testing.publishing import make_attachment, make_notice

__all__ = ["Harness", "PublisherContract"]

#: Without these somebody has to be believed.
PROVABLE = frozenset(
    {"network", "look_up", "one_copy", "see_edits", "public_page", "prove_removal", "take_back"}
)
_BRONZE = (
    "test_it_introduces_itself",
    "test_a_working_target_passes_its_check_and_nothing_is_published",
    "test_what_is_sent_is_what_the_preview_showed",
    "test_done_twice_is_one_copy",
    "test_two_notices_are_two_copies",
    "test_a_correction_replaces_the_text",
    "test_a_withdrawal_and_the_same_again",
)
_SILVER = (
    "test_it_keeps_no_state_between_calls",
    "test_a_hub_killed_before_it_noted_the_copy_finds_it",
    "test_withdrawing_what_was_never_there",
    "test_attachments_go_with_it_once",
    "test_refused_credentials_are_named_and_final",
    "test_a_busy_side_is_left_alone_for_as_long_as_it_asks",
    "test_a_side_that_is_down_is_tried_again",
    "test_no_secret_is_seen_anywhere",
    "test_everything_goes_through_the_hubs_client",
)
_GOLD = (
    "test_an_answer_that_got_lost",
    "test_a_copy_that_the_village_changed_is_left_alone",
    "test_a_copy_that_the_village_took_away_is_not_made_again",
    "test_attachments_go_once_though_an_answer_got_lost",
    "test_a_password_that_is_dropped_on_the_way_is_named",
    "test_proof_is_the_public_page",
    "test_proof_sees_what_the_village_did",
    "test_proof_sees_a_withdrawal",
)


class PublisherContract:
    """Subclass it in a test module with a fixture ``harness``."""

    #: Test name to the grade that it counts for: ``bronze``, ``silver``, ``gold`` or ``platinum``.
    CHECKS: ClassVar[dict[str, str]] = {
        **dict.fromkeys(_BRONZE, "bronze"),
        **dict.fromkeys(_SILVER, "silver"),
        **dict.fromkeys(_GOLD, "gold"),
        "test_nothing_is_left_to_trust": "platinum",
    }

    @pytest.fixture
    def harness(self) -> Iterator[Harness]:
        raise AssertionError("say in a subclass what the publisher talks to")

    @pytest.fixture
    def notice(self) -> Notice:
        return make_notice()

    # -- what it says of itself ---------------------------------------------------------------------

    def test_it_introduces_itself(self, harness: Harness) -> None:
        publisher = harness.publisher
        assert publisher.name == publisher.name.lower() != ""
        assert set(publisher.label) >= {"id", "en"}
        assert publisher.needs <= {"url", "user", "password"}
        for option in publisher.options:
            assert set(option.help) >= {"id", "en"}, option.name
        assert harness.lacks <= CAPABILITIES

    def test_a_working_target_passes_its_check_and_nothing_is_published(
        self, harness: Harness, notice: Notice
    ) -> None:
        check = harness.publisher.check(harness.target, harness.context)
        assert check.account or check.detail
        assert not harness.copies(notice, None)

    def test_it_keeps_no_state_between_calls(self, harness: Harness, notice: Notice) -> None:
        before = repr(vars(harness.publisher))
        copy = harness.create(notice)
        harness.apply("withdraw", notice, copy)
        assert repr(vars(harness.publisher)) == before

    # -- one copy -----------------------------------------------------------------------------------

    def test_what_is_sent_is_what_the_preview_showed(self, harness: Harness) -> None:
        subject = 'Rapat <b>RT</b> & "kue" [gallery] <!--more--> \N{PARTY POPPER} *#1* _x_ @semua'
        for notice in (make_notice(), make_notice(mark=other_mark(2), subject=subject)):
            preview = harness.publisher.preview(notice, harness.target)
            assert preview.publisher == harness.publisher.name
            assert preview.title
            assert preview.html is None or isinstance(preview.html, SafeHtml)
            copy = harness.create(notice)
            (shown,) = harness.copies(notice, copy)
            assert harness.same(preview, shown)

    def test_done_twice_is_one_copy(self, harness: Harness, notice: Notice) -> None:
        copy = harness.create(notice)
        receipt = harness.apply("create", notice, copy)
        assert receipt.outcome == "done"
        assert receipt.copy is not None
        assert receipt.copy.remote_id == copy.remote_id
        assert len(harness.copies(notice, receipt.copy)) == 1

    def test_two_notices_are_two_copies(self, harness: Harness, notice: Notice) -> None:
        other = make_notice(mark=other_mark(2), subject="Imunisasi campak di Posyandu Melati")
        first, second = harness.create(notice), harness.create(other)
        assert first.remote_id != second.remote_id
        assert len(harness.copies(notice, first)) == len(harness.copies(other, second)) == 1

    def test_a_hub_killed_before_it_noted_the_copy_finds_it(self, harness: Harness, notice: Notice) -> None:
        assert harness.publisher.find(notice, harness.target, harness.context) is None
        first = harness.create(notice)
        found = harness.publisher.find(notice, harness.target, harness.context)
        if harness.can("look_up"):
            assert found is not None
            assert found.remote_id == first.remote_id
        else:
            assert found is None
        receipt = harness.apply("create", notice, None)
        assert receipt.outcome == "done"
        assert receipt.adopted is harness.can("look_up")
        assert len(harness.copies(notice, receipt.copy)) == (1 if harness.can("one_copy") else 2)

    @pytest.mark.parametrize("fault", AFTER)
    def test_an_answer_that_got_lost(self, harness: Harness, notice: Notice, fault: str) -> None:
        if not harness.can("network"):
            harness.create(notice)  # nothing is sent, nothing gets lost
            return
        with harness.broken(fault):
            error = harness.refused(notice)
        assert not error.permanent
        assert len(harness.copies(notice, None)) == 1, "the other side had carried it out"
        copy = harness.create(notice)
        assert len(harness.copies(notice, copy)) == (1 if harness.can("one_copy") else 2)

    # -- correction ---------------------------------------------------------------------------------

    def test_a_correction_replaces_the_text(self, harness: Harness, notice: Notice) -> None:
        copy = harness.create(notice)
        corrected = correction(notice)
        receipt = harness.apply("update", corrected, copy)
        assert receipt.outcome == "done"
        assert receipt.copy is not None
        assert receipt.copy.remote_id == copy.remote_id
        (shown,) = harness.copies(corrected, receipt.copy)
        assert "16.30" in shown
        assert "15.00" not in shown

    def test_a_copy_that_the_village_changed_is_left_alone(self, harness: Harness, notice: Notice) -> None:
        if not harness.can("see_edits"):
            return self.test_a_correction_replaces_the_text(harness, notice)
        copy = harness.create(notice)
        harness.edit(notice)
        before = harness.copies(notice, copy)
        receipt = harness.apply("update", correction(notice), copy)
        assert receipt.outcome == "edited_there"
        assert harness.copies(notice, copy) == before
        receipt = harness.apply("update", correction(notice), copy, overwrite=True)
        assert receipt.outcome == "done"
        assert "16.30" in harness.copies(notice, receipt.copy)[0]
        return None

    def test_a_copy_that_the_village_took_away_is_not_made_again(
        self, harness: Harness, notice: Notice
    ) -> None:
        copy = harness.create(notice)
        if not harness.can("see_removal"):
            assert harness.apply("update", correction(notice), copy).outcome == "done"
            return
        harness.remove(notice)
        receipt = harness.apply("update", correction(notice), copy)
        assert receipt.outcome == "removed_there"
        assert receipt.copy is None
        assert not harness.copies(notice, None)
        receipt = harness.apply("update", correction(notice), copy, overwrite=True)
        assert receipt.outcome == "done"
        assert len(harness.copies(notice, receipt.copy)) == 1

    # -- withdrawal ---------------------------------------------------------------------------------

    def test_a_withdrawal_and_the_same_again(self, harness: Harness, notice: Notice) -> None:
        copy = harness.create(notice)
        for known in (copy, copy, None):
            receipt = harness.apply("withdraw", notice, known)
            assert receipt.outcome == "done"
            assert receipt.copy is None
            if harness.can("take_back"):
                assert not harness.copies(notice, None)
            else:
                assert receipt.detail, "whoever has it must be told: the receipt says so"

    def test_withdrawing_what_was_never_there(self, harness: Harness, notice: Notice) -> None:
        receipt = harness.apply("withdraw", notice, None)
        assert receipt.outcome == "done"
        assert receipt.copy is None
        assert not harness.copies(notice, None)

    # -- attachments --------------------------------------------------------------------------------

    def test_attachments_go_with_it_once(self, harness: Harness) -> None:
        content = b"%PDF-1.4 jadwal pemadaman"
        attachment = make_attachment(content)
        notice = make_notice(attachments=(attachment,))
        harness.keep_file(attachment.sha256, content)
        copy = harness.create(notice)
        copy = harness.apply("update", correction(notice), copy).copy or copy
        (shown,) = harness.copies(notice, copy)
        assert harness.uploads() == (1 if harness.can("upload") else 0)
        assert (attachment.url in shown) is harness.can("link")

    def test_attachments_go_once_though_an_answer_got_lost(self, harness: Harness) -> None:
        content = b"%PDF-1.4 jadwal pemadaman"
        attachment = make_attachment(content)
        notice = make_notice(attachments=(attachment,))
        harness.keep_file(attachment.sha256, content)
        if harness.can("network"):
            with harness.broken("cut_after"):
                harness.refused(notice)
        copy = harness.create(notice)
        assert harness.uploads() == (1 if harness.can("upload") else 0)
        assert len(harness.copies(notice, copy)) == (1 if harness.can("one_copy") else 2)

    # -- trouble ------------------------------------------------------------------------------------

    def test_refused_credentials_are_named_and_final(self, harness: Harness, notice: Notice) -> None:
        if not harness.can("credentials"):
            assert "password" not in harness.publisher.needs
            return
        with harness.broken("refuses_credentials"):
            error = harness.refused(notice)
        assert isinstance(error, AuthError) or error.reason == "auth"
        assert (error.reason, error.permanent) == ("auth", True)
        assert len(error.detail.split()) > 4, "names cause and cure"
        assert not harness.copies(notice, None)

    def test_a_password_that_is_dropped_on_the_way_is_named(self, harness: Harness, notice: Notice) -> None:
        if not harness.can("name_dropped_header"):
            if harness.can("credentials"):
                with harness.broken("refuses_credentials"):
                    assert harness.refused(notice).hint != "header_dropped", "nobody looked"
            return
        with harness.broken("refuses_credentials"):
            wrong = harness.refused(notice)
        with harness.broken("drops_password"):
            dropped = harness.refused(notice)
        assert (dropped.reason, dropped.permanent, dropped.hint) == ("auth", True, "header_dropped")
        assert wrong.hint != dropped.hint
        assert not harness.copies(notice, None)

    def test_a_busy_side_is_left_alone_for_as_long_as_it_asks(self, harness: Harness, notice: Notice) -> None:
        if not harness.can("network"):
            return
        with harness.broken("busy"):
            error = harness.refused(notice)
        assert not error.permanent
        if error.reason == "rate_limited":
            assert error.retry_after == BUSY
        assert not harness.copies(notice, None)

    def test_a_side_that_is_down_is_tried_again(self, harness: Harness, notice: Notice) -> None:
        if not harness.can("network"):
            return
        with harness.broken("down"):
            error = harness.refused(notice)
        assert not error.permanent
        copy = harness.create(notice)
        assert len(harness.copies(notice, copy)) == 1

    def test_no_secret_is_seen_anywhere(self, harness: Harness, notice: Notice) -> None:
        receipt = harness.apply("create", notice, None)
        assert receipt.copy is not None
        sight = harness.publisher.verify(notice, receipt.copy, harness.target, harness.context)
        check = harness.publisher.check(harness.target, harness.context)
        sealed(harness.secrets, harness.target, receipt, sight, check, harness.publisher)
        if harness.can("network"):
            faults = ["down", *AFTER]
            faults += ["refuses_credentials"] if harness.can("credentials") else []
            faults.append("busy")  # last, for then the client leaves that host alone
            for number, fault in enumerate(faults, start=3):
                with harness.broken(fault):
                    sealed(harness.secrets, harness.refused(make_notice(mark=other_mark(number))))

    def test_everything_goes_through_the_hubs_client(
        self, harness: Harness, notice: Notice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        door = Door(harness.context)
        monkeypatch.setattr(socket.socket, "connect", door.guarded(socket.socket.connect))
        publisher, target = harness.publisher, harness.target
        publisher.check(target, door)
        publisher.find(notice, target, door)
        copy = publisher.apply("create", notice, None, target, door).copy
        assert copy is not None
        copy = publisher.apply("update", correction(notice), copy, target, door).copy or copy
        publisher.verify(notice, copy, target, door)
        publisher.apply("withdraw", notice, copy, target, door)
        assert any(each.writes for each in door.passed) is harness.can("network")

    # -- proof --------------------------------------------------------------------------------------

    def test_proof_is_the_public_page(self, harness: Harness, notice: Notice) -> None:
        copy = harness.create(notice)
        door = Door(harness.context)
        sight = harness.publisher.verify(notice, copy, harness.target, door)
        if not harness.can("public_page"):
            assert sight.state == "unproven"
            assert sight.detail
            return
        assert sight.state == "seen"
        assert sight.url
        public = [request for request in door.passed if request.url.startswith(sight.url)]
        assert public
        for request in public:
            assert request.method == "GET"
            assert not request.credentials
            sealed(harness.secrets, request.url)

    def test_proof_sees_what_the_village_did(self, harness: Harness, notice: Notice) -> None:
        copy = harness.create(notice)

        def state() -> str:
            return harness.publisher.verify(notice, copy, harness.target, harness.context).state

        if harness.can("see_edits"):
            harness.edit(notice)
            assert state() == "edited"
        if harness.can("prove_removal"):
            harness.remove(notice)
            assert state() == "gone"
        if not harness.can("public_page"):
            assert state() == "unproven"

    def test_proof_sees_a_withdrawal(self, harness: Harness, notice: Notice) -> None:
        copy = harness.create(notice)
        harness.apply("withdraw", notice, copy)
        state = harness.publisher.verify(notice, copy, harness.target, harness.context).state
        assert state == ("gone" if harness.can("prove_removal") else "unproven")

    def test_nothing_is_left_to_trust(self, harness: Harness, notice: Notice) -> None:
        """Counts only where each of these was seen to hold by the checks above."""
        lacking = harness.lacks & PROVABLE
        if lacking:
            pytest.skip(f"by its nature it lacks {', '.join(sorted(lacking))}")
        copy = harness.create(notice)

        def state() -> str:
            return harness.publisher.verify(notice, copy, harness.target, harness.context).state

        assert state() == "seen"
        harness.apply("withdraw", notice, copy)
        assert state() == "gone"
        assert not harness.copies(notice, None)

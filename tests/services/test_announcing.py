"""Writing, approving, scheduling, correcting, withdrawing: what is stored, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.errors import ConfigError, Conflict, Forbidden, NotFound
from hub.model import Actor, Attachment
from hub.store.tables import feed_fetches
from tests.clock import Clock
from tests.services.back import (
    ADMIN,
    APPROVER,
    BINANGA,
    EDITOR,
    MAMUNYU,
    MANUSCRIPT,
    TAAN,
    Office,
    open_office,
)


@pytest.fixture
def careful(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[Office]:
    """An office in which a second person approves emergencies."""
    opened = open_office(tmp_path, database_url, clock, publish={"approval": "urgent"})
    yield opened
    opened.hub.close()


def test_announcing_stores_the_announcement_and_a_delivery_for_each_site(office: Office) -> None:
    office.target(BINANGA)
    office.target(TAAN)
    announcement = office.announce()
    assert announcement.state == "published"
    assert announcement.version == 1
    assert "<strong>diundang</strong>" in announcement.body
    assert announcement.mark.startswith("kimhub-7602-")
    assert office.states(announcement) == ["waiting", "waiting"]
    assert office.paper.calls == []  # the decision never touches the network


def test_targets_are_the_union_of_expressions_that_are_conjunctions(office: Office) -> None:
    office.target(BINANGA)
    office.target(MAMUNYU)
    office.target(TAAN)
    plan = office.hub.announcing.plan(["village:" + TAAN, "kec:76.02.01 silent:30"])
    assert [site.village for site, _ in plan.targets] == [BINANGA, MAMUNYU, TAAN]
    assert plan.without_channel == ()
    whole = office.hub.announcing.plan(["kec:76.02.01"])
    assert [site.village for site, _ in whole.targets] == [BINANGA, MAMUNYU]
    assert whole.villages == 8
    assert len(whole.without_channel) == 6
    assert office.hub.announcing.plan(["kec:Tapalang"]).villages > 5


@pytest.mark.parametrize(
    "expression", ["kec:99.99.99", "village:76.02.01", "site:x", "everybody", "", "kec:"]
)
def test_a_wrong_target_expression_names_itself_and_the_cure(office: Office, expression: str) -> None:
    with pytest.raises(ConfigError) as caught:
        office.announce(to=(expression,))
    (fault,) = caught.value.faults
    assert fault.key == "to"
    assert "village:CODE" in fault.cure


def test_all_faults_of_a_manuscript_are_told_at_once(office: Office) -> None:
    wrong = replace(
        MANUSCRIPT, number="", subject="x" * 201, nature="heboh", information_class="rahasia", to=()
    )
    with pytest.raises(ConfigError) as caught:
        office.hub.announcing.save(wrong, EDITOR)
    assert {fault.key for fault in caught.value.faults} == {
        "number",
        "subject",
        "nature",
        "information_class",
        "to",
    }
    assert office.hub.noticeboard.list() == ()


def test_a_village_with_two_sites_gets_two_copies_and_one_without_is_named(office: Office) -> None:
    office.target(BINANGA, name="KIM Satu")
    office.target(BINANGA, name="KIM Dua")
    announcement = office.announce(to=(f"village:{BINANGA}", f"village:{TAAN}"))
    board = office.hub.noticeboard.board(announcement.id)
    assert [row.village.code for row in board.rows] == [BINANGA, BINANGA, TAAN]
    assert board.rows[2].delivery is None
    assert board.counts == {"waiting": 2, "without_channel": 1}


def test_scripts_in_the_text_are_gone_before_anything_is_sent(office: Office) -> None:
    announcement = office.announce(
        text="<script>alert(1)</script><img src=x onerror=alert(1)> [klik](javascript:alert(1))",
        subject="<b>Tebal</b>",
    )
    notice = office.hub.noticeboard.notice(announcement.id)
    for html in (notice.html, notice.footer, notice.withdrawal):
        assert "<script" not in html
        assert "<img" not in html
        assert "javascript:" not in html.replace("(javascript:alert(1))", "")
    assert "<b>" not in notice.footer


def test_a_draft_is_changed_and_thrown_away_but_a_published_one_is_not(office: Office) -> None:
    announcing = office.hub.announcing
    draft = announcing.save(MANUSCRIPT, EDITOR)
    changed = announcing.save(replace(MANUSCRIPT, subject="Lain"), EDITOR, draft.id)
    assert (changed.id, changed.subject, changed.state) == (draft.id, "Lain", "draft")
    announcing.submit(draft.id, EDITOR)
    for doomed in (
        lambda: announcing.discard(draft.id, EDITOR),
        lambda: announcing.save(MANUSCRIPT, EDITOR, draft.id),
        lambda: announcing.submit(draft.id, EDITOR),
    ):
        with pytest.raises(Conflict):
            doomed()


def test_a_scheduled_announcement_goes_out_when_its_time_has_come(office: Office) -> None:
    office.target(TAAN)
    later = office.clock() + timedelta(hours=2)
    announcement = office.hub.announcing.announce(MANUSCRIPT, EDITOR, at=later)
    office.deliver()
    assert office.hub.noticeboard.get(announcement.id).state == "scheduled"
    assert office.paper.live(announcement.mark) == 0
    office.clock.forward(hours=2, seconds=1)
    office.deliver()
    assert office.hub.noticeboard.get(announcement.id).state == "published"
    assert office.paper.live(announcement.mark) == 1


def test_a_withdrawn_schedule_is_a_draft_again_when_it_is_changed(office: Office) -> None:
    later = office.clock() + timedelta(hours=2)
    announcement = office.hub.announcing.announce(MANUSCRIPT, EDITOR, at=later)
    assert office.hub.announcing.save(MANUSCRIPT, EDITOR, announcement.id).state == "draft"
    office.clock.forward(hours=3)
    office.deliver()
    assert office.hub.noticeboard.get(announcement.id).state == "draft"


def test_emergencies_wait_for_a_second_person_who_is_not_the_first(careful: Office) -> None:
    careful.target(TAAN)
    announcing = careful.hub.announcing
    urgent = announcing.announce(replace(MANUSCRIPT, nature="darurat"), EDITOR)
    assert urgent.state == "pending"
    with pytest.raises(Forbidden):
        announcing.approve(urgent.id, EDITOR)
    with pytest.raises(Forbidden):
        announcing.approve(urgent.id, Actor(EDITOR.name, "administrator"))
    assert announcing.approve(urgent.id, APPROVER).state == "published"
    assert careful.states(urgent) == ["waiting"]
    assert announcing.announce(MANUSCRIPT, EDITOR).state == "published"  # an ordinary one goes at once


def test_a_rejected_announcement_is_a_draft_again(careful: Office) -> None:
    urgent = careful.hub.announcing.announce(replace(MANUSCRIPT, nature="darurat"), EDITOR)
    assert careful.hub.announcing.reject(urgent.id, APPROVER, "tanggal keliru").state == "draft"
    assert careful.states(urgent) == []


def test_corrections_of_emergencies_wait_as_well_and_the_old_reading_stays(careful: Office) -> None:
    careful.target(TAAN)
    announcing = careful.hub.announcing
    urgent = announcing.announce(replace(MANUSCRIPT, nature="darurat"), EDITOR)
    announcing.approve(urgent.id, APPROVER)
    proposed = careful.correct(urgent, subject="Diperbaiki")
    assert (proposed.subject, proposed.version) == (MANUSCRIPT.subject, 1)
    assert proposed.proposed is not None
    assert proposed.proposed.subject == "Diperbaiki"
    with pytest.raises(Forbidden):
        announcing.approve(urgent.id, Actor(EDITOR.name, "administrator"))
    approved = announcing.approve(urgent.id, APPROVER)
    assert (approved.subject, approved.version, approved.proposed) == ("Diperbaiki", 2, None)


def test_roles_bound_what_people_may_do(office: Office) -> None:
    announcing = office.hub.announcing
    with pytest.raises(Forbidden):
        announcing.announce(MANUSCRIPT, APPROVER)
    announcement = office.announce()
    with pytest.raises(Forbidden):
        announcing.withdraw(announcement.id, APPROVER)
    with pytest.raises(Forbidden):
        announcing.withdraw(announcement.id, Actor("nobody", ""))


def test_an_idempotency_key_announces_once(office: Office) -> None:
    announcing = office.hub.announcing
    first = announcing.announce(MANUSCRIPT, EDITOR, idempotency_key="k1")
    assert announcing.announce(MANUSCRIPT, EDITOR, idempotency_key="k1").id == first.id
    with pytest.raises(Conflict):
        announcing.announce(replace(MANUSCRIPT, subject="Lain"), EDITOR, idempotency_key="k1")
    assert announcing.announce(MANUSCRIPT, ADMIN, idempotency_key="k1").id != first.id
    assert len(office.hub.noticeboard.list()) == 2


def test_every_reading_is_kept(office: Office) -> None:
    announcement = office.announce()
    office.clock.forward(minutes=5)
    office.correct(announcement, subject="Diperbaiki", text="Balai desa **dipindah**.")
    versions = office.hub.noticeboard.versions(announcement.id)
    assert [(each.version, each.subject) for each in versions] == [
        (2, "Diperbaiki"),
        (1, MANUSCRIPT.subject),
    ]
    assert "dipindah" in versions[0].body


def test_a_file_must_be_kept_before_it_is_attached(office: Office) -> None:
    stranger = Attachment("0" * 64, "x.pdf", "application/pdf", 3)
    with pytest.raises(ConfigError, match="tidak tersimpan"):
        office.announce(attachments=(stranger,))


def test_what_is_over_before_it_begins_is_refused(office: Office) -> None:
    with pytest.raises(ConfigError, match="valid_until"):
        office.announce(valid_until=office.clock() - timedelta(minutes=1))
    with pytest.raises(ConfigError, match="valid_until"):
        office.announce(
            valid_from=office.clock() + timedelta(days=2), valid_until=office.clock() + timedelta(days=1)
        )


def test_a_rehearsal_is_never_public(office: Office) -> None:
    announcement = office.hub.announcing.announce(MANUSCRIPT, EDITOR, rehearsal=True)
    assert office.hub.noticeboard.current() == ()
    assert office.hub.noticeboard.check(MANUSCRIPT.number).verdict == "unknown"
    assert office.hub.noticeboard.check(announcement.mark).verdict == "unknown"


def test_every_decision_leaves_a_row_in_the_trail(office: Office) -> None:
    announcement = office.announce()
    office.correct(announcement, subject="Diperbaiki")
    office.hub.announcing.withdraw(announcement.id, EDITOR, "keliru")
    rows = [row for row in office.hub.audit.rows() if row.thing == f"announcement:{announcement.id}"]
    assert [row.action for row in reversed(rows)] == [
        "announcement.write",
        "announcement.publish",
        "announcement.correct",
        "announcement.withdraw",
    ]
    assert {(row.actor, row.role, row.address) for row in rows} == {("siti", "editor", "10.0.0.7")}
    assert office.hub.audit.verify() is None


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ("470/12/Dinsos/2026", "genuine"),
        (" 470 / 12 / DINSOS / 2026 ", "genuine"),
        ("Teruskan!\n*Jadwal beras*\nNomor: 470/12/Dinsos/2026\nsegera", "genuine"),
        ("pengumuman resmi nomor 470/12/Dinsos/2026", "genuine"),
        ("471/12/Dinsos/2026", "unknown"),
        ("", "unknown"),
        ("kimhub-7602-01kb3w5m8q2xv7n4t6r9ycdzfg", "unknown"),
    ],
)
def test_checking_what_was_forwarded(office: Office, asked: str, verdict: str) -> None:
    office.announce()
    assert office.hub.noticeboard.check(asked).verdict == verdict


def test_checking_tells_corrected_withdrawn_expired_and_not_yet_valid(office: Office) -> None:
    board, tomorrow = office.hub.noticeboard, office.clock() + timedelta(days=1)
    first = office.announce(number="1/A", valid_until=tomorrow)
    office.announce(number="2/A", valid_from=tomorrow)
    office.correct(office.announce(number="3/A"), subject="Diperbaiki")
    office.hub.announcing.withdraw(office.announce(number="4/A").id, EDITOR)
    verdicts = [board.check(number).verdict for number in ("1/A", "2/A", "3/A", "4/A")]
    assert verdicts == ["genuine", "not_yet_valid", "corrected", "withdrawn"]
    assert board.check(board.notice(first.id).short).verdict == "genuine"
    office.clock.forward(days=2)
    office.deliver()
    assert board.check("1/A").verdict == "expired"


def test_the_noticeboard_shows_what_holds_now_urgent_first_and_by_village(office: Office) -> None:
    plain = office.announce(number="1/A")
    urgent = office.announce(number="2/A", nature="darurat", to=(f"village:{TAAN}",))
    office.hub.announcing.withdraw(office.announce(number="3/A").id, EDITOR)
    current = office.hub.noticeboard.current
    assert [each.id for each in current()] == [urgent.id, plain.id]
    assert [each.id for each in current(BINANGA)] == [plain.id]
    assert [each.id for each in current(TAAN, nature="darurat")] == [urgent.id]
    found, total = office.hub.noticeboard.archive(q="jadwal beras")
    assert (len(found), total) == (3, 3)


def test_the_night_drops_files_that_belong_to_nothing(office: Office) -> None:
    pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
    announcing = office.hub.announcing
    orphan = announcing.keep_file("lupa.pdf", pdf)
    used, old = announcing.keep_file("a.pdf", pdf + b"a%%EOF"), announcing.keep_file("b.pdf", pdf + b"b%%EOF")
    announcement = office.announce(attachments=(old,))
    office.correct(announcement, attachments=(used,))
    office.hub.upkeep.nightly()
    assert office.hub.noticeboard.file(orphan.sha256).content == pdf  # its form may still be open
    office.clock.forward(days=3)
    for number in range(103):
        office.hub.noticeboard.note_fetch(TAAN, f"asker {number}")
    office.hub.upkeep.nightly()
    with pytest.raises(NotFound):
        office.hub.noticeboard.file(orphan.sha256)
    assert office.hub.noticeboard.file(used.sha256).type == "application/pdf"
    assert office.hub.noticeboard.file(old.sha256).type == "application/pdf"
    with office.hub.store.read() as tx:
        assert len(tx.connection.execute(select(feed_fetches)).all()) == 100

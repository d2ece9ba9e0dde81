"""The audit trail: what it keeps, what it never keeps, and that tampering shows. On both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, text, update

from hub.model import Actor
from hub.services.audit import Audit
from hub.store import Store
from hub.store.tables import audit as trail
from tests.clock import Clock

ANI = Actor("Bu Ani", "editor", "192.0.2.1")


@pytest.fixture
def audit(store: Store) -> Audit:
    return Audit(store, Clock())


def fill(store: Store, audit: Audit, rows: int = 5) -> None:
    for number in range(1, rows + 1):
        with store.write() as tx:
            audit.record(tx, ANI, "site.edit", f"site:{number}", {"name": "lama"}, {"name": "baru"})


def test_a_row_tells_who_did_what(store: Store, audit: Audit) -> None:
    with store.write() as tx:
        audit.record(tx, ANI, "announcement.publish", "announcement:1", after={"state": "published"})
        audit.record(tx, Actor("token:surat"), "site.add", "site:2", result="refused")
    second, first = audit.rows()
    assert (first.actor, first.role, first.address) == ("Bu Ani", "editor", "192.0.2.1")
    assert (first.action, first.thing, first.result) == ("announcement.publish", "announcement:1", "done")
    assert (first.before, first.after) == ({}, {"state": "published"})
    assert first.at == Clock()()
    assert second.result == "refused"
    assert audit.verify() is None


def test_rows_are_paged_and_filtered(store: Store, audit: Audit) -> None:
    fill(store, audit)
    audit.note(Actor("Pak_Amir"), "sitemap.see", "sitemap")
    assert [row.id for row in audit.rows(limit=2)] == [6, 5]
    assert [row.id for row in audit.rows(limit=2, before_id=5)] == [4, 3]
    assert [row.id for row in audit.rows(actor="Bu Ani", action="site", limit=1)] == [5]
    assert len(audit.rows(action="site.edit")) == 5
    assert audit.rows(action="sit") == audit.rows(action="site%") == ()


def test_what_is_undone_is_not_recorded(store: Store, audit: Audit) -> None:
    def fail() -> None:
        with store.write() as tx:
            audit.record(tx, ANI, "site.edit", "site:1")
            raise RuntimeError

    fill(store, audit, 1)
    with pytest.raises(RuntimeError):
        fail()
    assert [row.thing for row in audit.rows()] == ["site:1"]
    fill(store, audit, 1)
    assert audit.verify() is None


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (update(trail).where(trail.c.id == 3).values(actor="Pak Amir"), 3),
        (update(trail).where(trail.c.id == 1).values(after={"name": "lain"}), 1),
        (update(trail).where(trail.c.id == 2).values(at=datetime(2026, 1, 1, tzinfo=UTC)), 2),
        (update(trail).where(trail.c.id == 4).values(hash="0" * 64), 4),
        (delete(trail).where(trail.c.id == 3), 4),
        (delete(trail).where(trail.c.id == 1), 2),
        (delete(trail).where(trail.c.id == 5), 5),
        (delete(trail), 5),
        (text("UPDATE audit SET id = id + 10 WHERE id = 2"), 3),
    ],
    ids=["actor", "after", "at", "hash", "gone", "first gone", "last gone", "all gone", "moved"],
)
def test_tampering_in_the_database_shows(store: Store, audit: Audit, change: object, broken: int) -> None:
    fill(store, audit)
    assert audit.verify() is None
    with store.write() as tx:
        tx.connection.execute(change)  # type: ignore[call-overload]
    assert audit.verify() == broken


def test_rows_written_at_once_make_one_chain(store: Store, audit: Audit) -> None:
    def work(number: int) -> None:
        with store.write() as tx:
            audit.record(tx, ANI, "site.edit", f"site:{number}")
            audit.record(tx, ANI, "site.check", f"site:{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert len(audit.rows()) == 80
    assert audit.verify() is None


def test_transactions_that_meet_elsewhere_do_not_block_each_other(store: Store, audit: Audit) -> None:
    """Who records early and locks a row later would wait for one who did it the other way round."""

    def work(number: int) -> None:
        with store.write() as tx:
            if number % 2:
                audit.record(tx, ANI, "site.edit", "site:1")
            tx.changes.advance()
            if not number % 2:
                audit.record(tx, ANI, "site.edit", "site:1")

    with store.write() as tx:
        tx.changes.advance()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert len(audit.rows()) == 40
    assert audit.verify() is None


def test_secrets_are_left_out_at_any_depth(store: Store, audit: Audit) -> None:
    canary = "CNRY abcd EFGH"
    after = {
        "user": "kim",
        "password": canary,
        "app_Password": canary,
        "options": {"secret": canary, "bot_token": canary, "list": [{"api_hash": canary}], "room": 7},
        "url": f"https://kim:{canary.replace(' ', '')}@taan.example/",
    }
    with store.write() as tx:
        audit.record(tx, ANI, "target.add", "target:1", before=after, after=after)
    [row] = audit.rows()
    assert "CNRY" not in repr(row)
    assert row.after == {
        "user": "kim",
        "options": {"list": [{}], "room": 7},
        "url": "https://***@taan.example/",
    }


def test_values_of_every_kind_read_back_as_they_were_hashed(store: Store, audit: Audit) -> None:
    after = {
        "none": None,
        "yes": True,
        "number": 2**53,
        "share": 0.1,
        "endless": float("inf"),
        "at": datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC),
        "date": date(2026, 11, 24),
        "tags": frozenset({"b", "a"}),
        "pair": (1, "Désa 📣"),
        "half": "\ud800",
        "long": "x" * 5000,
        7: object,
    }
    with store.write() as tx:
        audit.record(tx, ANI, "a" * 100, "b\r\n" * 100, after=after)
    [row] = audit.rows()
    assert row.after["tags"] == ["a", "b"]
    assert row.after["at"] == "2026-11-24T01:02:03.456789+00:00"
    assert row.after["half"] == "\\ud800"
    assert len(row.after["long"]) == 1000
    assert audit.verify() is None


@pytest.mark.parametrize(
    "name", ["x\r\n2026-11-24 root done", "\x1b[2Jx", 'x","role":"administrator', "x\u202ey\u2028z"]
)
def test_a_name_stays_on_its_line(store: Store, audit: Audit, name: str) -> None:
    with store.write() as tx:
        audit.record(tx, Actor(name, name, name), "sign_in", f"user:{name}", after={name: name})
    [row] = audit.rows()
    for shown in (row.actor, row.role, row.address, row.thing, *row.after, *row.after.values()):
        assert shown.isprintable()
    assert audit.verify() is None

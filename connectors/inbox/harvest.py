"""From what was sent in to entries. Nothing is fetched: the hub keeps what came through its doors."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    Enclosure,
    Entry,
    Image,
    Option,
    Probe,
    Proposal,
    Source,
    Submission,
)

#: Submissions in one batch.
PORTION = 50

LABEL = {"id": "Kiriman KIM tanpa situs", "en": "Posts of KIM without a site"}
OPTIONS = (
    Option(
        "senders",
        "list",
        help={
            "id": "hanya terima surel dari alamat-alamat ini (dipisah koma); kosong: dari siapa saja "
            "yang tahu alamat rahasianya",
            "en": "take mail from these addresses only (separated by commas); empty: from whoever knows "
            "the secret address",
        },
    ),
    Option(
        "lock",
        "int",
        0,
        minimum=0,
        help={
            "id": "angka kunci; menaikkannya mengganti alamat formulir dan surel",
            "en": "number of the lock; raising it changes the addresses of form and mail",
        },
    ),
)


class InboxConnector:
    name = "inbox"
    label = LABEL
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return ()

    def check(self, source: Source, ctx: Context) -> Check:
        count, newest, last = 0, "", 0
        while found := ctx.submissions(last, PORTION):
            count, newest, last = count + len(found), found[-1].title, found[-1].id
        return Check(count, newest)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        last = _last(cursor)
        found = ctx.submissions(last, PORTION)
        if not found:
            yield Batch({"last": last}, unchanged=True)
        while found:
            last = found[-1].id
            entries = tuple(_entry(each, source) for each in found)
            found = ctx.submissions(last, PORTION)
            late = bool(found) and time.monotonic() > ctx.deadline
            yield Batch({"last": last}, entries, more=late)
            if late:
                return


def _last(cursor: Cursor | None) -> int:
    saved = (cursor or {}).get("last")
    return saved if isinstance(saved, int) and saved > 0 else 0


def _entry(sent: Submission, source: Source) -> Entry:
    """It has no address elsewhere: the hub's own page is where people read it."""
    return Entry(
        id=f"kiriman:{sent.id}",
        title=sent.title,
        html=sent.html or sent.text,
        author=sent.author,
        published=sent.received_at,
        images=tuple(Image(each.url, each.alt) for each in sent.files if each.is_image),
        enclosures=tuple(
            Enclosure(each.url, each.type, each.size) for each in sent.files if not each.is_image
        ),
        base=source.url,
    )

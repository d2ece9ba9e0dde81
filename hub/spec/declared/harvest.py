"""A connector made of a declaration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hub.model import Batch, Cursor, Proposal, Source
from hub.spec.connector import Check, Context, Probe, option
from hub.spec.declared.detect import propose
from hub.spec.declared.format import Declaration
from hub.spec.declared.place import list_address
from hub.spec.declared.state import State
from hub.spec.declared.visit import Visit
from hub.spec.options import Option

OPTIONS: Final = (
    Option(
        "full_history",
        "bool",
        default=True,
        help={
            "id": "Pada kunjungan pertama, ambil juga berita lama di halaman-halaman daftar berikutnya.",
            "en": "On the first visit also read the older posts on the list's further pages.",
        },
    ),
)


class DeclaredConnector:
    """A connector made of a :class:`Declaration`; otherwise like any other.

    A visit costs one conditional request for each list. An item whose values in the list are known is
    passed over, so article pages are read for new and changed items only.
    """

    options = OPTIONS

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def label(self) -> Mapping[str, str]:
        return self.declaration.label

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return propose(self.declaration, probe, ctx)

    def check(self, source: Source, ctx: Context) -> Check:
        """Reads the first list, and the page of its first item where there are pages."""
        visit = Visit(self.declaration, source, State(), ctx)
        listing = visit.read(visit.get(list_address(self.declaration, source.url)))
        if not listing.items:
            return Check(0, detail="the list is empty")
        entry = visit.entry(listing.items[0])
        return Check(len(listing.items), entry.title, f"{len(entry.html)} characters of text")

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        visit = Visit(self.declaration, source, State.load(cursor or {}), ctx)
        history = bool(option(source, OPTIONS, "full_history"))
        yield from visit.run(first=cursor is None, history=history)

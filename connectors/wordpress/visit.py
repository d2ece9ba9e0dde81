"""One visit to one site: what its steps share."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from connectors.wordpress.client import (
    FULL,
    PAST_THE_END,
    POSTS,
    Client,
    Listing,
    Raw,
    Refused,
    Root,
    identifier,
)
from connectors.wordpress.parse import entry_id, is_public, post_number, to_entry
from connectors.wordpress.state import Place, State
from hub.spec import Batch, Context, FetchError, Missing, Oddity, Source, Validators


class Visit:
    """Holds the state that every batch's cursor is made from, and makes the batches."""

    def __init__(self, client: Client, state: State, ctx: Context, source: Source) -> None:
        self.client, self.state, self.ctx = client, state, ctx
        self._own = client.root == Root.of(source.url)
        self.handed: set[int] = set()
        self.told = False
        self.skipped = 0

    @property
    def now(self) -> float:
        """Epoch seconds by the hub's clock."""
        return self.ctx.now().timestamp()

    @cached_property
    def known(self) -> frozenset[int]:
        """Numbers of the posts that the hub showed when first asked in this visit."""
        numbers = (post_number(each) for each in self.ctx.known_ids())
        return frozenset(number for number in numbers if number is not None)

    @property
    def moved_to(self) -> str | None:
        """Where the source's own address was permanently moved to; of the other door's that says nothing."""
        return self.client.moved_to if self._own else None

    def late(self) -> bool:
        """The visit's time is over. Steps ask after their first page, so that every visit gets on."""
        return time.monotonic() >= self.ctx.deadline

    def page(
        self, place: Place, params: Mapping[str, Any], *, since: Validators | None = None
    ) -> Listing | None:
        """The page at ``place``, in smaller portions where the answer is past the hub's size cap; None
        past the end of the list."""
        while True:
            try:
                return self.client.posts(self.paged(place, params), since=since)
            except Refused as refused:
                if refused.code == PAST_THE_END:
                    return None
                raise
            except FetchError as error:
                if error.reason != "too_large" or not place.shrink():
                    raise

    @staticmethod
    def paged(place: Place, params: Mapping[str, Any]) -> dict[str, Any]:
        return {"per_page": place.size, "page": place.page, **params}

    def address(self, place: Place, params: Mapping[str, Any]) -> str:
        return self.client.root.address(POSTS, self.paged(place, params))

    def fetch(self, numbers: Iterable[int]) -> Iterator[Batch]:
        """The posts with these numbers, in full."""
        wanted, place = sorted(set(numbers) - self.handed), Place()
        while wanted:
            chunk = wanted[: place.size]
            try:
                listing = self.client.posts({"per_page": place.size, "include": joined(chunk), **FULL})
            except FetchError as error:
                if error.reason != "too_large" or not place.shrink():
                    raise
                continue
            wanted = wanted[place.size :]
            yield self.batch(listing.posts)

    def batch(
        self,
        posts: Sequence[Raw] = (),
        *,
        missing: Iterable[Missing] = (),
        warnings: Sequence[Oddity] = (),
        more: bool = False,
    ) -> Batch:
        """A portion with the cursor as things stand. Posts that were shown and must not be any more
        (a password was set) are withdrawn, others that are not public are passed over."""
        public = [raw for raw in posts if is_public(raw)]
        hidden = {number for raw in posts if not is_public(raw) and (number := identifier(raw))}
        self.handed.update(number for raw in public if (number := identifier(raw)))
        gone = [*missing, *(Missing(entry_id(each), certain=True) for each in sorted(hidden & self.known))]
        entries = tuple(to_entry(raw, self.client.root.home) for raw in public)
        self.told = self.told or bool(entries or gone)
        skipped, self.skipped = self.skipped, 0
        return Batch(
            self.state.dump(),
            entries=entries,
            skipped=skipped,
            missing=tuple(gone),
            warnings=tuple(warnings),
            more=more,
            moved_to=self.moved_to,
        )

    def closing(self) -> Batch:
        """The last batch of a visit that came to its end."""
        unchanged = not self.told
        return Batch(self.state.dump(), skipped=self.skipped, unchanged=unchanged, moved_to=self.moved_to)


def joined(numbers: Collection[int]) -> str:
    return ",".join(map(str, numbers))


def modified(raw: Raw) -> str:
    """``modified_gmt`` as sent (``2026-01-05T08:00:00``, sorts as text), or empty."""
    value = raw.get("modified_gmt")
    return value if isinstance(value, str) else ""

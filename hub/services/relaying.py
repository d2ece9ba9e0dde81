"""What other hubs pass on: each story stands once, and none goes round in a ring.

A relayed entry is known by its address at the hub that harvested it first and by the page of the village
(``hub.text.identity``). What this hub harvests itself wins over what is passed on to it, and of two ways
that a story comes the one through fewer hubs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from hub.model import Batch, Entry, Site
from hub.services.keeping import Portion, short_id
from hub.store import Transaction
from hub.store.posts import KeyOwner
from hub.text.identity import canonical, keys_of

#: Village, district, province, nation are three hubs; more is a ring whose members say too little.
MAX_HOPS: Final = 8


@dataclass(frozen=True, slots=True)
class Relayed:
    """What was decided: entries ``left_out``, and posts that stand elsewhere from now on."""

    left_out: int = 0
    replaced: tuple[int, ...] = ()


class Relaying:
    """Sorts batches.

    Args:
        hub_url: the hub's own public address.
    """

    def __init__(self, hub_url: str) -> None:
        self.hub_url, self._home = hub_url, canonical(hub_url)
        self._lock = threading.Lock()
        self._relays: set[int] | None = None

    def sort_out(self, tx: Transaction, site: Site, batch: Batch) -> tuple[Batch, Relayed]:
        """``batch`` without what stands here already or was here before."""
        if not batch.entries:
            return batch, Relayed()
        if any(entry.via for entry in batch.entries):
            self._known_relays(tx).add(site.id)
            return self._second_hand(tx, site, batch)
        return batch, self._first_hand(tx, site, batch)

    def settle(self, tx: Transaction, site: Site, portion: Portion) -> Relayed:
        """The same once more in the transaction that stores the portion: two hubs may bring one story at
        one moment."""
        if any(entry.via for entry in portion.batch.entries):
            tx.posts.lock_relays()
        left, relayed = self.sort_out(tx, site, portion.batch)
        if relayed.left_out:
            ids = {short_id(entry.id) for entry in left.entries}
            portion.changed = [each for each in portion.changed if each.external_id in ids]
        return relayed

    # -- from other hubs --------------------------------------------------------------------------

    def _second_hand(self, tx: Transaction, site: Site, batch: Batch) -> tuple[Batch, Relayed]:
        others = [canonical(each.url) for each in tx.sites.all() if each.id != site.id]
        hosts = {each.partition("/")[0]: each for each in others}
        keys = {index: keys_of(entry, site.url) for index, entry in enumerate(batch.entries)}
        owners: dict[str, list[KeyOwner]] = {}
        for owner in tx.posts.owners({key for found in keys.values() for key in found}):
            owners.setdefault(owner.key, []).append(owner)
        news: list[Entry] = []
        replaced: set[int] = set()
        for index, entry in enumerate(batch.entries):
            if entry.via and (self._was_here(entry) or _of_another(entry, others, hosts)):
                continue
            standing = [
                each for key in keys[index] for each in owners.get(key, ()) if each.site_id != site.id
            ]
            if not _shorter(entry, standing):
                continue
            replaced.update(each.post_id for each in standing if entry.via)
            news.append(entry)
        left_out = len(batch.entries) - len(news)
        return replace(batch, entries=tuple(news)), Relayed(left_out, tuple(sorted(replaced)))

    def _was_here(self, entry: Entry) -> bool:
        if len(entry.via) > MAX_HOPS:
            return True
        return any(_under(canonical(each), self._home) for each in (*entry.via, entry.id))

    # -- of our own -------------------------------------------------------------------------------

    def _first_hand(self, tx: Transaction, site: Site, batch: Batch) -> Relayed:
        """Posts that another hub passed on and that the village's own site brings now."""
        relays = self._known_relays(tx) - {site.id}
        if not relays:
            return Relayed()
        keys = {key for entry in batch.entries for key in keys_of(entry, site.url) if _names(key, entry)}
        found = (post_id for relay in sorted(relays) for post_id in tx.posts.by_keys(relay, keys).values())
        passed_on = tx.posts.passed_on(found)
        return Relayed(0, tuple(sorted(passed_on)))

    def _known_relays(self, tx: Transaction) -> set[int]:
        """Sites that are other hubs; looked up once, then noted as they come."""
        with self._lock:
            if self._relays is None:
                self._relays = tx.posts.relays()
            return self._relays


def _names(key: str, entry: Entry) -> bool:
    """Whether a key means the same on every site: an address does, a bare number does not."""
    return key.startswith("url:") or (entry.alert is not None and key.startswith("id:"))


def _of_another(entry: Entry, sites: Iterable[str], hosts: dict[str, str]) -> bool:
    """Whether the page is that of a site which this hub harvests itself."""
    page = canonical(entry.link)
    if entry.alert is not None or page.partition("/")[0] not in hosts:
        return False
    return any(_under(page, each) for each in sites)


def _shorter(entry: Entry, standing: Iterable[KeyOwner]) -> bool:
    """Whether ``entry`` came by a shorter way than everything that stands."""
    return all(owner.hops and len(entry.via) < owner.hops for owner in standing)


def _under(address: str, base: str) -> bool:
    return address == base or address.startswith((f"{base}/", f"{base}?"))

"""BMKG's streams: three documents of quakes, and a feed that names CAP documents.

BMKG takes 60 requests a minute from one address and wants to be named wherever its data are shown. A
warning's document never changes under its address, so each is fetched once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.bmkg.cap import CapAlert, read_cap
from connectors.bmkg.quake import entries_of, read_quakes
from connectors.bmkg.weather import entry_id, entry_of, first_of
from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
    Missing,
    Oddity,
    Option,
    ParseError,
    Probe,
    Proposal,
    Response,
    Source,
    Validators,
    get_page,
    option,
)

QUAKES: Final = "https://data.bmkg.go.id/DataMKG/TEWS"
NOWCAST: Final = "https://www.bmkg.go.id/alerts/nowcast/id"
HOST: Final = "bmkg.go.id"
#: Seconds between visits: a warning of heavy rain runs for two hours.
WAIT: Final = 180.0
#: CAP documents fetched in one visit; the feed names the newest first.
MAX_DOCUMENTS: Final = 40
#: Visits in which a document that cannot be read is asked for.
MAX_TRIES: Final = 3
#: Warnings remembered.
REMEMBERED: Final = 400

OPTIONS: Final = (
    Option(
        "min_magnitude",
        "float",
        5.0,
        minimum=0,
        help={
            "id": "gempa mulai magnitudo ini; yang dirasakan selalu diambil",
            "en": "quakes from this magnitude on; those that were felt are always taken",
        },
    ),
)
LABEL: Final = {"id": "BMKG: gempa dan peringatan cuaca", "en": "BMKG: earthquakes and weather warnings"}
_STREAMS: Final = (
    ("gempa", f"{QUAKES}/autogempa.json"),
    ("gempa dirasakan", f"{QUAKES}/gempadirasakan.json"),
    ("cuaca", NOWCAST),
)


class BmkgConnector:
    name = "bmkg"
    label = LABEL
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        host = (urlsplit(probe.url).hostname or "").lower()
        if host == HOST or host.endswith(f".{HOST}"):
            for stream, url in _STREAMS:
                yield Proposal("bmkg", url, stream=stream, rank=1, platform="BMKG")

    def check(self, source: Source, ctx: Context) -> Check:
        answer = get_page(ctx.http, source.url)
        if _is_quakes(answer):
            quakes = read_quakes(answer.json())
            return Check(len(quakes), quakes[0].get("Wilayah", "") if quakes else "")
        feed = ctx.parse_feed(answer.body, url=answer.url, content_type=answer.content_type)
        return Check(len(feed.entries), feed.entries[0].title if feed.entries else "")

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        state = dict(cursor or {})
        answer = get_page(ctx.http, source.url, since=Validators.load(state.get("validators")))
        state["validators"] = answer.validators.dump()
        if answer.unchanged:
            yield Batch(state, unchanged=True, wait=WAIT, urgent=True, moved_to=answer.moved_to)
        elif _is_quakes(answer):
            least = float(option(source, OPTIONS, "min_magnitude"))
            entries = tuple(entries_of(read_quakes(answer.json()), answer.url, least))
            yield Batch(state, entries, wait=WAIT, urgent=True, moved_to=answer.moved_to)
        else:
            yield from _warnings(answer, state, ctx)


def _is_quakes(answer: Response) -> bool:
    return answer.content_type.endswith("json") or answer.body.lstrip()[:1] in (b"{", b"[")


def _warnings(answer: Response, state: dict[str, Any], ctx: Context) -> Iterator[Batch]:
    """New warnings, oldest first, so that an update finds the one that it changes."""
    feed = ctx.parse_feed(answer.body, url=answer.url, content_type=answer.content_type)
    log = _Log.load(state)
    unread = [each for each in feed.entries if log.wants(each.link)]
    new, more = unread[:MAX_DOCUMENTS], len(unread) > MAX_DOCUMENTS
    news: dict[str, Entry | Missing] = {}
    odd: list[Oddity] = []
    fault: FetchError | None = None
    for item in reversed(new):
        if time.monotonic() > ctx.deadline:
            more = True
            break
        try:
            found = _read(read_cap(ctx.http.get(item.link).body), item.link, log)
        except (ParseError, FetchError) as error:
            odd.append(Oddity("degraded", f"{item.link}: {error.detail}"))
            if isinstance(error, FetchError) and not error.permanent:
                fault = error
            else:
                log.failed(item.link)
        else:
            news |= {each.id: each for each in found}
    if fault is not None and len(odd) == len(new):
        raise fault  # not one came through; else one that fails must not hold up the others
    # a document that could not be read is asked for again, so the feed must be read again too
    whole = not more and not odd
    yield Batch(
        log.dump() | {"validators": state["validators"] if whole else {}},
        tuple(each for each in news.values() if isinstance(each, Entry)),
        skipped=len(feed.entries) - len(unread),
        missing=tuple(each for each in news.values() if isinstance(each, Missing)),
        unchanged=not new,
        wait=WAIT,
        urgent=True,
        more=more,
        warnings=tuple(odd),
        moved_to=answer.moved_to,
    )


@dataclass
class _Log:
    """What was read: ``links`` of documents to their identifiers, ``chain`` from identifiers to the first
    of their chain, ``sent`` from the first to when the latest was sent (seconds), ``tries`` at documents that
    could not be read."""

    links: dict[str, str]
    chain: dict[str, str]
    sent: dict[str, int]
    tries: dict[str, int]

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> _Log:
        links, chain = _texts(state.get("links")), _texts(state.get("chain"))
        return cls(links, chain, _numbers(state.get("sent")), _numbers(state.get("tries")))

    def wants(self, link: str) -> bool:
        return bool(link) and link not in self.links and self.tries.get(link, 0) < MAX_TRIES

    def failed(self, link: str) -> None:
        self.tries[link] = self.tries.get(link, 0) + 1

    def outdated(self, first: str, alert: CapAlert) -> bool:
        """Whether a later one of its chain was read before."""
        sent = int(alert.sent.timestamp()) if alert.sent else 0
        if sent < self.sent.get(first, 0):
            return True
        self.sent[first] = sent
        return False

    def dump(self) -> dict[str, Any]:
        kept: dict[str, dict[str, Any]] = {
            "links": self.links,
            "chain": self.chain,
            "sent": self.sent,
            "tries": self.tries,
        }
        return {name: dict(list(each.items())[-REMEMBERED:]) for name, each in kept.items()}


def _read(alert: CapAlert, link: str, log: _Log) -> Iterator[Entry | Missing]:
    log.links[link] = alert.identifier
    log.tries.pop(link, None)
    if not alert.public or alert.kind not in ("Alert", "Update", "Cancel"):
        return
    first = first_of(alert, log.chain)
    if log.outdated(first, alert):
        return
    if alert.info is not None:
        yield entry_of(alert, alert.info, first, link)
    elif alert.kind == "Cancel":
        yield Missing(entry_id(first), certain=True)


def _texts(saved: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in saved.items()} if isinstance(saved, Mapping) else {}


def _numbers(saved: object) -> dict[str, int]:
    return {k: v for k, v in saved.items() if isinstance(v, int)} if isinstance(saved, Mapping) else {}

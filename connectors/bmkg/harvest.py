"""BMKG's streams: three documents of quakes, and a feed that names CAP documents.

BMKG takes 60 requests a minute from one address and wants to be named wherever its data are shown. A
warning's document never changes under its address, so each is fetched once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.bmkg.cap import CapAlert, read_cap
from connectors.bmkg.quake import entries_of, read_quakes
from connectors.bmkg.weather import entry_of, first_of
from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
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
    chain = _chain(state.get("chain"))
    links = _chain(state.get("links"))
    new = [each for each in feed.entries if each.link and each.link not in links][:MAX_DOCUMENTS]
    entries: list[Entry] = []
    odd: list[Oddity] = []
    late = False
    for item in reversed(new):
        if time.monotonic() > ctx.deadline:
            late = True
            break
        try:
            alert = read_cap(ctx.http.get(item.link).body)
        except ParseError as error:
            odd.append(Oddity("degraded", f"{item.link}: {error.detail}"))
            links[item.link] = ""
            continue
        except FetchError as error:
            if not error.permanent and error.reason != "gone":
                raise
            odd.append(Oddity("degraded", f"{item.link}: {error.detail}"))
            links[item.link] = ""
            continue
        links[item.link] = alert.identifier
        entries += _read(alert, item.link, chain)
    kept = {
        "validators": {} if late else state["validators"],
        "chain": _newest(chain),
        "links": _newest(links),
    }
    yield Batch(
        kept,
        _latest(entries),
        skipped=len(feed.entries) - len(new),
        unchanged=not new,
        wait=WAIT,
        urgent=True,
        more=late,
        warnings=tuple(odd),
        moved_to=answer.moved_to,
    )


def _read(alert: CapAlert, link: str, chain: dict[str, str]) -> Iterator[Entry]:
    if not alert.public or alert.info is None or alert.kind not in ("Alert", "Update", "Cancel"):
        return
    first = first_of(alert, chain)
    chain[alert.identifier] = first
    yield entry_of(alert, alert.info, first, link)


def _latest(entries: list[Entry]) -> tuple[Entry, ...]:
    """Of several readings of one warning the one that was sent last."""
    found: dict[str, Entry] = {}
    for each in entries:
        old = found.get(each.id)
        if old is None or (each.published and (not old.published or each.published >= old.published)):
            found[each.id] = each
    return tuple(found.values())


def _chain(saved: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in saved.items()} if isinstance(saved, Mapping) else {}


def _newest(kept: dict[str, str]) -> dict[str, str]:
    return dict(list(kept.items())[-REMEMBERED:])

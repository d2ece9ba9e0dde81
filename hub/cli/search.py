"""``kimhub search``: the same search as the portal's."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from hub.cli.frame import Command, Failure, Frame, json_option, option, tell
from hub.cli.output import line, print_json
from hub.cli.values import day
from hub.model import Card, Filters, SearchPage, SearchRequest, card_data

#: Answers of one page at most, as in the API.
MOST = 100


@click.command(cls=Command, help="help.search")
@click.argument("query", nargs=-1, required=True)
@option("--village", metavar="CODE")
@option("--kecamatan", metavar="CODE")
@option("--site", type=int, metavar="ID")
@option("--topic")
@option("--since", metavar="YYYY-MM-DD")
@option("--until", metavar="YYYY-MM-DD")
@option("--sort", type=click.Choice(["relevance", "newest"]), default="relevance")
@option("--limit", type=click.IntRange(1, MOST), default=20)
@json_option
@click.pass_obj
def search(
    frame: Frame,
    query: tuple[str, ...],
    village: str | None,
    kecamatan: str | None,
    site: int | None,
    topic: str | None,
    since: str | None,
    until: str | None,
    sort: str,
    limit: int,
    as_json: bool,
) -> None:
    zone = frame.settings.zone
    filters = Filters(village, kecamatan, site, topic, day(since, zone), day(until, zone, end=True))
    with frame.hub() as hub:
        found = hub.reading.search(SearchRequest(" ".join(query), filters, sort=sort, limit=limit))
        if found.notice == "index_down":
            raise Failure("error.rebuild", problem=hub.indexing.status().problem)
    if as_json:
        print_json(answer_data(found, frame.settings.hub.base_url))
    else:
        _print(found, frame)


def answer_data(found: SearchPage, base_url: str) -> dict[str, Any]:
    """An answer in the shape of ``/api/v1/search``."""
    return {
        "query": found.query,
        "total": found.total,
        "relaxed": found.relaxed,
        "results": [card_data(each, base_url) for each in found.results],
        "facets": {
            name: [{"value": each.value, "label": each.label, "count": each.count} for each in values]
            for name, values in found.facets.items()
        },
        "suggestion": found.suggestion,
        "corrected": found.corrected,
        "next": found.next,
    }


def _print(found: SearchPage, frame: Frame) -> None:
    if found.corrected:
        line(tell("search.corrected", typed=found.query, meant=found.suggestion))
    line(tell("search.total", total=found.total))
    for number, card in enumerate(found.results):
        if found.relaxed and number == found.total:
            line(tell("search.relaxed"))
        line(f"{_day(card, frame)}  {card.title}  ({card.site.name}, {card.village.name})")
        line(f"            {frame.settings.hub.base_url}/berita/{card.id}")
    if not found.results:
        line(tell("search.nothing"))
    if found.suggestion and not found.corrected:
        line(tell("search.suggestion", query=found.suggestion))


def _day(card: Card, frame: Frame) -> date:
    return card.sort_at.astimezone(frame.settings.zone).date()

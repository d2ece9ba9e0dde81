"""A connector for a made-up JSON API, right in all that the contract asks, and its harness."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from hub.spec import (
    AuthError,
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
    Missing,
    Option,
    ParseError,
    Probe,
    Proposal,
    Response,
    Source,
    Validators,
    option,
)
from hub.testing import Answer, Asked, ConnectorHarness, Item

TOKEN = "rahasia-7602-sangat-rahasia"
PAGE = 50
OPTIONS = (
    Option(
        "token", secret=True, help={"id": "Token dari halaman pengaturan.", "en": "Token from the settings."}
    ),
)


class Toy:
    """``/api?page=N`` answers ``{"items": [...], "more": bool}``, newest first."""

    name = "toy"
    label: Mapping[str, str] = {"id": "Mainan", "en": "Toy"}
    options: tuple[Option, ...] = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return ()

    def check(self, source: Source, ctx: Context) -> Check:
        items = self.items(self.get(source, ctx, 1))
        return Check(len(items), items[0]["title"] if items else "")

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        page, validators, whole = self.load(cursor or {})
        seen: set[str] | None = set() if page == 1 else None
        while True:
            response = self.get(source, ctx, page, validators if page == 1 and whole else None)
            if page == 1:
                if response.unchanged:
                    yield Batch(self.dump(1, response.validators, True), unchanged=True)
                    return
                validators = response.validators
            entries = tuple(self.entry(raw, source, ctx) for raw in self.items(response))
            if seen is not None:
                seen |= {entry.id for entry in entries}
            if not response.json().get("more"):
                gone = self.gone(ctx, seen) if whole and seen is not None else ()
                yield Batch(self.dump(1, validators, True), entries, missing=gone)
                return
            page += 1
            late = self.late(ctx)
            yield Batch(self.dump(page, validators, whole), entries, more=late)
            if late:
                return

    # -- what the tests break ------------------------------------------------------------------------

    def load(self, saved: Cursor) -> tuple[int, Validators, bool]:
        page = saved.get("page")
        if type(page) is not int or not 1 <= page <= 1000:
            page = 1
        return page, Validators.load(saved.get("validators")), saved.get("whole") is True

    def dump(self, page: int, validators: Validators, whole: bool) -> dict[str, Any]:
        return {"page": page, "validators": validators.dump(), "whole": whole}

    def get(self, source: Source, ctx: Context, page: int, since: Validators | None = None) -> Response:
        token = option(source, OPTIONS, "token")
        headers = {"Authorization": f"Bearer {token}"}
        try:
            return ctx.http.get(f"{source.url}?page={page}", headers=headers, since=since)
        except FetchError as error:
            if error.status == 401:
                raise AuthError("auth", "the token is not accepted; get a new one", permanent=True) from error
            raise

    def items(self, response: Response) -> list[dict[str, Any]]:
        answer = response.json()
        items = answer.get("items") if isinstance(answer, dict) else None
        if not isinstance(items, list):
            raise ParseError("not_a_feed", "no list of items")
        return items

    def entry(self, raw: dict[str, Any], source: Source, ctx: Context) -> Entry:
        return Entry(
            id=self.id(raw),
            link=self.link(raw),
            title=raw["title"],
            html=raw["html"],
            published=self.date(raw["date"]),
            base=source.url,
        )

    def id(self, raw: dict[str, Any]) -> str:
        return f"toy:{raw['id']}"

    def link(self, raw: dict[str, Any]) -> str:
        return f"/berita/{raw['id']}"

    def date(self, text: str) -> datetime | None:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None

    def gone(self, ctx: Context, seen: set[str]) -> tuple[Missing, ...]:
        return tuple(Missing(each) for each in ctx.known_ids() if each not in seen)

    def late(self, ctx: Context) -> bool:
        return time.monotonic() >= ctx.deadline


class ToyHarness(ConnectorHarness):
    hosts = ("api.taan.example",)
    url = "https://api.taan.example/api"
    options: ClassVar[dict[str, Any]] = {"token": TOKEN}
    secrets = (TOKEN,)
    lacks = frozenset({"charset"})

    def __init__(self, connector: Any = None) -> None:
        self.connector = connector or Toy()

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path != urlsplit(self.url).path:
            return Answer(b"tidak ada", 404, "text/plain")
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.refuse(asked)
        at = (int(asked.query.get("page", 1)) - 1) * PAGE
        listed = [
            {"id": item.number, "title": item.title, "html": item.html, "date": item.published.isoformat()}
            for item in items[at : at + PAGE]
        ]
        return Answer.json({"items": listed, "more": at + PAGE < len(items)})

"""Visits to an actor's outbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urljoin, urlsplit

from connectors.activitypub.client import (
    Client,
    is_actor,
    many,
    read_object,
    reference,
    references,
)
from connectors.activitypub.parse import KINDS, author_name, identifier, is_public, to_message
from hub.spec import (
    SOCIAL_OPTIONS,
    Batch,
    Check,
    Context,
    Cursor,
    FetchError,
    Message,
    Option,
    ParseError,
    Probe,
    Proposal,
    Raw,
    RemoteError,
    Source,
    Thread,
    TimelinePage,
    TimelineState,
    Validators,
    option,
    read_timeline,
    text_in,
    title_of,
)

OPTIONS = (
    *SOCIAL_OPTIONS,
    Option(
        "full_history",
        "bool",
        default=True,
        help={
            "id": "Pada kunjungan pertama, ambil juga kiriman lama (paling banyak 50 halaman).",
            "en": "On the first visit also read older posts (50 pages at most).",
        },
    ),
)
#: Before a plain feed (50), after a network's own interface.
RANK = 45
_MAX_LINKS = 3
#: Messages up which a thread is followed, one request each.
_MAX_THREAD = 20


class ActivityPub:
    """Reads an actor's outbox. ``source.url`` is its profile or its ActivityPub address."""

    name = "activitypub"
    label: Mapping[str, str] = {"id": "ActivityPub (Fediverse)", "en": "ActivityPub (Fediverse)"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        linked = [
            each.url for each in probe.links if each.rel == "alternate" and "activity+json" in each.type
        ]
        for url in dict.fromkeys(linked[:_MAX_LINKS]):
            try:
                found = Client(ctx).object(url)
            except RemoteError:
                continue
            if is_actor(found):
                title = text_in(found, "name") or text_in(found, "preferredUsername") or probe.title
                yield Proposal(
                    "activitypub", text_in(found, "id"), rank=RANK, platform="ActivityPub", title=title
                )

    def check(self, source: Source, ctx: Context) -> Check:
        line = Line(source, {}, ctx)
        messages = line.newest(None).messages
        newest = next((each.title or title_of(each.words) for each in messages), "")
        return Check(len(messages), newest, line.shown_name)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        state = TimelineState.load(cursor)
        history = bool(option(source, OPTIONS, "full_history"))
        return read_timeline(Line(source, state.who, ctx), state, ctx, history=history)


class Line:
    """The outbox. ``who`` keeps the actor's id and the address of the newest page."""

    sweep = 20

    def __init__(self, source: Source, who: dict[str, str], ctx: Context) -> None:
        self._url, self._client, self._who, self._ctx = source.url, Client(ctx), who, ctx
        self._replies = bool(option(source, OPTIONS, "replies"))
        self._reposts = bool(option(source, OPTIONS, "reposts"))
        self.own: Sequence[str] = (urlsplit(source.url).hostname or "",)
        self.shown_name = ""
        self._read: set[str] = set()

    def newest(self, since: Validators | None) -> TimelinePage:
        if not self._known():
            self._look_up()
            since = None
        try:
            return self._page(self._who["first"], since)
        except FetchError as error:
            if error.status not in (404, 410) or self.shown_name:
                raise
        self._look_up()
        return self._page(self._who["first"])

    def older(self, at: str) -> TimelinePage:
        return self._page(at)

    def after(self, known: Sequence[str]) -> str:
        return ""

    def thread(self, part: Thread) -> Sequence[Message] | None:
        line, at = list[Message](), part[0].parent
        while at and len(line) < _MAX_THREAD:
            found = self._client.find(at)
            if found is None:
                break
            if self._who["actor"] not in references(found, "attributedTo"):
                return line if self._replies else None
            line.insert(0, to_message(found, self._ctx, parent=self._parent(found)))
            at = line[0].parent
            if reference(found, "inReplyTo") and not at and not self._replies:
                return None
        return line

    def gone(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """What other servers hold (passed on) is not asked for."""
        found = {}
        for each in ids:
            if urlsplit(each).netloc != urlsplit(self._who["actor"]).netloc:
                continue
            try:
                if text_in(self._client.object(each), "type") == "Tombstone":
                    found[each] = True
            except ParseError:  # a page for people: it is there
                continue
            except FetchError as error:
                if error.status not in (404, 410):
                    raise
                found[each] = error.status == 410
        return found

    # -- asking ---------------------------------------------------------------------------------------

    def _known(self) -> bool:
        addresses = (self._who.get(name, "") for name in ("actor", "first"))
        return all(each.startswith(("http://", "https://")) for each in addresses)

    def _look_up(self) -> None:
        actor = self._client.actor(self._url)
        self.shown_name = (
            text_in(actor, "name") or text_in(actor, "preferredUsername") or text_in(actor, "id")
        )
        self._who["actor"] = text_in(actor, "id")
        outbox = urljoin(text_in(actor, "id"), reference(actor, "outbox"))
        box = self._client.object(outbox)
        first = box.get("first")
        self._who["first"] = urljoin(outbox, first) if isinstance(first, str) and first else outbox

    def _page(self, url: str, since: Validators | None = None) -> TimelinePage:
        response = self._client.get(url, since=since)
        if response.unchanged and since is not None:
            return TimelinePage(unchanged=True, validators=response.validators)
        self._read.add(url)
        page = read_object(response)
        if isinstance(page.get("first"), dict) and not _items(page):
            page = page["first"]
        if "Collection" not in text_in(page, "type"):
            raise ParseError("not_a_feed", f"the answer is no collection but {text_in(page, 'type')[:40]!r}")
        made = [self._item(each) for each in _items(page)]
        messages = tuple(each for each in made if isinstance(each, Message))
        removed = tuple(each for each in made if isinstance(each, str))
        skipped = sum(each is None for each in made)
        messages = tuple(each for each in messages if each.id not in removed)
        return TimelinePage(
            messages, self._following(page, url), skipped, removed, validators=response.validators
        )

    def _following(self, page: Raw, url: str) -> str:
        """The next page, on the same server and not one that was read already: collections were seen that
        lead round in a circle."""
        following = urljoin(url, reference(page, "next")) if reference(page, "next") else ""
        same = urlsplit(following).netloc == urlsplit(url).netloc
        return following if same and following not in self._read else ""

    # -- items ----------------------------------------------------------------------------------------

    def _item(self, item: object) -> Message | str | None:
        """A message, the id of one that was removed, or None for what is left out."""
        raw = self._whole(item)
        kind, inner = text_in(raw, "type"), raw.get("object")
        if kind in ("Delete", "Undo"):
            return reference(raw, "object") or None if kind == "Delete" else None
        if kind == "Announce":
            return self._passed_on(inner) if self._reposts else None
        found = self._whole(inner) if kind in ("Create", "Update") else raw
        if text_in(found, "type") == "Tombstone":
            return identifier(found) or None
        if text_in(found, "type") not in KINDS or not identifier(found) or not is_public(found):
            return None
        parent = self._parent(found)
        if reference(found, "inReplyTo") and not parent and not self._replies:
            return None
        return to_message(found, self._ctx, parent=parent)

    def _whole(self, given: object) -> Raw:
        if isinstance(given, str) and given.startswith(("http://", "https://")):
            return self._client.find(given) or {}
        return given if isinstance(given, dict) else {}

    def _passed_on(self, inner: object) -> Message | None:
        found = self._whole(inner)
        if text_in(found, "type") not in KINDS or not identifier(found) or not is_public(found):
            return None
        return to_message(found, self._ctx, author=author_name(found))

    def _parent(self, raw: Raw) -> str:
        """What it goes on from, if that may be the actor's own: where ids of messages begin with the actor's,
        those of others are told by that; elsewhere only by looking."""
        parent, actor = reference(raw, "inReplyTo"), self._who["actor"]
        if urlsplit(parent).netloc != urlsplit(actor).netloc:
            return ""
        nested = identifier(raw).startswith(f"{actor}/")
        return parent if not nested or parent.startswith(f"{actor}/") else ""


def _items(page: Raw) -> list[object]:
    return many(page, "orderedItems") or many(page, "items")

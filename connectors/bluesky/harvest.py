"""Visits to an account: back from the newest post to the first that is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors.bluesky.client import (
    MOST_URIS,
    PAGE,
    WEB,
    Client,
    Refused,
    actor_of,
    read_object,
)
from connectors.bluesky.parse import author_of, is_reply_to_others, is_repost, to_message
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
    mapping_in,
    mappings_in,
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
            "id": "Pada kunjungan pertama, ambil juga kiriman lama (paling banyak 5.000).",
            "en": "On the first visit also read older posts (5,000 at most).",
        },
    ),
)
#: Deepest thread that is asked for.
_DEPTH = 100
_MAX_LINKS = 5


class Bluesky:
    """Reads an account. ``source.url`` is its profile (``https://bsky.app/profile/kim.example``)."""

    name = "bluesky"
    label: Mapping[str, str] = {"id": "Bluesky", "en": "Bluesky"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        linked = [each.url for each in probe.links if "me" in each.rel.lower().split()][:_MAX_LINKS]
        for url in dict.fromkeys((probe.url, *linked)):
            actor = actor_of(url)
            found = _profile(actor, ctx) if actor else {}
            if did := text_in(found, "did"):
                stream = "posts" if url == probe.url else "bluesky"
                title = text_in(found, "displayName") or text_in(found, "handle")
                yield Proposal("bluesky", f"{WEB}/profile/{did}", stream, 20, platform="Bluesky", title=title)

    def check(self, source: Source, ctx: Context) -> Check:
        line = Line(source, {}, ctx)
        messages = line.newest(None).messages
        newest = next((title_of(each.words) for each in messages), "")
        return Check(len(messages), newest, line.shown_name)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        state = TimelineState.load(cursor)
        history = bool(option(source, OPTIONS, "full_history"))
        return read_timeline(Line(source, state.who, ctx), state, ctx, history=history)


def _profile(actor: str, ctx: Context) -> Raw:
    try:
        return Client(ctx).object("app.bsky.actor.getProfile", [("actor", actor)])
    except RemoteError:
        return {}


class Line:
    """The account's timeline. ``who`` keeps its DID: the handle may move to another account."""

    own = ("bsky.app", "bsky.social")
    sweep = 4 * MOST_URIS

    def __init__(self, source: Source, who: dict[str, str], ctx: Context) -> None:
        self._actor = actor_of(source.url)
        if not self._actor:
            detail = f"{source.url[:200]} is no profile; give its address as {WEB}/profile/name"
            raise FetchError("bad_url", detail, permanent=True, url=source.url)
        self._client, self._who, self._ctx = Client(ctx), who, ctx
        self._replies = bool(option(source, OPTIONS, "replies"))
        self._reposts = bool(option(source, OPTIONS, "reposts"))
        self.shown_name = self._actor

    def newest(self, since: Validators | None) -> TimelinePage:
        if not self._who.get("did", "").startswith("did:"):
            self._look_up()
        return self._page("", since)

    def older(self, at: str) -> TimelinePage:
        return self._page(at)

    def after(self, known: Sequence[str]) -> str:
        return ""

    def thread(self, part: Thread) -> Sequence[Message] | None:
        asked = [("uri", part[0].parent), ("depth", str(_DEPTH)), ("parentHeight", str(_DEPTH))]
        try:
            found = mapping_in(self._client.object("app.bsky.feed.getPostThread", asked), "thread")
        except Refused as refused:
            if refused.code == "NotFound":
                return ()
            raise
        before, at = list[Raw](), found
        while self._is_mine(mapping_in(at, "post")):
            before.insert(0, mapping_in(at, "post"))
            at = mapping_in(at, "parent")
        if before and is_reply_to_others(before[0]) and not self._replies:
            return None
        posts = [*before, *self._answers(found)]
        return [to_message(post, self._ctx) for post in posts]

    def gone(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """The network leaves out what is no more, or is kept back for a while: it states nothing."""
        missing: dict[str, bool] = {}
        posts = [each for each in ids if each.startswith("at://")]
        for start in range(0, len(posts), MOST_URIS):
            chunk = posts[start : start + MOST_URIS]
            found = self._client.object("app.bsky.feed.getPosts", [("uris", each) for each in chunk])
            if not isinstance(found.get("posts"), list):
                raise ParseError("not_a_feed", "the answer holds no posts")
            there = {text_in(each, "uri") for each in mappings_in(found, "posts")}
            missing |= {each: False for each in chunk if each not in there}
        return missing

    # -- asking ---------------------------------------------------------------------------------------

    def _look_up(self) -> None:
        try:
            found = self._client.object("app.bsky.actor.getProfile", [("actor", self._actor)])
        except Refused as refused:
            detail = f"there is no account {self._actor} ({refused.detail})"
            raise FetchError("bad_url", detail, permanent=True) from refused
        did = text_in(found, "did")
        if not did.startswith("did:"):
            raise ParseError("not_a_feed", "the answer is no profile")
        self._who["did"], self.shown_name = did, text_in(found, "displayName") or self._actor

    def _page(self, cursor: str, since: Validators | None = None) -> TimelinePage:
        kind = "posts_with_replies" if self._replies else "posts_and_author_threads"
        asked = [("actor", self._who["did"]), ("limit", str(PAGE)), ("filter", kind)]
        asked += [("cursor", cursor)] if cursor else []
        response = self._client.get("app.bsky.feed.getAuthorFeed", asked, since=since)
        if response.unchanged and since is not None:
            return TimelinePage(unchanged=True, validators=response.validators)
        found = read_object(response)
        if not isinstance(found.get("feed"), list):
            raise ParseError("not_a_feed", "the answer holds no feed")
        items = [each for each in mappings_in(found, "feed") if text_in(mapping_in(each, "post"), "uri")]
        kept = [each for each in items if self._is_wanted(each)]
        messages = (
            to_message(mapping_in(each, "post"), self._ctx, passed_on=is_repost(each)) for each in kept
        )
        older = text_in(found, "cursor") if items else ""
        skipped = len(items) - len(kept)
        return TimelinePage(tuple(messages), older, skipped, validators=response.validators)

    def _is_wanted(self, item: Raw) -> bool:
        if is_repost(item):
            return self._reposts
        return self._replies or not is_reply_to_others(mapping_in(item, "post"))

    def _is_mine(self, post: Raw) -> bool:
        uri = text_in(post, "uri")
        return bool(uri) and author_of(uri) == self._who.get("did")

    def _answers(self, node: Raw) -> Iterator[Raw]:
        """The author's own replies in an unbroken line, first to last."""
        for each in sorted(
            mappings_in(node, "replies"), key=lambda each: text_in(mapping_in(each, "post"), "uri")
        ):
            if self._is_mine(mapping_in(each, "post")):
                yield mapping_in(each, "post")
                yield from self._answers(each)

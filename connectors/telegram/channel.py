"""The ``telegram`` connector: public channels by their preview."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors.telegram.page import read_message
from connectors.telegram.preview import BASE, HOSTS, get_preview, is_passed_on, name_of, to_message
from hub.spec import (
    SOCIAL_OPTIONS,
    Batch,
    Check,
    Context,
    Cursor,
    FetchError,
    Message,
    Option,
    Probe,
    Proposal,
    RemoteError,
    Source,
    Thread,
    TimelinePage,
    TimelineState,
    Validators,
    option,
    read_timeline,
    title_of,
)

OPTIONS = (
    *(each for each in SOCIAL_OPTIONS if each.name == "reposts"),
    Option(
        "full_history",
        "bool",
        default=True,
        help={
            "id": "Pada kunjungan pertama, ambil juga pesan lama (paling banyak sekitar 1.000).",
            "en": "On the first visit also read older messages (about 1,000 at most).",
        },
    ),
)
_MAX_LINKS = 3


class TelegramChannel:
    """Reads a public channel. ``source.url`` is its address (``https://t.me/name``)."""

    name = "telegram"
    label: Mapping[str, str] = {"id": "Telegram (kanal publik)", "en": "Telegram (public channel)"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        linked = [each.url for each in probe.links if name_of(each.url)][:_MAX_LINKS]
        names = {name_of(url).lower(): url for url in reversed((probe.url, *linked)) if name_of(url)}
        for url in reversed(names.values()):
            try:
                title = get_preview(ctx, name_of(url)).title
            except RemoteError:  # a person, a group, or no preview
                continue
            stream = "posts" if url == probe.url else "telegram"
            yield Proposal("telegram", f"{BASE}/{name_of(url)}", stream, 20, platform="Telegram", title=title)

    def check(self, source: Source, ctx: Context) -> Check:
        line = Line(source, ctx)
        messages = line.newest(None).messages
        newest = next((title for each in messages if (title := each.title or title_of(each.words))), "")
        return Check(len(messages), newest, line.shown_name)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        history = bool(option(source, OPTIONS, "full_history"))
        return read_timeline(Line(source, ctx), TimelineState.load(cursor), ctx, history=history)


class Line:
    """The channel's messages. One that answers another stands for itself, with a link to it: days may lie
    between them."""

    own = HOSTS
    sweep = 5

    def __init__(self, source: Source, ctx: Context) -> None:
        self._name = name_of(source.url)
        if not self._name:
            detail = f"{source.url[:200]} is no public channel; give https://t.me/name, or use telegram-bot"
            raise FetchError("bad_url", detail, permanent=True, url=source.url)
        self._ctx, self._reposts = ctx, bool(option(source, OPTIONS, "reposts"))
        self.shown_name = self._name

    def newest(self, since: Validators | None) -> TimelinePage:
        return self._page("", since)

    def older(self, at: str) -> TimelinePage:
        return self._page(at)

    def after(self, known: Sequence[str]) -> str:
        return ""

    def thread(self, part: Thread) -> Sequence[Message] | None:
        return ()

    def gone(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Those whose own page says so."""
        ours = [each for each in ids if each.lower().startswith(f"{BASE}/{self._name}/".lower())]
        seen = {each: read_message(self._ctx.http, each) for each in ours}
        return {each: False for each, found in seen.items() if found is not None and found.text is None}

    def _page(self, before: str, since: Validators | None = None) -> TimelinePage:
        preview = get_preview(self._ctx, self._name, before, since=since)
        validators = preview.response.validators
        if preview.response.unchanged and since is not None:
            return TimelinePage(unchanged=True, validators=validators)
        self.shown_name = preview.title or self._name
        kept = [each for each in preview.messages if self._reposts or not is_passed_on(each[1], self._name)]
        messages = tuple(to_message(number, node, self._name, self._ctx) for number, node in kept)
        oldest = min((number for number, _ in preview.messages), default=0)
        further = oldest > 1 and (not before or oldest < int(before))
        skipped = len(preview.messages) - len(kept)
        return TimelinePage(messages, str(oldest) if further else "", skipped, validators=validators)

"""Visits to an account: the newest statuses again and again, what lies between, once the past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote, urlsplit

from connectors.mastodon.client import PAGE, Client, account_of, statuses
from connectors.mastodon.detect import propose
from connectors.mastodon.parse import (
    entry_id,
    is_public,
    is_reply_to_others,
    is_repost,
    number_of,
    to_message,
)
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
    Raw,
    Source,
    Thread,
    TimelinePage,
    TimelineState,
    Validators,
    option,
    read_timeline,
    text_in,
    threads_of,
    title_of,
)

OPTIONS = (
    *SOCIAL_OPTIONS,
    Option(
        "full_history",
        "bool",
        default=True,
        help={
            "id": "Pada kunjungan pertama, ambil juga kiriman lama (paling banyak 2.000).",
            "en": "On the first visit also read older posts (2,000 at most).",
        },
    ),
)


class Mastodon:
    """Reads an account. ``source.url`` is its profile (``https://server/@name``)."""

    name = "mastodon"
    label: Mapping[str, str] = {"id": "Mastodon", "en": "Mastodon"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return propose(probe, ctx)

    def check(self, source: Source, ctx: Context) -> Check:
        line = Line(source, {}, ctx)
        messages = line.newest(None).messages
        newest = next((title_of(each.words) for each in messages), "")
        return Check(len(messages), newest, line.shown_name)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        state = TimelineState.load(cursor)
        history = bool(option(source, OPTIONS, "full_history"))
        return read_timeline(Line(source, state.who, ctx), state, ctx, history=history)


class Line:
    """The account's timeline. ``who`` keeps its number, which is looked up once."""

    #: Statuses that may be asked about one by one in a visit.
    sweep = 20

    def __init__(self, source: Source, who: dict[str, str], ctx: Context) -> None:
        base, self._name = account_of(source.url)
        if not base:
            detail = f"{source.url[:200]} is no profile; give its address as https://server/@name"
            raise FetchError("bad_url", detail, permanent=True, url=source.url)
        self._client, self._who, self._ctx = Client(ctx, base), who, ctx
        self._replies = bool(option(source, OPTIONS, "replies"))
        self._reposts = bool(option(source, OPTIONS, "reposts"))
        self.own = (urlsplit(base).hostname or "",)
        self.shown_name = self._name

    def newest(self, since: Validators | None) -> TimelinePage:
        if not self._who.get("id"):
            self._look_up()
        try:
            return self._page({}, since)
        except FetchError as error:
            if error.status not in (404, 410) or self.shown_name != self._name:
                raise
        self._look_up()  # a server that was set up anew has other numbers
        return self._page({}, None)

    def older(self, at: str) -> TimelinePage:
        order, _, number = at.partition("=")
        return self._page({order: number})

    def after(self, known: Sequence[str]) -> str:
        numbers = [number for each in known if (number := number_of(each, self._client.base))]
        return f"min_id={max(numbers, key=_rank)}" if numbers else ""

    def thread(self, part: Thread) -> Sequence[Message] | None:
        number = number_of(part[0].id, self._client.base)
        context = self._client.find(f"statuses/{number}/context") or {}
        before, after = (_statuses(context, name) for name in ("ancestors", "descendants"))
        line = [*before[_beginning(before, self._account) :]]
        if line and is_reply_to_others(line[0], self._account) and not self._replies:
            return None
        mine = [self._message(each) for each in (*line, *after) if self._is_mine(each)]
        found = {each.id: each for each in (*mine, *part)}
        # of the answers only those that go on from the thread itself
        threads = threads_of(reversed(found.values()))
        return next(thread for thread in threads if part[0] in thread)

    def gone(self, ids: Sequence[str]) -> Mapping[str, bool]:
        found = {}
        for each in ids:
            number = number_of(each, self._client.base)
            try:
                if number:
                    self._client.get(f"statuses/{number}")
            except FetchError as error:
                if error.status not in (404, 410):
                    raise
                found[each] = error.status == 410
        return found

    # -- asking ---------------------------------------------------------------------------------------

    @property
    def _account(self) -> str:
        return self._who.get("id", "")

    def _look_up(self) -> None:
        found = self._client.find("accounts/lookup", acct=self._name)
        number = text_in(found or {}, "id")
        if not found or not number:
            detail = f"there is no account {self._name} at {self.own[0]}"
            raise FetchError("bad_url", detail, permanent=True)
        self._who["id"] = number
        self.shown_name = text_in(found, "display_name") or f"@{self._name}"

    def _page(self, place: Mapping[str, str], since: Validators | None = None) -> TimelinePage:
        asked = {"limit": str(PAGE), **place}
        # not exclude_replies: some servers leave out what one says to oneself as well
        asked |= {} if self._reposts else {"exclude_reblogs": "true"}
        path = f"accounts/{quote(self._account, safe='')}/statuses"
        response = self._client.get(path, since=since, **asked)
        if response.unchanged and since is not None:
            return TimelinePage(unchanged=True, validators=response.validators)
        found = statuses(response)
        kept = [each for each in found if self._is_wanted(each)]
        messages = tuple(self._message(each) for each in kept)
        skipped = len(found) - len(kept)
        return TimelinePage(messages, _following(found, place), skipped, validators=response.validators)

    def _message(self, raw: Raw) -> Message:
        return to_message(raw, self._client.base, self._account, self._ctx)

    def _is_wanted(self, raw: Raw) -> bool:
        if is_repost(raw):
            return self._reposts and is_public(raw)
        return is_public(raw) and (self._replies or not is_reply_to_others(raw, self._account))

    def _is_mine(self, raw: Raw) -> bool:
        account = raw.get("account")
        mine = isinstance(account, dict) and account.get("id") == self._account
        return mine and is_public(raw) and bool(entry_id(raw, self._client.base))


def _following(found: Sequence[Raw], place: Mapping[str, str]) -> str:
    """Where it goes on: forwards from ``min_id``, else back. A page may be short of what was left out."""
    if not found:
        return ""
    numbers = sorted((text_in(each, "id") for each in found), key=_rank)
    return f"min_id={numbers[-1]}" if "min_id" in place else f"max_id={numbers[0]}"


def _rank(number: str) -> tuple[int, str]:
    """Numbers are texts; the longer is the newer."""
    return len(number), number


def _statuses(context: Raw, name: str) -> list[Raw]:
    found = context.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _beginning(ancestors: Sequence[Raw], account: str) -> int:
    """Where the author's own unbroken line of ancestors begins."""
    at = len(ancestors)
    while at and isinstance(ancestors[at - 1].get("account"), dict):
        if ancestors[at - 1]["account"].get("id") != account:
            break
        at -= 1
    return at

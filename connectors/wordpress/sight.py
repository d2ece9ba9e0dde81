"""Reading a copy back as residents do, and asking the site what became of it."""

from __future__ import annotations

import html
import re
from typing import Final

from connectors.wordpress.account import Account
from connectors.wordpress.client import Raw
from connectors.wordpress.copies import look, put_away, taken_away
from connectors.wordpress.handover import Choices
from connectors.wordpress.wording import address, differs, name, signature
from hub.spec import Copy, FetchError, Http, Notice, PublishContext, RemoteError, Response, Sight, Target

#: Asks caches on the way not to answer from memory.
FRESH: Final = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
_TAGS: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_NO_WORDS: Final = re.compile(r"\W+")


def verify(notice: Notice, copy: Copy, target: Target, choices: Choices, ctx: PublishContext) -> Sight:
    """As :meth:`hub.spec.Publisher.verify`."""
    page = read_page(copy.remote_url, ctx.http) if copy.remote_url else None
    if page is not None and shows(page, notice):
        return _seen(page, notice, copy, target, choices, ctx)
    try:
        raw = Account.known(target, ctx).post(copy.remote_id)
    except RemoteError as error:
        if page is None or page.status not in (404, 410) or not error.permanent:
            raise
        return Sight("gone", copy.remote_url, f"its page answers {page.status}")
    return _unseen(page, raw, notice, copy, choices, ctx)


def read_page(url: str, http: Http) -> Response:
    """The public page, asked for without credentials, whatever its status."""
    return http.get(url, headers=FRESH, ok_only=False)


def shows(page: Response, notice: Notice) -> bool:
    """Whether a page shows the notice: by its mark, or by its subject where the address is still the same
    (a home page that visitors are sent to may list the subject)."""
    if page.status != 200:
        return False
    text = page.body.decode("utf-8", "replace")
    return notice.mark in text.lower() or (not page.moved_to and _words(notice.subject) in _words(text))


def still_shows(url: str, notice: Notice, http: Http) -> bool:
    """Whether a withdrawn copy can still be read, other than as the notice of its withdrawal.

    Raises:
        RemoteError: the page cannot be read.
    """
    try:
        page = read_page(url, http)
    except FetchError as error:
        if error.status is None:
            raise
        return False
    if not shows(page, notice):
        return False
    _, stage = _on_page(page, notice.mark) or (0, "")
    return stage != "withdrawn"


def _seen(
    page: Response, notice: Notice, copy: Copy, target: Target, choices: Choices, ctx: PublishContext
) -> Sight:
    url = copy.remote_url
    raw, remark = _in_the_list(notice, copy, Account.known(target, ctx))
    if raw is not None and taken_away(raw, choices.status):
        return Sight("gone", url, f"it is there as {name(raw, 'status')}; a cached page is left")
    if raw is not None and differs(raw, copy.digest):
        return Sight("edited", url, "changed there since it was handed over")
    version, _ = _on_page(page, notice.mark) or (notice.version, "")
    if version < notice.version:
        return Sight("unproven", url, f"its page still shows version {version}, perhaps from a cache")
    return Sight("seen", url, remark)


def _in_the_list(notice: Notice, copy: Copy, account: Account) -> tuple[Raw | None, str]:
    """The post as the API shows it, None where it does not, and a line about copies beside it, which are put
    away: a site may store a text minutes after the hub gave up waiting and sent it again."""
    raw: Raw | None = None
    try:
        mine = look(account, notice.mark, thorough=False).mine
        raw = next((each for each in mine if str(each["id"]) == copy.remote_id), None)
        if raw is None:
            return account.post(copy.remote_id), ""
        return raw, put_away(account, [each for each in mine if each is not raw], notice.mark)
    except RemoteError:
        return raw, ""  # what residents see is what counts


def _unseen(
    page: Response | None, raw: Raw | None, notice: Notice, copy: Copy, choices: Choices, ctx: PublishContext
) -> Sight:
    url = copy.remote_url
    if raw is None or taken_away(raw, choices.status):
        return Sight(
            "gone", url, f"it is there as {name(raw, 'status')}" if raw else "it is not there any more"
        )
    if raw.get("status") != "publish":
        return Sight(
            "unproven", url, f"it is there as {name(raw, 'status')}; somebody there has to publish it"
        )
    link = address(raw, "link")
    if link and link != url and _reads(link, notice, ctx.http):
        return Sight(
            "edited" if differs(raw, copy.digest) else "seen", link, "at another address than before"
        )
    if differs(raw, copy.digest):
        return Sight("edited", url, "changed there since it was handed over")
    status = f" ({page.status})" if page is not None else ""
    return Sight("unproven", url, f"published there, yet its page does not show it{status}")


def _reads(url: str, notice: Notice, http: Http) -> bool:
    return shows(read_page(url, http), notice)


def _on_page(page: Response, mark: str) -> tuple[int, str] | None:
    return signature({"content": page.body.decode("utf-8", "replace")}, mark)


def _words(text: str) -> str:
    """Letters and digits alone: themes and WordPress change quotes, dashes and spaces."""
    return _NO_WORDS.sub(" ", html.unescape(_TAGS.sub(" ", text))).casefold().strip()

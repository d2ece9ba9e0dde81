"""Announcements as signed requests to a receiver of the village's own."""

from __future__ import annotations

from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser

from connectors.webhook.event import event_id, event_of, signature
from hub.spec import (
    Action,
    AuthError,
    Copy,
    FetchError,
    Notice,
    Option,
    ParseError,
    Preview,
    PublishContext,
    PublishError,
    Receipt,
    Response,
    Sight,
    Target,
    TargetCheck,
)

#: Refusals of the moment (RFC 9110, 6585, 8470).
_LATER = (408, 409, 425, 429)


class WebhookPublisher:
    name = "webhook"
    label: Mapping[str, str] = {
        "id": "Webhook (ke aplikasi lain)",
        "en": "Webhook (to another program)",
    }
    needs = frozenset({"url", "password"})
    options: tuple[Option, ...] = ()

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        """Only the address and the secret: there is no request that would publish nothing."""
        signature(target.password, "check", ctx.now(), b"{}")
        ctx.http.request("HEAD", target.url, ok_only=False)
        return TargetCheck(detail="the receiver answers; whether it takes announcements shows the first one")

    def preview(self, notice: Notice, target: Target) -> Preview:
        return Preview(self.name, notice.subject, html=notice.html)

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
        """A receiver cannot be asked; it recognises repetitions by ``webhook-id``."""
        return None

    def apply(
        self,
        action: Action,
        notice: Notice,
        copy: Copy | None,
        target: Target,
        ctx: PublishContext,
        *,
        overwrite: bool = False,
    ) -> Receipt:
        id, now = event_id(action, notice), ctx.now()
        if overwrite:  # staff want it done again: a receiver would take the same id for a repetition
            id = f"{id}-{int(now.timestamp())}"
        body = event_of(action, notice, now)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            **signature(target.password, id, now, body),
        }
        try:
            answer = ctx.http.request("POST", target.url, body=body, headers=headers, ok_only=False)
        except FetchError as error:
            raise PublishError(
                error.reason, error.detail, permanent=error.permanent, retry_after=error.retry_after
            ) from None
        _demand_taken(answer)
        return Receipt("done", None if action == "withdraw" else _copy(answer, copy, notice))

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        if not copy.remote_url:
            return Sight("unproven", detail="the receiver named no public page")
        answer = ctx.http.get(copy.remote_url, accept="text/html", ok_only=False)
        if answer.status in (404, 410):
            return Sight("gone", copy.remote_url)
        page = answer.body.decode(answer.charset or "utf-8", "replace") if _known(answer.charset) else ""
        if answer.status == 200 and (notice.mark in page or _words(notice.subject) in _words_of(page)):
            return Sight("seen", copy.remote_url)
        return Sight(
            "unproven", copy.remote_url, f"the page ({answer.status}) shows neither mark nor subject"
        )


def _demand_taken(answer: Response) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    detail = f"the receiver answered {status}"
    if status == 410:
        raise PublishError("gone", f"{detail}: it wants no more; remove this target", permanent=True)
    if status in (401, 403):
        cure = "compare the signing secret on both sides"
        raise AuthError("auth", f"{detail}; {cure}", permanent=True)
    if 300 <= status < 400:
        raise PublishError("moved", f"{detail}; enter the new address", permanent=True)
    if status == 413:
        raise PublishError("too_large", f"{detail}; raise the receiver's limit", permanent=True)
    if status >= 500:
        raise PublishError("http_5xx", detail)
    raise PublishError("http_4xx", detail, permanent=status not in _LATER)


def _copy(answer: Response, copy: Copy | None, notice: Notice) -> Copy:
    """What the receiver says of its copy, ``{"id": ..., "url": ...}``; all of it may be absent."""
    try:
        said = answer.json() if answer.body else None
    except ParseError:
        said = None
    said = said if isinstance(said, Mapping) else {}
    id, url = said.get("id"), said.get("url")
    known = copy or Copy(notice.mark)
    return Copy(
        str(id)[:200] if isinstance(id, str | int) and id else known.remote_id,
        url if isinstance(url, str) and url.startswith(("https://", "http://")) else known.remote_url,
    )


def _known(charset: str) -> bool:
    try:
        "".encode(charset or "utf-8")
    except (LookupError, UnicodeError):
        return False
    return True


def _words_of(page: str) -> str:
    root = LexborHTMLParser(page).body
    return _words(root.text(separator=" ")) if root else ""


def _words(text: str) -> str:
    return " ".join(text.split())

"""Announcements to a hub below, which publishes them on to its own villages.

The lower hub knows an announcement by its mark where it began, whatever way it comes: sent twice, or by two
hubs above, it is one. A hub that it came through gets nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.hub.client import Client, base_of
from connectors.hub.wording import content_of, digest_of, manuscript_of, remember_uploads, spread
from hub.spec import (
    Action,
    Copy,
    Notice,
    Option,
    ParseError,
    Preview,
    PublishContext,
    Receipt,
    RemoteError,
    Sight,
    Target,
    TargetCheck,
    read_options,
)

#: States in which residents of the lower hub do not see it yet.
_WAITING: Final = ("draft", "pending", "scheduled")
#: States in which it stands there no more.
_OVER: Final = ("withdrawn", "expired")
#: Remote id of a hub that the announcement came from.
_UPSTREAM: Final = "upstream"
_NO_MARK: Final = "kimhub-00-00000000000000000000000000"


@dataclass(frozen=True, slots=True)
class _Known:
    """What ``Copy.digest`` holds: the reading that the lower hub gave back, and the one that we sent, which
    may wait for its second person."""

    given: str
    sent: str
    waits: bool

    def dump(self) -> str:
        return f"{self.given}.{self.sent}.{'waits' if self.waits else ''}"

    @classmethod
    def load(cls, text: str) -> _Known:
        given, _, rest = text.partition(".")
        sent, _, waits = rest.partition(".")
        return cls(given, sent, bool(waits))


class HubPublisher:
    name = "hub"
    label: Mapping[str, str] = {"id": "Hub di bawahnya (kimhub)", "en": "A hub below (kimhub)"}
    needs = frozenset({"url", "password"})
    options = (
        Option(
            "region",
            required=True,
            help={
                "id": "Kode Kemendagri wilayah hub itu, misalnya 76.02; pengumuman untuk desa di dalamnya "
                "lewat hub itu.",
                "en": "Kemendagri code of that hub's region, such as 76.02; announcements for villages in it "
                "go by that hub.",
            },
        ),
    )

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        """Whether the token opens the hub, and whether its region is the one that was entered."""
        region = _region(target)
        Client(target, ctx).received(_NO_MARK)
        listed = ctx.http.get(f"{base_of(target)}/api/v1/regions?limit=1", accept="application/json").json()
        first = (listed.get("results") or [{}])[0] if isinstance(listed, Mapping) else {}
        if not isinstance(first, Mapping) or not first.get("code"):
            raise ParseError("not_a_feed", "the address is not that of a kimhub")
        wrong = "" if first["code"] == region else f"; its region is {first['code']}, not {region}"
        return TargetCheck(f"{first.get('name')} ({first['code']})", media=True, detail=wrong.lstrip("; "))

    def preview(self, notice: Notice, target: Target) -> Preview:
        """The text as written: the lower hub words head and source line itself."""
        return Preview(self.name, notice.subject, text=notice.markdown or notice.text)

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
        answer = Client(target, ctx).received(notice.origin or notice.mark)
        return _copy(target, answer["announcement"], notice) if answer else None

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
        if _came_through(notice, target):
            there = None if action == "withdraw" else Copy(_UPSTREAM)
            return Receipt("done", there, detail="it came from that hub, nothing is sent")
        client = Client(target, ctx)
        if action != "withdraw" and copy is None:
            return _create(client, notice, target, ctx)
        answer = client.received(notice.origin or notice.mark)
        there = answer["announcement"] if answer else None
        if action == "withdraw":
            return _withdraw(client, notice, there, ctx)
        if answer is None or there is None or there.get("state") in _OVER:
            if overwrite:
                return _create(client, notice, target, ctx)
            return Receipt("removed_there", detail="the hub below took it away")
        return _update(client, notice, answer, copy, target, ctx, overwrite=overwrite)

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        """The lower hub's public page, and by its public API whether that is our text."""
        if copy.remote_id == _UPSTREAM:
            return Sight("unproven", detail="it came from that hub, nothing was sent")
        known = _Known.load(copy.digest)
        page = ctx.http.get(copy.remote_url, accept="text/html", ok_only=False)
        if page.status in (404, 410):
            if known.waits:
                return Sight("unproven", copy.remote_url, "waits there for the second person")
            return Sight("gone", copy.remote_url)
        if page.status != 200:
            return Sight("unproven", copy.remote_url, f"the page answered {page.status}")
        address = f"{base_of(target)}/api/v1/announcements/{copy.remote_id}"
        found = ctx.http.get(address, accept="application/json").json()
        if not isinstance(found, Mapping) or found.get("origin") != (notice.origin or notice.mark):
            return Sight("gone", copy.remote_url, "another announcement stands there")
        if found.get("state") in _OVER:
            return Sight("gone", copy.remote_url, f"it is {found['state']} there")
        now = digest_of(found)
        if now == digest_of(content_of(notice)) or (now == known.given and not known.waits):
            return Sight("seen", copy.remote_url, _spread(notice, target, ctx))
        if now == known.given:
            return Sight("unproven", copy.remote_url, "the correction waits there for the second person")
        return Sight("edited", copy.remote_url, "the hub below corrected it")


def _region(target: Target) -> str:
    return str(read_options(HubPublisher.options, target.options, where="options")["region"])


def _came_through(notice: Notice, target: Target) -> bool:
    bare = base_of(target).partition("://")[2].lower()
    return any(each.partition("://")[2].rstrip("/").lower() == bare for each in notice.via)


def _copy(target: Target, found: Mapping[str, Any], notice: Notice) -> Copy:
    given, sent = digest_of(found), digest_of(content_of(notice))
    waits = found.get("state") in _WAITING or bool(found.get("correction_pending"))
    page = f"{base_of(target)}/pengumuman/{found['id']}"
    return Copy(str(found["id"]), page, _Known(given, sent, waits).dump())


def _create(client: Client, notice: Notice, target: Target, ctx: PublishContext) -> Receipt:
    """Sent at once: the lower hub itself knows whether it has it already."""
    origin = notice.origin or notice.mark
    order = manuscript_of(notice, _region(target), ctx) | {
        "origin": origin,
        "via": list(notice.via) or [notice.url.partition("/pengumuman/")[0]],
        "rehearsal": notice.rehearsal,
    }
    key = f"{origin}-v{notice.version}"
    answer, fresh = client.send(order, key)
    there = answer["announcement"]
    if not fresh and there.get("state") not in _OVER:
        return _update(client, notice, answer, None, target, ctx, overwrite=False)
    if not fresh:  # it was taken back, and is meant again
        answer, _ = client.send(order | {"again": True}, f"{key}-after-{there['id']}")
    remember_uploads(notice, answer["announcement"], ctx)
    return Receipt("done", _copy(target, answer["announcement"], notice), detail=spread(answer))


def _update(
    client: Client,
    notice: Notice,
    answer: Mapping[str, Any],
    copy: Copy | None,
    target: Target,
    ctx: PublishContext,
    *,
    overwrite: bool,
) -> Receipt:
    """Bring what stands there to our reading, unless the lower hub changed it."""
    there = answer["announcement"]
    wanted, now = digest_of(content_of(notice)), digest_of(there)
    known = _Known.load(copy.digest) if copy and copy.digest else None
    if known and now not in (known.given, known.sent, wanted) and not overwrite:
        return Receipt("edited_there", copy, detail="the hub below corrected it")
    manuscript = manuscript_of(notice, _region(target), ctx, there.get("attachments") or ())
    answer = client.correct(int(there["id"]), manuscript)
    remember_uploads(notice, answer["announcement"], ctx)
    made = _copy(target, answer["announcement"], notice)
    return Receipt("done", made, adopted=copy is None, detail=spread(answer))


def _withdraw(
    client: Client, notice: Notice, there: Mapping[str, Any] | None, ctx: PublishContext
) -> Receipt:
    if there is None or there.get("state") in _OVER:
        return Receipt("done", detail="it stands there no more")
    if notice.valid_until is not None and notice.valid_until <= ctx.now():
        return Receipt("done", detail="it ends there by itself, at the same time")
    client.withdraw(int(there["id"]))
    return Receipt("done", detail="the hub below takes it back from its villages")


def _spread(notice: Notice, target: Target, ctx: PublishContext) -> str:
    """How far it got below; no proof hangs on it, so that a failure says nothing."""
    try:
        answer = Client(target, ctx).received(notice.origin or notice.mark)
    except RemoteError:
        return ""
    return spread(answer) if answer else ""

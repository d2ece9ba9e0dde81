"""Attachments in a site's media library: each file once, however often it is sent."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.wordpress.account import Account
from connectors.wordpress.client import Raw, identifier
from connectors.wordpress.wording import Placed, address
from hub.spec import Attachment, FetchError, Notice, PublishContext, PublishError, RemoteError

MEDIA = "wp/v2/media"
BRIEF = "id,slug,source_url"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def media_slug(attachment: Attachment) -> str:
    """The name by which an upload is found again whose answer never came."""
    return f"kimhub-{attachment.sha256[:24]}"


class Library:
    """The media library as far as one notice needs it."""

    def __init__(self, account: Account, notice: Notice, ctx: PublishContext) -> None:
        self._account, self._ctx = account, ctx
        self._wanted = {each.sha256: each for each in notice.attachments}
        self._there: dict[str, Placed] = {}
        self.trouble = ""

    def look(self) -> None:
        """Find out which files are there already.

        Raises:
            RemoteError: the site cannot be asked at all.
        """
        noted = {sha: place for sha in self._wanted if (place := self._ctx.uploaded(sha))}
        if noted:
            listed = self._listed({"include": ",".join(number for number, _ in noted.values())})
            for sha, (number, url) in noted.items():
                if listed is None or number in {str(raw["id"]) for raw in listed}:
                    self._there[sha] = Placed(self._wanted[sha], url, _number(number))
        slugs = {media_slug(self._wanted[sha]): sha for sha in self.missing()}
        for raw in (slugs and self._listed({"slug": ",".join(slugs)})) or ():
            uploaded = slugs.get(str(raw.get("slug")))
            if uploaded and address(raw, "source_url"):
                self._remember(self._wanted[uploaded], raw)

    def missing(self) -> list[str]:
        return [sha for sha in self._wanted if sha not in self._there]

    def places(self) -> list[Placed]:
        """Every attachment where it can be had now; files that are not there yet, at the hub."""
        places = (
            self._there.get(sha) or Placed(attachment, attachment.url)
            for sha, attachment in self._wanted.items()
        )
        return [place for place in places if place.url]

    def featured(self) -> int | None:
        """The first picture that is there."""
        pictures = (place.number for place in self.places() if place.attachment.is_image)
        return next((number for number in pictures if number), None)

    def upload(self, post: int) -> None:
        """Send what is missing. A file that the site does not take is left at the hub, and ``trouble``
        says so: the text must not wait for it.

        Raises:
            FetchError: the call's time is over before all were sent; those that were are remembered.
        """
        for count, sha in enumerate(self.missing()):
            if count and time.monotonic() >= self._ctx.deadline:
                raise FetchError("timeout", "the attachments take longer than one turn; going on later")
            try:
                self._send(self._wanted[sha], post)
            except RemoteError as error:
                self.trouble = f"attachments stay linked to the hub: {error.detail or error.reason}"
                if error.reason != "too_large":
                    return

    def is_ours(self, number: object) -> bool:
        """Whether the picture with this number was uploaded by a hub."""
        listed = self._listed({"include": str(number)}) or ()
        return any(raw["id"] == number and str(raw.get("slug")).startswith("kimhub-") for raw in listed)

    def _send(self, attachment: Attachment, post: int) -> None:
        body = self._ctx.file(attachment.sha256)
        name = _UNSAFE.sub("-", attachment.name).strip("-.") or "file"
        headers = {
            "Content-Type": attachment.type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-MD5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        }
        params = {"post": post, "slug": media_slug(attachment), "title": attachment.alt or attachment.name}
        if attachment.alt:
            params["alt_text"] = attachment.alt
        answer = self._account.send("POST", MEDIA, body, params={**params, "_fields": BRIEF}, headers=headers)
        raw = self._account.demand(answer)
        if not (isinstance(raw, dict) and identifier(raw) and address(raw, "source_url")):
            raise PublishError("degraded", "the media library answered without id or address")
        self._remember(attachment, raw)

    def _remember(self, attachment: Attachment, raw: Raw) -> None:
        self._there[attachment.sha256] = Placed(attachment, address(raw, "source_url"), identifier(raw))
        self._ctx.remember_upload(attachment.sha256, str(raw["id"]), address(raw, "source_url"))

    def _listed(self, params: Mapping[str, Any]) -> Iterable[Raw] | None:
        """What is listed; None where the site does not let us look."""
        answer = self._account.get(MEDIA, {**params, "per_page": 100, "_fields": BRIEF})
        if not answer.ok or not isinstance(answer.body, list):
            return None
        return [raw for raw in answer.body if isinstance(raw, dict) and identifier(raw)]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None

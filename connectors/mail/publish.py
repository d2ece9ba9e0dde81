"""Announcements by mail, with a link to say that they have been published.

There is no looking up in other people's mailboxes. Every try of one act carries the same Message-ID, by
which mail programs show one message; corrections and withdrawals answer to the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.mail.words import LANGUAGES, WORDS
from hub.spec import (
    Action,
    Copy,
    Notice,
    Option,
    Preview,
    PublishContext,
    PublishError,
    Receipt,
    Sight,
    Target,
    TargetCheck,
    read_options,
)

_ADDRESS = re.compile(r"^(?:[^<>@]*<)?[^\s@<>,]+@[^\s@<>,]+\.[^\s@<>,.]+>?$")


class MailPublisher:
    name = "mail"
    label: Mapping[str, str] = {"id": "Surel ke pengelola situs", "en": "Mail to those who run the site"}
    needs: frozenset[str] = frozenset()
    options = (
        Option(
            "to",
            "list",
            required=True,
            help={
                "id": "Alamat surel pengelola, dipisah koma.",
                "en": "Mail addresses of those who run the site, separated by commas.",
            },
        ),
        Option(
            "language",
            default="id",
            choices=LANGUAGES,
            help={"id": "Bahasa pengantar surel.", "en": "Language of the words around the text."},
        ),
    )

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        """Signs in at the hub's mail server; whether the addresses exist shows the first mail."""
        to = self._option(target, "to")
        for address in to:
            if not _ADDRESS.search(address):
                detail = f"option to: {address[:80]!r} is no mail address; write it as name@host.id"
                raise PublishError("degraded", detail, permanent=True)
        ctx.mail((), "", "", {})
        return TargetCheck(", ".join(to))

    def preview(self, notice: Notice, target: Target) -> Preview:
        words = WORDS[self._option(target, "language")]
        return Preview(self.name, words.subject("create", notice), text=words.text("create", notice, ""))

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
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
        """A withdrawal is sent without a known copy too: an earlier try may have arrived."""
        words = WORDS[self._option(target, "language")]
        confirm = "" if action == "withdraw" else ctx.confirm_url(notice)
        headers = {"Message-ID": _id(action, notice, target), "Auto-Submitted": "auto-generated"}
        first = copy.remote_id if copy else _id("create", notice, target, version=1)
        if first != headers["Message-ID"]:
            headers |= {"In-Reply-To": first, "References": first}
        text = words.text(action, notice, confirm)
        ctx.mail(self._option(target, "to"), words.subject(action, notice), text, headers)
        if action == "withdraw":
            return Receipt("done", detail="those who run the site were asked to take it down")
        return Receipt("done", copy or Copy(headers["Message-ID"]))

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        """Somebody's word is no public page: noted, never proof."""
        confirmed = ctx.confirmed_at(notice)
        if confirmed:
            return Sight("unproven", detail=f"confirmed by hand at {confirmed.isoformat(timespec='minutes')}")
        return Sight("unproven", detail="nobody has confirmed it yet")

    def _option(self, target: Target, name: str) -> Any:
        return read_options(self.options, target.options, where="options")[name]


def _id(action: Action, notice: Notice, target: Target, *, version: int = 0) -> str:
    host = urlsplit(notice.url).hostname or "localhost"
    what = "withdrawn" if action == "withdraw" else str(version or notice.version)
    return f"<{notice.mark}.{target.id}.{what}@{host}>"

"""The publisher: announcements as posts of a WordPress site, through one of its users."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.wordpress import removal, sight
from connectors.wordpress.account import ME, Account
from connectors.wordpress.client import POSTS
from connectors.wordpress.consent import consent_url
from connectors.wordpress.copies import as_found, look
from connectors.wordpress.diagnose import lacking
from connectors.wordpress.handover import Choices, Handover
from hub.spec import (
    Action,
    Copy,
    Notice,
    Option,
    Preview,
    PublishContext,
    Receipt,
    Sight,
    Target,
    TargetCheck,
)

OPTIONS = (
    Option(
        "status",
        default="publish",
        choices=("publish", "pending", "draft"),
        help={
            "id": "publish langsung tayang; pending dan draft menunggu pengelola situs menayangkannya",
            "en": "publish shows it at once; pending and draft wait for the site's people to publish it",
        },
    ),
    Option(
        "category",
        default="Pengumuman",
        help={
            "id": "Kategori di situs itu; dibuat bila belum ada, kosongkan bila tidak perlu",
            "en": "Category on that site; made where it is missing, empty for none",
        },
    ),
    Option(
        "media",
        default="upload",
        choices=("upload", "link"),
        help={
            "id": "upload: lampiran disimpan di situs itu; link: lampiran ditautkan ke portal ini",
            "en": "upload: attachments are stored on that site; link: they are linked to this hub",
        },
    ),
)


class WordPressPublisher:
    """Posts by the REST API (5.6 and later) with an Application Password. ``target.url`` is the site's
    address or that of its API."""

    name = "wordpress"
    label: Mapping[str, str] = {"id": "WordPress", "en": "WordPress"}
    needs = frozenset({"url", "user", "password"})
    options: tuple[Option, ...] = OPTIONS

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        account = Account.of(target, ctx)
        answer = account.get(ME, {"context": "edit", "_fields": "id,name,capabilities"})
        if answer.status == 404 and answer.code:
            return _check_without_user(account)
        me = account.demand(answer)
        able = me.get("capabilities") if isinstance(me, dict) else None
        able = able if isinstance(able, dict) else {}
        if not able.get("edit_posts"):
            raise lacking("write posts")
        if not able.get("publish_posts") and _choices(target).status == "publish":
            raise lacking("publish")
        media = bool(able.get("upload_files"))
        worry = "" if media else "may not upload files: attachments will be linked to the hub"
        return TargetCheck(str(me.get("name") or target.user), media, worry)

    def preview(self, notice: Notice, target: Target) -> Preview:
        return Preview(self.name, notice.subject, html=notice.html + notice.footer)

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
        mine = look(Account.known(target, ctx), notice.mark).mine
        return as_found(mine[0], notice.mark) if mine else None

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
        account = Account.known(target, ctx)
        if action == "withdraw":
            return removal.withdraw(account, notice, copy, ctx)
        handover = Handover(account, notice, _choices(target), ctx)
        if action == "create" or copy is None:
            return handover.create(overwrite=overwrite)
        return handover.update(copy, overwrite=overwrite)

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        return sight.verify(notice, copy, target, _choices(target), ctx)

    def consent(self, url: str, ctx: PublishContext, success_url: str, reject_url: str) -> str:
        """As :meth:`hub.spec.ConsentingPublisher.consent`."""
        account = Account.of(Target(0, 0, self.name, url), ctx)
        hub = urlsplit(success_url).netloc
        name = f"kimhub {hub} {ctx.now():%Y-%m-%d %H:%M:%S}"
        number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://{hub}/"))
        root = account.demand(account.get(""))
        return consent_url(root, name, number, success_url, reject_url, site_url=url)


def _choices(target: Target) -> Choices:
    values = {each.name: target.options.get(each.name, each.default) for each in OPTIONS}
    return Choices(str(values["status"]), str(values["category"] or ""), values["media"] == "upload")


def _check_without_user(account: Account) -> TargetCheck:
    """Security plugins remove the list of users, and with it what we may do: at least see that we may
    look at posts as their editor does."""
    account.demand(account.get(POSTS, {"context": "edit", "per_page": 1, "_fields": "id"}))
    return TargetCheck(detail="the site does not tell what this user may do", media=True)

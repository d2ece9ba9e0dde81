"""Making and changing a copy.

The text goes first and the attachments after it: a picture that the site refuses must not keep an emergency
from being read. Whoever comes after a time-out finds what is there and goes on from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.wordpress.account import FIELDS, Account
from connectors.wordpress.client import POSTS, Raw, identifier
from connectors.wordpress.copies import as_found, keep_one, look, taken_away, to_copy
from connectors.wordpress.media import Library
from connectors.wordpress.wording import (
    content,
    differs,
    digest_version,
    is_ours,
    is_still_ours,
    name,
    signature,
    title,
)
from hub.spec import Copy, Notice, PublishContext, PublishError, Receipt, RemoteError

CATEGORIES = "wp/v2/categories"


@dataclass(frozen=True, slots=True)
class Choices:
    """The target's options."""

    status: str = "publish"
    category: str = "Pengumuman"
    upload: bool = True


class Handover:
    """One notice on its way to one site."""

    def __init__(self, account: Account, notice: Notice, choices: Choices, ctx: PublishContext) -> None:
        self._account, self._notice, self._choices, self._ctx = account, notice, choices, ctx
        self._library = Library(account, notice, ctx)
        self._remarks: list[str] = []

    def create(self, *, overwrite: bool) -> Receipt:
        """A copy where the hub knows of none: an earlier attempt's is found and taken over."""
        found = look(self._account, self._notice.mark, thorough=not self._ctx.untried)
        raw = self._kept(keep_one(self._account, found, self._notice.mark))
        if raw is None:
            return self._make(found.slug)
        return self._take_over(raw, overwrite=overwrite)

    def update(self, copy: Copy, *, overwrite: bool) -> Receipt:
        """Bring the copy up to the notice's version, unless somebody there changed or removed it."""
        raw = self._account.post(copy.remote_id)
        if raw is None or not is_still_ours(raw, self._notice.mark):
            found = look(self._account, self._notice.mark)
            raw = self._kept(keep_one(self._account, found, self._notice.mark))
            if raw is None:
                return self._make(found.slug) if overwrite else Receipt("removed_there")
        if taken_away(raw, self._choices.status) or self._is_unrecorded(raw, copy):
            return self._take_over(raw, overwrite=overwrite)
        if differs(raw, copy.digest) and not overwrite:
            return Receipt("edited_there", copy, detail="the copy was changed there; nothing was overwritten")
        return self._write(raw)

    def _kept(self, kept: tuple[Raw | None, str]) -> Raw | None:
        raw, remark = kept
        self._remark(remark)
        return raw

    def _is_unrecorded(self, raw: Raw, copy: Copy) -> bool:
        """Whether what stands there was written by an attempt of ours whose answer never came, or by one
        with a later version."""
        version, _ = signature(raw, self._notice.mark) or (0, "")
        wanted = self._notice.version
        return version > wanted or version == wanted > digest_version(copy.digest)

    def _take_over(self, raw: Raw, *, overwrite: bool) -> Receipt:
        """A copy of ours whose history the hub does not know."""
        if taken_away(raw, self._choices.status) and not overwrite:
            return Receipt("removed_there", detail=f"the copy is there as {name(raw, 'status')}")
        version, stage = signature(raw, self._notice.mark) or (0, "")
        if overwrite or version < self._notice.version or (version == self._notice.version and stage):
            return self._write(raw, adopted=True)
        if version > self._notice.version:
            self._remark(f"version {version} stands there already")
        return self._receipt(as_found(raw, self._notice.mark), adopted=True)

    # -- writing ------------------------------------------------------------------------------------

    def _make(self, slug: str) -> Receipt:
        fields: dict[str, Any] = {"slug": slug, "status": self._choices.status}
        if category := self._category():
            fields["categories"] = [category]
        self._look_for_files()
        raw = self._put(None, fields)
        if raw.get("slug") != slug:
            if raw.get("slug"):  # what is not public yet may have none
                self._remark(f"the site calls it {name(raw, 'slug')}")
            found = look(self._account, self._notice.mark)
            raw = self._kept(keep_one(self._account, found, self._notice.mark)) or raw
        if raw.get("status") != self._choices.status:
            self._remark(f"the site keeps it as {name(raw, 'status')} until somebody there publishes it")
        return self._with_files(raw, adopted=False)

    def _write(self, raw: Raw, *, adopted: bool = False) -> Receipt:
        fields: dict[str, Any] = {}
        if taken_away(raw, self._choices.status):
            fields["status"] = self._choices.status
        self._look_for_files()
        if not self._notice.attachments and self._is_our_picture(raw.get("featured_media")):
            fields["featured_media"] = 0
        return self._with_files(self._put(raw["id"], fields), adopted=adopted)

    def _with_files(self, raw: Raw, *, adopted: bool) -> Receipt:
        """Upload what is still missing, then show it."""
        if self._choices.upload and self._library.missing():
            self._library.upload(raw["id"])
            self._remark(self._library.trouble)
            raw = self._put(raw["id"], {}, complete=True)
        return self._receipt(to_copy(raw, self._notice.version), adopted=adopted)

    def _put(self, number: int | None, fields: Mapping[str, Any], *, complete: bool = False) -> Raw:
        """Send the text as things stand with the files.

        Raises:
            RemoteError: refused, or unknown whether it was done.
        """
        follow = self._choices.upload and not complete and bool(self._library.missing())
        text = content(self._notice, self._library.places(), "files follow" if follow else "")
        body = {"title": title(self._notice), "content": text, **fields}
        if featured := self._library.featured():
            body["featured_media"] = featured
        route = POSTS if number is None else f"{POSTS}/{number}"
        answer = self._account.send("POST", route, body, params={"_fields": FIELDS})
        if not 200 <= answer.status < 300:
            raise self._account.explain(answer)
        raw = answer.body
        if isinstance(raw, dict) and number in (None, identifier(raw)) and self._holds_ours(raw):
            return raw
        return self._read_back()

    def _holds_ours(self, raw: Raw) -> bool:
        return identifier(raw) is not None and is_ours(raw, self._notice.mark)

    def _read_back(self) -> Raw:
        """An answer that is not about our post is not believed: what is there?

        Raises:
            PublishError: nothing of ours, or not what we sent.
        """
        found = look(self._account, self._notice.mark)
        raw = self._kept(keep_one(self._account, found, self._notice.mark))
        version, _ = (raw and signature(raw, self._notice.mark)) or (0, "")
        if raw is None or version not in (0, self._notice.version):
            raise PublishError("degraded", "the site said yes, yet the announcement is not there")
        self._remark("the site's answer was about something else; the copy was found by looking")
        return raw

    def _look_for_files(self) -> None:
        if self._notice.attachments and self._choices.upload:
            self._library.look()

    def _is_our_picture(self, number: object) -> bool:
        return bool(number) and self._library.is_ours(number)

    def _category(self) -> int | None:
        """The category's number, made where it is missing; None where we may not: never worth failing."""
        wanted = self._choices.category
        try:
            found = self._find_category(wanted) if wanted else None
        except RemoteError as error:
            if not error.permanent:
                raise
            found = None
        if wanted and found is None:
            self._remark(f"without the category {wanted}")
        return found

    def _find_category(self, wanted: str) -> int | None:
        slug = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")
        listed = self._account.get(CATEGORIES, {"slug": slug, "_fields": "id,slug"}).body
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and each.get("slug") == slug and identifier(each):
                return identifier(each)
        answer = self._account.send("POST", CATEGORIES, {"name": wanted, "slug": slug})
        if answer.ok and isinstance(answer.body, dict):
            return identifier(answer.body)
        there = answer.data.get("term_id")  # made by somebody else meanwhile, or under another slug
        if answer.code == "term_exists" and type(there) is int:
            return there
        return None

    # -- telling ------------------------------------------------------------------------------------

    def _remark(self, text: str) -> None:
        if text:
            self._remarks.append(text)

    def _receipt(self, copy: Copy, *, adopted: bool) -> Receipt:
        return Receipt("done", copy, adopted=adopted, detail="; ".join(self._remarks))

"""Our copies at a site: found by slug and by what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.wordpress.account import FIELDS, Account
from connectors.wordpress.client import POSTS, Raw, identifier
from connectors.wordpress.wording import bears_our_slug, digest, is_ours, signature
from hub.spec import Copy

STATUSES = "publish,future,draft,pending,private,trash"


@dataclass(frozen=True, slots=True)
class Found:
    """``mine`` are our copies, the one to keep first; ``slug`` is what a new one should be called."""

    mine: tuple[Raw, ...]
    slug: str


def look(account: Account, mark: str) -> Found:
    """Look for our copies, in whatever state: by the slug that we ask for, then by the mark in the text,
    which also finds one whose slug the site or the village changed.

    Raises:
        RemoteError: nothing can be said; above all not that there is none.
    """
    named = _list(account, {"slug": mark})
    foreign = any(raw.get("slug") == mark and not is_ours(raw, mark) for raw in named)
    slug = f"{mark}-b" if foreign else mark
    if foreign:
        named += _list(account, {"slug": slug})
    posts = {raw["id"]: raw for raw in [*named, *_list(account, {"search": mark})]}
    mine = [raw for raw in posts.values() if is_ours(raw, mark)]
    mine.sort(key=lambda raw: (raw.get("status") == "trash", raw.get("status") != "publish", raw["id"]))
    return Found(tuple(mine), slug)


def keep_one(account: Account, found: Found, mark: str) -> tuple[Raw | None, str]:
    """The oldest of our copies; the others go to the trash. Returns it with a line about these.

    Copies that do not bear our slug are left alone: somebody made them by copying ours.
    """
    if not found.mine:
        return None, ""
    kept, *rest = found.mine
    extra = [raw for raw in rest if raw.get("status") != "trash" and bears_our_slug(raw, mark)]
    for raw in extra:
        answer = account.send("DELETE", f"{POSTS}/{raw['id']}")
        if not answer.ok and answer.status not in (404, 410):
            raise account.explain(answer)
    names = ", ".join(str(raw.get("slug")) for raw in extra)
    return kept, f"moved {len(extra)} duplicate(s) to the trash: {names}" if extra else ""


def taken_away(raw: Raw, wanted: str) -> bool:
    """Whether somebody took a copy out of public sight that we gave the status ``wanted``."""
    status = raw.get("status")
    return status in ("trash", "private") or (status == "draft" and wanted == "publish")


def to_copy(raw: Raw, version: int) -> Copy:
    link = raw.get("link")
    return Copy(str(raw["id"]), link if isinstance(link, str) else "", digest(raw, version))


def as_found(raw: Raw, mark: str) -> Copy:
    """A copy that was looked up: what stands there now counts as ours."""
    version, _ = signature(raw, mark) or (0, "")
    return to_copy(raw, version)


def _list(account: Account, params: dict[str, Any]) -> list[Raw]:
    common = {"status": STATUSES, "context": "edit", "per_page": 100, "orderby": "id", "order": "asc"}
    listed = account.demand(account.get(POSTS, {**params, **common, "_fields": FIELDS}))
    return (
        [raw for raw in listed if isinstance(raw, dict) and identifier(raw)] if type(listed) is list else []
    )

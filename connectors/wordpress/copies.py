"""Our copies at a site: found by slug and by what stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.wordpress.account import FIELDS, Account
from connectors.wordpress.client import POSTS, Raw, identifier
from connectors.wordpress.trash import trash
from connectors.wordpress.wording import address, bears_our_slug, digest, is_ours, name, signature
from hub.spec import Copy

STATUSES = "publish,future,draft,pending,private,trash"
#: What may follow the mark in a slug: WordPress's numbers for a second and third post of that name, its note
#: on one in the trash, and what we append where the village has a post of that name.
ENDINGS = ("", "-2", "-3", "__trashed", "-b", "-b-2")


@dataclass(frozen=True, slots=True)
class Found:
    """``mine`` are our copies, the one to keep first; ``slug`` is what a new one should be called."""

    mine: tuple[Raw, ...]
    slug: str


def look(account: Account, mark: str, *, thorough: bool = True) -> Found:
    """Look for our copies, in whatever state: by the slugs that one may have without anybody's doing, then
    by the mark in the text, which also finds one whose slug the site or the village changed.

    Args:
        thorough: False asks the first question alone.

    Raises:
        RemoteError: nothing can be said; above all not that there is none.
    """
    listed = _list(account, {"slug": ",".join(f"{mark}{end}" for end in ENDINGS)})
    if thorough:
        # the plain question too, which every imitation of the API understands
        listed += [*_list(account, {"search": mark}), *(listed or _list(account, {"slug": mark}))]
    foreign = any(raw.get("slug") == mark and not is_ours(raw, mark) for raw in listed)
    mine = [raw for raw in {raw["id"]: raw for raw in listed}.values() if is_ours(raw, mark)]
    mine.sort(key=lambda raw: (raw.get("status") == "trash", raw.get("status") != "publish", raw["id"]))
    return Found(tuple(mine), f"{mark}-b" if foreign else mark)


def keep_one(account: Account, found: Found, mark: str) -> tuple[Raw | None, str]:
    """The oldest of our copies; the others go to the trash. Returns it with a line about these.

    Copies that do not bear our slug are left alone: somebody made them by copying ours.
    """
    if not found.mine:
        return None, ""
    kept, *rest = found.mine
    return kept, put_away(account, rest, mark)


def put_away(account: Account, rest: Iterable[Raw], mark: str) -> str:
    """Move the copies beside the one that is kept to the trash; a line about these, empty for none.

    Raises:
        RemoteError: refused, or unknown whether it was done.
    """
    extra = [raw for raw in rest if raw.get("status") != "trash" and bears_our_slug(raw, mark)]
    gone = [raw for raw in extra if trash(account, raw["id"])]
    left = [raw for raw in extra if raw not in gone]
    told = [f"moved {len(gone)} duplicate(s) to the trash: {_names(gone)}"] if gone else []
    told += [f"{len(left)} duplicate(s) that cannot be moved to the trash: {_names(left)}"] if left else []
    return "; ".join(told)


def _names(posts: Iterable[Raw]) -> str:
    return ", ".join(name(raw, "slug") for raw in posts)


def taken_away(raw: Raw, wanted: str) -> bool:
    """Whether somebody took a copy out of public sight that we gave the status ``wanted``."""
    status = raw.get("status")
    return status in ("trash", "private") or (status == "draft" and wanted == "publish")


def to_copy(raw: Raw, version: int) -> Copy:
    return Copy(str(raw["id"]), address(raw, "link"), digest(raw, version))


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

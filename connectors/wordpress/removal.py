"""Taking a copy away: into the trash, from where the village can take it out again."""

from __future__ import annotations

from connectors.wordpress.account import Account
from connectors.wordpress.client import POSTS, Raw
from connectors.wordpress.copies import look, to_copy
from connectors.wordpress.sight import still_shows
from connectors.wordpress.trash import trash
from connectors.wordpress.wording import (
    address,
    bears_our_slug,
    differs,
    is_still_ours,
    signature,
    withdrawal,
)
from hub.spec import Copy, Notice, PublishContext, Receipt, RemoteError


def withdraw(account: Account, notice: Notice, copy: Copy | None, ctx: PublishContext) -> Receipt:
    """As :meth:`hub.spec.Publisher.apply`. A copy that the village edited goes too; the receipt says so."""
    remarks: list[str] = []
    url = copy.remote_url if copy else ""
    for raw in _ours(account, notice, copy):
        url = url or address(raw, "link")
        if raw.get("status") == "trash" or (signature(raw, notice.mark) or (0, ""))[1] == "withdrawn":
            continue
        if copy and str(raw["id"]) == copy.remote_id and differs(raw, copy.digest):
            remarks.append("the village had changed its copy")
        if not trash(account, raw["id"]):
            remarks.append(_hide(account, raw["id"], notice))
        copy = copy or to_copy(raw, notice.version)
    return _read_back(url, notice, copy, remarks, ctx)


def _ours(account: Account, notice: Notice, copy: Copy | None) -> list[Raw]:
    """Every copy that we made. One that only quotes us, or was copied from ours under another slug, is the
    village's."""
    mine = list(look(account, notice.mark).mine)
    known = copy.remote_id if copy else ""
    if known and known not in {str(raw["id"]) for raw in mine}:
        raw = account.post(known)
        mine += [raw] if raw and is_still_ours(raw, notice.mark) else []
    made = [raw for raw in mine if str(raw["id"]) == known or bears_our_slug(raw, notice.mark)]
    return made or mine[:1]


def _hide(account: Account, number: int, notice: Notice) -> str:
    """Where there is no trash for us: the notice of withdrawal as a draft."""
    body = {"content": withdrawal(notice), "status": "draft"}
    account.demand(account.send("POST", f"{POSTS}/{number}", body))
    return "it cannot be put in the trash there: its text was replaced and it is a draft now"


def _read_back(
    url: str, notice: Notice, copy: Copy | None, remarks: list[str], ctx: PublishContext
) -> Receipt:
    try:
        live = bool(url) and still_shows(url, notice, ctx.http)
    except RemoteError as error:
        live = False
        remarks.append(f"its page could not be read back ({error.reason})")
    if live:
        remarks.append("its page can still be read, perhaps from a cache")
    return Receipt("still_live" if live else "done", copy if live else None, detail="; ".join(remarks))

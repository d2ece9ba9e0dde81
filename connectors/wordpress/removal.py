"""Taking a copy away: into the trash, from where the village can take it out again."""

from __future__ import annotations

from typing import Final

from connectors.wordpress.account import Account, Answer
from connectors.wordpress.client import POSTS, Raw
from connectors.wordpress.copies import look, to_copy
from connectors.wordpress.sight import still_shows
from connectors.wordpress.wording import bears_our_slug, differs, is_still_ours, signature, withdrawal
from hub.spec import Copy, Notice, PublishContext, Receipt, RemoteError

#: DELETE itself, then in the two disguises that WordPress knows for hosts which block it.
WAYS: Final[tuple[tuple[str, dict[str, str], dict[str, str]], ...]] = (
    ("DELETE", {}, {}),
    ("POST", {}, {"X-HTTP-Method-Override": "DELETE"}),
    ("POST", {"_method": "DELETE"}, {}),
)
GONE: Final = {"rest_already_trashed", "rest_post_invalid_id"}
NO_TRASH: Final = {"rest_trash_not_supported", "rest_user_cannot_delete_post"}


def withdraw(account: Account, notice: Notice, copy: Copy | None, ctx: PublishContext) -> Receipt:
    """As :meth:`hub.spec.Publisher.apply`. A copy that the village edited goes too; the receipt says so."""
    remarks: list[str] = []
    url = copy.remote_url if copy else ""
    for raw in _ours(account, notice, copy):
        url = url or str(raw.get("link") or "")
        if raw.get("status") == "trash" or (signature(raw, notice.mark) or (0, ""))[1] == "withdrawn":
            continue
        if copy and str(raw["id"]) == copy.remote_id and differs(raw, copy.digest):
            remarks.append("the village had changed its copy")
        if not _trash(account, raw["id"]):
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


def _trash(account: Account, number: int) -> bool:
    """Move a post to the trash; False where that cannot be done.

    Raises:
        RemoteError: refused otherwise, or unknown whether it was done.
    """
    for method, params, headers in WAYS:
        answer = account.send(method, f"{POSTS}/{number}", params=params, headers=headers)
        if answer.code in GONE or (answer.ok and _is_trashed(answer)):
            return True
        if answer.code in NO_TRASH:
            return False
        if not answer.ok and not _is_blocked(answer):
            raise account.explain(answer)
    return False


def _is_trashed(answer: Answer) -> bool:
    """An override that a proxy removed makes a harmless change of nothing, which succeeds."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return body.get("deleted") is True or body.get("status") == "trash"


def _is_blocked(answer: Answer) -> bool:
    """Not WordPress answered but something in front of it that does not like the method."""
    return not answer.is_json and (answer.status < 500 or answer.status == 501)


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

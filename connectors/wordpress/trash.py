"""Moving a post to the trash, also where hosts do not let DELETE through."""

from __future__ import annotations

from typing import Final

from connectors.wordpress.account import Account, Answer
from connectors.wordpress.client import POSTS

#: DELETE itself, then in the two disguises that WordPress knows for hosts which block it.
WAYS: Final[tuple[tuple[str, dict[str, str], dict[str, str]], ...]] = (
    ("DELETE", {}, {}),
    ("POST", {}, {"X-HTTP-Method-Override": "DELETE"}),
    ("POST", {"_method": "DELETE"}, {}),
)
GONE: Final = {"rest_already_trashed", "rest_post_invalid_id"}
NO_TRASH: Final = {"rest_trash_not_supported", "rest_user_cannot_delete_post"}


def trash(account: Account, number: int) -> bool:
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

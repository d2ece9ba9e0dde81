"""Files that the hub itself has, by their public address: photos sent in by KIM without a site, and
attachments of announcements. Nobody asks oneself over the network for them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from hub.errors import NotFound
from hub.services.inbox import Inbox
from hub.services.noticeboard import Noticeboard

_SENT: Final = re.compile(r"/kiriman/(?P<sha256>[0-9a-f]{64})/(?P<name>[^/?#]+)")
_ATTACHED: Final = re.compile(r"/pengumuman/(?P<id>\d{1,9})/lampiran/(?P<sha256>[0-9a-f]{64})/[^/?#]+")


class OwnFiles:
    """Looks files up.

    Args:
        base_url: the hub's public address, without a slash at its end.
    """

    def __init__(self, inbox: Inbox, noticeboard: Noticeboard, base_url: str) -> None:
        self._inbox, self._noticeboard, self._base_url = inbox, noticeboard, base_url

    def find(self, url: str) -> bytes | None:
        """The bytes that the hub shows at ``url``; None where it shows none (any more)."""
        path = url.removeprefix(self._base_url)
        try:
            if found := _SENT.fullmatch(path):
                return self._inbox.file(found["sha256"], unquote(found["name"])).content
            if found := _ATTACHED.fullmatch(path):
                return self._attached(int(found["id"]), found["sha256"])
        except NotFound:
            pass
        return None

    def _attached(self, announcement_id: int, sha256: str) -> bytes | None:
        if self._noticeboard.public(announcement_id).state == "withdrawn":
            return None
        return self._noticeboard.public_file(announcement_id, sha256).content

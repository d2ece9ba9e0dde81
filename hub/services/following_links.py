"""The secret links of those who follow. A link names a following by its number and proves by a keyed hash
that the hub gave it out for one purpose; it says nothing of whose it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from hub.errors import NotFound
from hub.model.following import Wish

#: What a link is good for: saying yes, the page about the following, ending it, opening a messenger.
YES, MANAGE, STOP, START = "yes", "manage", "stop", "start"
#: 22 characters of base64 are 132 bits; with the number before them they fit into Telegram's 64.
_LENGTH: Final = 22
_TOKEN: Final = re.compile(r"(\d{1,12})-([A-Za-z0-9_-]{22})", re.ASCII)


class FollowingLinks:
    """Args:
    secret: gives the hub's secret key.
    base_url: of the hub, without a slash at its end.
    """

    def __init__(self, secret: Callable[[], str], base_url: str) -> None:
        self._secret, self._base_url = secret, base_url

    def token(self, purpose: str, following_id: int) -> str:
        code = self._hash(f"kimhub.following.{purpose}:{following_id}")
        return f"{following_id}-{base64.urlsafe_b64encode(code).decode('ascii')[:_LENGTH]}"

    def read(self, purpose: str, token: str) -> int:
        """The number of the following. Raises NotFound: the link is not one of ours for this purpose."""
        found = _TOKEN.fullmatch(token)
        if found is None or not hmac.compare_digest(self.token(purpose, int(found[1])), token):
            raise NotFound("following", "link")
        return int(found[1])

    def yes(self, following_id: int) -> str:
        return f"{self._base_url}/ikuti/ya/{self.token(YES, following_id)}"

    def manage(self, following_id: int) -> str:
        return f"{self._base_url}/ikuti/{self.token(MANAGE, following_id)}"

    def stop(self, following_id: int) -> str:
        return f"{self._base_url}/ikuti/berhenti/{self.token(STOP, following_id)}"

    def page(self, wish: Wish) -> str:
        """The page that shows what is followed."""
        return self._base_url + path_of(wish)

    def post(self, post_id: int) -> str:
        return f"{self._base_url}/berita/{post_id}"

    def announcement(self, announcement_id: int) -> str:
        return f"{self._base_url}/pengumuman/{announcement_id}"

    # -- hashes that are kept -----------------------------------------------------------------------

    def address_key(self, notifier: str, address: str) -> str:
        """By which an address is found again without being readable."""
        return self._hash(f"kimhub.following.address:{notifier}:{address}").hex()

    def wish_key(self, notifier: str, address: str, wish: Wish) -> str:
        return self._hash(f"kimhub.following.wish:{notifier}:{address}:{subject_of(wish)}").hex()

    def _hash(self, text: str) -> bytes:
        return hmac.new(self._secret().encode(), text.encode(), hashlib.sha256).digest()


def subject_of(wish: Wish) -> str:
    """The same for all who follow the same."""
    text = f"{wish.what}?{urlencode(sorted(wish.search.items()))}"
    return hashlib.sha256(text.encode()).hexdigest()


def path_of(wish: Wish) -> str:
    """The path of the page that shows what is followed."""
    search: Mapping[str, str] = wish.search
    if wish.what == "notices":
        return "/pengumuman" + (f"?{urlencode(search)}" if search else "")
    if set(search) == {"village"}:
        return f"/desa/{search['village']}"
    if set(search) == {"kecamatan"}:
        return f"/kecamatan/{search['kecamatan']}"
    return "/cari" + (f"?{urlencode(search)}" if search else "")

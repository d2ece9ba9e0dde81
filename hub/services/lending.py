"""What publishers are lent for one call, and the signed links of those who confirm by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer

from hub.errors import NotFound
from hub.model import Notice
from hub.spec.http import Http
from hub.store import Store
from hub.text.notices import House

SendMail = Callable[[Sequence[str], str, str, Mapping[str, str]], None]


class Confirmations:
    """Signed links by which a KIM says "it is published": announcement, target, version.

    Args:
        key: gives the hub's secret key.
    """

    def __init__(self, house: House, key: Callable[[], str]) -> None:
        self._house, self._key = house, key

    def url(self, notice: Notice, target_id: int) -> str:
        token = self._serialiser().dumps([notice.announcement, target_id, notice.version])
        return self._house.url(f"/pengumuman/konfirmasi?kunci={token}")

    def read(self, token: str) -> tuple[int, int, int]:
        """Announcement, target and version that a link is about.

        Raises:
            NotFound: the link is not one of ours.
        """
        try:
            announcement_id, target_id, version = self._serialiser().loads(token)
        except (BadSignature, ValueError, TypeError):
            raise NotFound("confirmation", "link") from None
        return int(announcement_id), int(target_id), int(version)

    def _serialiser(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._key(), salt="kimhub.confirmation")


@dataclass(frozen=True)
class Lent:
    """``hub.spec.PublishContext`` for one call. In a rehearsal nothing is kept but in ``memory``."""

    http: Http
    deadline: float
    clock: Callable[[], datetime]
    store: Store
    send_mail: SendMail
    confirmations: Confirmations
    target_id: int
    village: str
    memory: dict[str, tuple[str, str]] | None = None
    untried: bool = False
    _read: dict[str, bytes] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.clock()

    def file(self, sha256: str) -> bytes:
        if sha256 not in self._read:
            with self.store.read() as tx:
                self._read[sha256] = tx.files.get(sha256).content
        return self._read[sha256]

    def uploaded(self, sha256: str) -> tuple[str, str] | None:
        if self.memory is not None:
            return self.memory.get(sha256)
        with self.store.read() as tx:
            return tx.targets.uploaded(self.target_id, sha256)

    def remember_upload(self, sha256: str, remote_id: str, remote_url: str) -> None:
        if self.memory is not None:
            self.memory[sha256] = (remote_id, remote_url)
            return
        with self.store.write() as tx:
            tx.targets.remember_upload(self.target_id, sha256, remote_id, remote_url)

    def mail(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        self.send_mail(to, subject, text, headers)

    def confirm_url(self, notice: Notice) -> str:
        return self.confirmations.url(notice, self.target_id)

    def confirmed_at(self, notice: Notice) -> datetime | None:
        with self.store.read() as tx:
            return tx.targets.confirmed_at(notice.announcement, self.target_id, notice.version)

    def fetched_at(self, notice: Notice) -> datetime | None:
        with self.store.read() as tx:
            last = tx.targets.fetched_at(self.village)
            since = tx.announcements.get(notice.announcement)
        changed = since.corrected_at or since.published_at
        return last if last is not None and changed is not None and last >= changed else None

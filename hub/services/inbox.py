"""The door of a KIM that has no site of its own: a secret form, a secret mail address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hub.errors import ConfigError, NotFound
from hub.model import INBOX, Actor, Attachment, InboxDoors, Letter, Source, StoredFile, Submission
from hub.services.attachments import MAX_FILES, examine
from hub.services.audit import Audit
from hub.services.rights import demand
from hub.store import Store
from hub.text.faults import fault
from hub.text.letters import read_letter
from hub.text.normalise import fold

#: Longest fields, in characters.
LIMITS: Final = {"title": 200, "text": 50_000, "author": 100}
#: Texts of one source in an hour: a door whose address got about must not flood the portal.
HOURLY: Final = 60
#: 16 letters of base 32 are 80 bits: nobody guesses them over a network.
_LETTERS: Final = 16
_KEY: Final = re.compile(r"(\d{1,12})-([a-z2-7]{16})")

File = tuple[str, bytes]


class Inbox:
    """Takes in what KIM send.

    Args:
        secret: gives the hub's secret key, from which the doors' keys are made.
        base_url: of the hub, without a slash at its end.
        mailbox: address whose plus-addresses reach the hub; empty: no mail is taken.
        lang: of complaints.
    """

    def __init__(
        self,
        store: Store,
        audit: Audit,
        secret: Callable[[], str],
        *,
        base_url: str,
        mailbox: str,
        now: Callable[[], datetime],
        lang: str,
    ) -> None:
        self._store, self._audit, self._secret, self._now = store, audit, secret, now
        self._base_url, self._mailbox, self._lang = base_url, mailbox, lang

    # -- doors ------------------------------------------------------------------------------------

    def doors(self, source_id: int) -> InboxDoors:
        """The secret addresses of a source.

        Raises:
            NotFound: no such source, or it is no inbox.
        """
        key = self._key(self._source(source_id))
        user, _, domain = self._mailbox.partition("@")
        return InboxDoors(f"{self._base_url}/kirim/{key}", f"{user}+{key}@{domain}" if domain else "")

    def change_locks(self, source_id: int, by: Actor) -> InboxDoors:
        """New addresses; the old ones, which somebody may have passed on, stop working at once.

        Raises:
            NotFound, Forbidden.
        """
        demand(by, "targets")
        source = self._source(source_id)
        options = {**source.options, "lock": _lock(source) + 1}
        with self._store.write() as tx:
            tx.sources.edit(source_id, options=options)
            self._audit.record(tx, by, "inbox.lock", f"source {source_id}", after={"lock": options["lock"]})
        return self.doors(source_id)

    def behind(self, key: str) -> Source:
        """The source whose door has this key.

        Raises:
            NotFound: none has, or it was paused.
        """
        found = _KEY.fullmatch(key.lower())
        if found is None:
            raise NotFound("inbox", "link")
        source = self._source(int(found[1]))
        if not hmac.compare_digest(self._key(source), key.lower()) or source.state != "active":
            raise NotFound("inbox", "link")
        return source

    def _source(self, source_id: int) -> Source:
        with self._store.read() as tx:
            source = tx.sources.get(source_id)
        if source.connector != INBOX:
            raise NotFound("inbox", source_id)
        return source

    def _key(self, source: Source) -> str:
        said = f"kimhub.inbox:{source.id}:{_lock(source)}".encode()
        code = hmac.new(self._secret().encode(), said, hashlib.sha256).digest()
        return f"{source.id}-{base64.b32encode(code).decode().lower()[:_LETTERS]}"

    # -- taking in --------------------------------------------------------------------------------

    def take(
        self,
        source: Source,
        title: str,
        text: str,
        *,
        author: str = "",
        files: Sequence[File] = (),
        key: str,
        html: str = "",
        door: str = "form",
    ) -> bool:
        """Keep one text; its source is due at once. False when it had been kept before.

        Args:
            files: name and bytes of pictures and PDFs.
            key: the same for the same text sent again.

        Raises:
            ConfigError: with everything that is wrong, keys ``title``, ``text``, ``author``,
                ``attachments``; nothing is kept then.
        """
        title, author = fold(title), fold(author)
        self._demand_fields(title, text or html, author)
        kept = [examine(name, content, lang=self._lang) for name, content in files]
        now = self._now()
        new = Submission(
            0,
            source.id,
            key[:200],
            now,
            title,
            text.strip(),
            html,
            author,
            tuple(replace(each, url=path_of(each)) for each, _ in kept),
            door,
        )
        with self._store.write() as tx:
            if tx.submissions.since(source.id, now - timedelta(hours=1)) >= HOURLY:
                raise ConfigError([fault("title", "inbox.too_many", self._lang)])
            fresh = tx.submissions.put(new)
            for _, stored in kept if fresh else ():
                tx.files.put(stored, now)
            if fresh:
                tx.sources.edit(source.id, due_at=now)
        return fresh

    def _demand_fields(self, title: str, text: str, author: str) -> None:
        given = {"title": title, "text": text, "author": author}
        faults = [
            fault(name, f"inbox.{name}.missing", self._lang)
            for name in ("title", "text")
            if not given[name].strip()
        ]
        faults += [
            fault(name, f"inbox.{name}.long", self._lang, most=most)
            for name, most in LIMITS.items()
            if len(given[name]) > most
        ]
        if faults:
            raise ConfigError(faults)

    def take_mail(self, raw: bytes) -> bool:
        """Keep what a mail to one of the secret addresses says. False when it had been kept before, or was
        sent by a program (an absence note, a bounce).

        Raises:
            NotFound: it is to no address of ours.
            ConfigError: it has no text, a sender that its source does not take, or a text too long.
        """
        letter = read_letter(raw)
        source = self._addressee(letter)
        if letter.automatic:
            return False
        senders = source.options.get("senders") or ()
        if senders and letter.sender not in {each.lower() for each in senders}:
            raise ConfigError([fault("senders", "inbox.sender", self._lang, sender=letter.sender)])
        usable, first = [], letter.text.partition("\n")[0]
        for name, content in letter.files[:MAX_FILES]:
            try:
                examine(name, content, lang=self._lang)
            except ConfigError:
                continue  # a signature's odd picture costs the text nothing
            usable.append((name, content))
        return self.take(
            source,
            (letter.subject or first)[: LIMITS["title"]],
            letter.text[: LIMITS["text"]],
            author=letter.author[: LIMITS["author"]],
            files=usable,
            key=letter.id,
            html=letter.html[: LIMITS["text"]],
            door="mail",
        )

    def _addressee(self, letter: Letter) -> Source:
        user = self._mailbox.partition("@")[0].lower()
        for address in letter.to:
            name, plus, key = address.partition("@")[0].partition("+")
            if plus and (not user or name == user):
                try:
                    return self.behind(key)
                except NotFound:
                    continue
        raise NotFound("inbox", "mail address")

    # -- pictures ---------------------------------------------------------------------------------

    def file(self, sha256: str, name: str) -> StoredFile:
        """A picture or PDF that was sent in. Raises NotFound."""
        with self._store.read() as tx:
            if not tx.submissions.named(sha256, name):
                raise NotFound("file", sha256)
            return tx.files.get(sha256)


def _lock(source: Source) -> int:
    return int(source.options.get("lock") or 0)


def path_of(file: Attachment) -> str:
    """Where a file that was sent in stands at the hub."""
    return f"/kiriman/{file.sha256}/{file.name}"

"""Manuscripts out of what files, options and programs say, with the files that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from hub.errors import ConfigError, Fault
from hub.model import Attachment, Manuscript, Received
from hub.services.announcing import Announcing
from hub.services.attachments import MAX_BYTES, MAX_FILES
from hub.text import manuscripts
from hub.text.manuscripts import Enclosed, Letter
from hub.text.marks import find_mark


@dataclass(frozen=True, slots=True)
class Order:
    """A manuscript and what is to be done with it: kept as a draft, or published ``at`` a time (None:
    now)."""

    manuscript: Manuscript
    at: datetime | None = None
    draft: bool = False
    rehearsal: bool = False
    received: Received | None = None


class Composing:
    """Makes manuscripts.

    Args:
        zone: the hub's, of times that state none.
    """

    def __init__(self, announcing: Announcing, zone: tzinfo) -> None:
        self._announcing, self._zone = announcing, zone

    def moment(self, text: object) -> datetime | None:
        """The time that somebody wrote, aware; None where it is none."""
        return manuscripts.moment(text, self._zone)

    def order(self, values: Mapping[str, Any], lang: str) -> Order:
        """What a program asks for: the fields of a manuscript, and ``at``, ``draft`` and ``rehearsal``;
        of a hub above also ``origin``, ``via`` and ``again``.

        Raises:
            ConfigError: with every fault found.
        """
        given = dict(values)
        faults: list[Fault] = []
        flags = {name: given.pop(name, None) or False for name in ("draft", "rehearsal")}
        for name, flag in flags.items():
            if not isinstance(flag, bool):
                faults.append(manuscripts.fault(name, "not_bool", lang))
        received, more = _received(given, lang)
        faults += more
        wanted = given.pop("at", None)
        at = self.moment(wanted) if wanted is not None else None
        if wanted is not None and at is None:
            faults.append(manuscripts.fault("at", "not_time", lang, value=wanted))
        if at and flags["draft"]:
            faults.append(manuscripts.fault("at", "draft_at", lang))
        try:
            manuscript = self.manuscript(given, lang)
        except ConfigError as error:
            raise ConfigError([*faults, *error.faults]) from None
        if faults:
            raise ConfigError(faults)
        return Order(manuscript, at, **flags, received=received)

    def manuscript(
        self,
        values: Mapping[str, Any],
        lang: str,
        *,
        folder: Path | None = None,
        known: tuple[Attachment, ...] = (),
    ) -> Manuscript:
        """The manuscript that the fields ``values`` make; its attachments are kept.

        Args:
            lang: of the complaints.
            folder: what names of files count from; None: no file is read.
            known: attachments that may be named by their digest.

        Raises:
            ConfigError: with every fault found.
        """
        letter = manuscripts.read(values, self._zone, lang)
        by_digest = {each.sha256: each for each in known}
        named = [each for each in letter.enclosed if each.sha256 not in by_digest]
        contents: list[tuple[Enclosed, bytes]] = []
        faults = list(letter.faults)
        for each in named[: MAX_FILES + 1]:
            try:
                contents.append((each, _content(each, folder, lang)))
            except ConfigError as error:
                faults += error.faults
        if faults:
            raise ConfigError([*faults, *self._unreachable(letter)])
        kept = [by_digest[each.sha256] for each in letter.enclosed if each.sha256 in by_digest]
        return replace(letter.manuscript, attachments=(*kept, *self._kept(contents)))

    def _unreachable(self, letter: Letter) -> list[Fault]:
        """What is wrong with the targets, told together with the faults of the other fields."""
        faults: list[Fault] = []
        for each in letter.manuscript.to:
            try:
                self._announcing.plan([each])
            except ConfigError as error:
                faults += error.faults
        return faults

    def _kept(self, contents: list[tuple[Enclosed, bytes]]) -> list[Attachment]:
        kept: list[Attachment] = []
        faults: list[Fault] = []
        for each, content in contents:
            try:
                kept.append(self._announcing.keep_file(each.name or each.file, content, each.alt))
            except ConfigError as error:
                faults += error.faults
        if faults:
            raise ConfigError(faults)
        return kept


def _content(enclosed: Enclosed, folder: Path | None, lang: str) -> bytes:
    if enclosed.content is not None:
        return enclosed.content
    name = enclosed.file or enclosed.sha256
    if folder is None or enclosed.sha256:
        raise ConfigError([manuscripts.fault("attachments", "only_files", lang, name=name)])
    path = folder / enclosed.file
    try:
        if not path.is_file():  # a pipe or a device would never end
            raise FileNotFoundError(2, "no such file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = error.strerror or "?"
        found = manuscripts.fault("attachments", "no_file", lang, path=name, problem=problem)
        raise ConfigError([found]) from error


#: Hubs that an announcement may come through; it goes down three levels.
_MOST_HUBS: Final = 8


def _received(given: dict[str, Any], lang: str) -> tuple[Received | None, list[Fault]]:
    """Takes out of ``given`` what a hub above says of where it comes from."""
    origin, via = given.pop("origin", None), given.pop("via", None)
    again = given.pop("again", None) or False
    if origin is None and via is None and not again:
        return None, []
    faults = []
    if not isinstance(origin, str) or find_mark(origin) != origin:
        faults.append(manuscripts.fault("origin", "not_mark", lang))
    if not _are_hubs(via):
        faults.append(manuscripts.fault("via", "not_hubs", lang, most=_MOST_HUBS))
    if not isinstance(again, bool):
        faults.append(manuscripts.fault("again", "not_bool", lang))
    return (None, faults) if faults else (Received(str(origin), tuple(via or ()), again), [])


def _are_hubs(via: object) -> bool:
    if not isinstance(via, list) or not 1 <= len(via) <= _MOST_HUBS:
        return False
    return all(isinstance(each, str) and each.startswith(("https://", "http://")) for each in via)

"""The words around an announcement in a mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.spec import Action, Notice


@dataclass(frozen=True, slots=True)
class Words:
    """``subjects`` by action; ``confirm`` and ``ask`` frame the address by which somebody says that it is
    published."""

    subjects: Mapping[Action, str]
    ask: Mapping[Action, str]
    files: str
    confirm: str

    def subject(self, action: Action, notice: Notice) -> str:
        return self.subjects[action].format(subject=notice.subject)

    def text(self, action: Action, notice: Notice, confirm_url: str) -> str:
        """The mail. ``confirm_url`` is empty in a preview."""
        if action == "withdraw":
            return f"{self.ask[action]}\n\n{notice.withdrawal_text}\n"
        parts = [self.ask[action], notice.text]
        if notice.attachments:
            lines = [f"- {each.alt or each.name}: {each.url}" for each in notice.attachments]
            parts.append("\n".join([self.files, *lines]))
        if confirm_url:
            parts.append(f"{self.confirm}\n{confirm_url}")
        return "\n\n".join(parts) + "\n"


WORDS: Mapping[str, Words] = {
    "id": Words(
        subjects={
            "create": "Pengumuman: {subject}",
            "update": "Ralat pengumuman: {subject}",
            "withdraw": "Pengumuman ditarik: {subject}",
        },
        ask={
            "create": "Mohon pengumuman ini dipasang di situs atau kanal Anda.",
            "update": "Pengumuman ini diperbaiki. Mohon yang sudah terpasang diganti dengan yang ini.",
            "withdraw": "Pengumuman ini ditarik. Mohon diturunkan dari situs atau kanal Anda.",
        },
        files="Lampiran:",
        confirm="Sudah dipasang? Klik di sini, satu kali saja:",
    ),
    "en": Words(
        subjects={
            "create": "Announcement: {subject}",
            "update": "Corrected announcement: {subject}",
            "withdraw": "Withdrawn announcement: {subject}",
        },
        ask={
            "create": "Please publish this announcement on your site or channel.",
            "update": "This announcement was corrected. Please replace the one you published by this one.",
            "withdraw": "This announcement was withdrawn. Please take it down from your site or channel.",
        },
        files="Attachments:",
        confirm="Published? Click here, once is enough:",
    ),
}
LANGUAGES = tuple(WORDS)

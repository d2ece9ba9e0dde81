"""The mail that tells the operator of a canary's alarm, and of its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.model import Canary, Source
from hub.text.words import say

Send = Callable[[Sequence[str], str, str, Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class AlarmMail:
    """Mails to ``contact``, in the hub's language."""

    send: Send
    contact: str
    hub_name: str
    language: str

    def __call__(self, canary: Canary, source: Source, site: str) -> None:
        """Raises PublishError: the mail could not be handed over."""
        values = {"connector": canary.connector, "site": site, "hub": self.hub_name}
        subject = say("canary.subject" if canary.alarm else "canary.subject_ended", self.language, **values)
        said = say(f"canary.{canary.alarm or 'ended'}", self.language, **numbers(canary), **values)
        text = say("canary.text", self.language, said=said, url=source.url, id=source.id, **values)
        self.send([self.contact], subject, text, {"Auto-Submitted": "auto-generated"})


def numbers(canary: Canary) -> dict[str, object]:
    """What the words of an alarm name."""
    return {
        "entries": canary.entries,
        "usual_entries": round(canary.usual_entries),
        "characters": canary.characters,
        "usual_characters": round(canary.usual_characters),
    }

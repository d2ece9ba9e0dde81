"""Faults in words, for whoever has to put them right."""

from __future__ import annotations

from hub.errors import Fault
from hub.text.words import say


def fault(key: str, words: str, lang: str, /, **values: object) -> Fault:
    """A fault at ``key`` in the words of ``<words>`` and ``<words>.cure``."""
    shown = {each: one_line(value) for each, value in values.items()}
    return Fault(one_line(key), say(words, lang, **shown), say(f"{words}.cure", lang, **shown))


def one_line(value: object) -> str:
    """Part of a complaint: one line, of bounded length, nothing that a terminal obeys."""
    return "".join(char if char.isprintable() else " " for char in str(value)[:200])

"""Slips of the pen in a search, put right by what the index and the gazetteer hold."""

from __future__ import annotations

from hub.model import Filters, Query, Term
from hub.spec.search import SearchBackend
from hub.text.analyse import Analyser
from hub.text.query import ParsedQuery
from hub.text.regions import Gazetteer
from hub.text.suggest import Vocabulary, nearest_name, suggest, suggest_commoner


class Spelling:
    """Knows the hub's words."""

    def __init__(self, backend: SearchBackend, analyser: Analyser, gazetteer: Gazetteer) -> None:
        self._backend, self._analyser, self._gazetteer = backend, analyser, gazetteer
        self._vocabulary = Vocabulary(backend.words, gazetteer.names, self._holds_family)

    def better(self, parsed: ParsedQuery) -> str | None:
        """The query with words and places that nobody knows replaced by the nearest that are known; None
        where nothing is unknown or near.

        Raises:
            SearchError: the index does not answer.
        """
        better = self._placed(parsed, suggest(parsed, self._vocabulary) or parsed.text)
        return better if better != parsed.text else None

    def commoner(self, parsed: ParsedQuery) -> str | None:
        """What may be meant where little was found, though every word is known; None where nothing is
        suspicious. Raises SearchError."""
        return suggest_commoner(parsed, self._vocabulary)

    def _placed(self, parsed: ParsedQuery, text: str) -> str:
        """``text`` with the names that were meant in ``desa:Tampalang``."""
        for name, level in ((parsed.village, 4), (parsed.kecamatan, 3)):
            if name and name not in self._gazetteer and not self._named(name, level):
                text = text.replace(name, nearest_name(name, self._names(level)) or name)
        return text

    def _named(self, name: str, level: int) -> bool:
        return any(each.code.count(".") == level - 1 for each in self._gazetteer.find(name))

    def _names(self, level: int) -> list[str]:
        regions = self._gazetteer.villages if level == 4 else self._gazetteer.kecamatan
        return [name for each in regions for name in (each.name, *self._gazetteer.aliases.get(each.code, ()))]

    def _holds_family(self, word: str) -> bool:
        forms = self._analyser.forms(word)
        if len(forms) < 2:
            return False
        term = Term(forms=tuple((form, 1.0) for form in forms))
        return bool(self._backend.search(Query(((term,),)), Filters(), limit=1).hits)

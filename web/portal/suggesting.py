"""What a search field offers while somebody types."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from hub.model.seeking import Completion
from web import answer, asking, current
from web.portal import blueprint

#: Rows offered.
MOST = 8


@blueprint.get("/cari/saran")
def suggestions() -> Response:
    """Rows of ``kind``, ``label``, ``detail`` and ``url``, the first meant most likely."""
    typed = request.args.get("q", "")
    return answer.as_json({"query": asking.line(typed), "results": completed(typed)})


def completed(typed: str) -> list[dict[str, Any]]:
    """What ``typed`` may become, as the page and the API tell it; addresses are those of this portal."""
    typed = asking.control_free(typed).lstrip()
    return [_row(each) for each in current.hub().reading.complete(typed, MOST)]


def _row(each: Completion) -> dict[str, Any]:
    say = current.say()
    label, detail = each.label, _place(each.place) if each.place else ""
    if each.kind in ("village", "kecamatan"):
        label = _place(each.key)
    elif each.kind == "within":
        label = f"{each.label} {say.t('search.in', place=_place(each.key))}"
    elif each.kind == "topic":
        detail = say.t("suggest.topic")
    return {"kind": each.kind, "label": label, "detail": detail, "url": _url(each)}


def _place(code: str) -> str:
    return current.say().place(current.hub().gazetteer.get(code))


def _url(each: Completion) -> str:
    paths, gazetteer = current.paths(), current.hub().gazetteer
    match each.kind:
        case "words":
            return paths.search({"q": each.key})
        case "within":
            level = "village" if each.key.count(".") == 3 else "kecamatan"
            return paths.search({"q": each.label, level: each.key})
        case "village" | "kecamatan":
            return paths.region(gazetteer.get(each.key))
        case "topic":
            return paths.topic(each.key)
        case "site":
            return paths.site(int(each.key))
        case _:
            return paths.post(int(each.key))

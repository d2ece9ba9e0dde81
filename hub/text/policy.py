"""What a body may hold: one table, from which both sanitisers are set up and which the tests hold them to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from hub.text.markup import names

MAX_ATTRIBUTE_TEXT: Final = 500

_Check = Callable[[str], object]
_ANY: Final[_Check] = re.compile(r"[^\x00]*").fullmatch
_PIXELS: Final[_Check] = re.compile(r"[1-9]\d{0,3}").fullmatch
_CELLS: Final[_Check] = re.compile(r"[1-9]\d?").fullmatch
_NUMBER: Final[_Check] = re.compile(r"\d{1,5}").fullmatch
_SCOPE: Final[_Check] = re.compile(r"(?:row|col)(?:group)?").fullmatch
_WEB: Final[_Check] = re.compile(r"https?://[^\s\"'<>`]+").fullmatch

#: Tag -> attribute -> what its value must match in full. No tag and no attribute beside these: no
#: ``id`` or ``name`` that scripts could mistake for their own, no ``class`` or ``style``, no ``h1``, which
#: is the page's own title.
POLICY: Final[dict[str, dict[str, _Check]]] = {
    **{
        tag: {}
        for tag in names(
            "b blockquote br caption cite code dd del dfn div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i "
            "ins kbd li p pre q s samp small strong sub sup table tbody tfoot thead tr u ul var"
        )
    },
    "a": {"href": _WEB, "title": _ANY},
    "img": {"src": _WEB, "alt": _ANY, "title": _ANY, "width": _PIXELS, "height": _PIXELS},
    "abbr": {"title": _ANY},
    "ol": {"start": _NUMBER},
    "td": {"colspan": _CELLS, "rowspan": _CELLS},
    "th": {"colspan": _CELLS, "rowspan": _CELLS, "scope": _SCOPE},
}
URLS: Final = frozenset({"href", "src"})
SCHEMES: Final = frozenset({"http", "https"})

#: What every link and every image carries beside; given values are not looked at.
FIXED: Final = {
    "a": {"rel": "nofollow noopener ugc"},
    "img": {"loading": "lazy", "decoding": "async"},
}

#: Elements that go with all that is in them; of any other unknown element the content stays.
DROPPED: Final = names(
    "applet button canvas embed head iframe math noembed noframes noscript object option script select style "
    "svg template textarea title xmp"
)


def allowed(tag: str, attribute: str, value: str) -> bool:
    """Whether ``tag`` may have ``attribute`` with this ``value``."""
    check = POLICY.get(tag, {}).get(attribute)
    return check is not None and check(value) is not None

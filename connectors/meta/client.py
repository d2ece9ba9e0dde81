"""The Graph API: one way to ask, and what its answers mean.

The token goes as a header, so that it stands in no address: not in errors, not in cursors, not in anybody's
log. The addresses of further pages, in which the API repeats the token, are never followed; only their
position is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.meta.refusals import refusal
from hub.spec import AuthError, FetchError, Http, ParseError, Response, Validators

GRAPH = "https://graph.facebook.com"
GRAPH_OF_INSTAGRAM = "https://graph.instagram.com"
#: Versions live for two years; a page's operator can name another.
VERSION = "v24.0"
#: Items a page of a list.
PAGE = 100
#: What tells the position in a list, in the addresses of its pages.
_POSITION = ("after", "until", "__paging_token", "offset")

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``next`` is the position of the following one, empty at the end."""

    items: tuple[Raw, ...]
    next: str
    response: Response


class Graph:
    """Asks with one token. ``root`` is one of the two hosts, with the version."""

    def __init__(self, http: Http, token: str, root: str = GRAPH, version: str = VERSION) -> None:
        if not token.strip():
            raise AuthError("auth", "no token is set; see the connector's page", permanent=True)
        self._http, self._token, self._root = http, token.strip(), f"{root}/{version}"

    def get(self, path: str, params: Mapping[str, Any], *, since: Validators | None = None) -> Response:
        """Raises RemoteError: as :func:`connectors.meta.refusals.refusal` tells, or of the network."""
        url = f"{self._root}/{path}?{urlencode(params, safe=',{}')}"
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            return self._http.get(url, since=since, headers=headers, accept="application/json")
        except FetchError as error:
            refused = error
        # not from within: what was answered may repeat the token, and would hang on as the context
        raise refusal(refused, self._token) or refused

    def node(self, path: str, fields: str) -> Raw:
        """One object. Raises RemoteError."""
        found = self.get(path, {"fields": fields}).json()
        if not isinstance(found, dict):
            raise ParseError("not_a_feed", "the answer is no object of the Graph API")
        return found

    def page(
        self, path: str, fields: str, *, at: str = "", size: int = PAGE, since: Validators | None = None
    ) -> Page:
        """A page of the list ``path``, newest first; ``at`` is its position. Raises RemoteError."""
        params = {"fields": fields, "limit": size, **dict(position(at))}
        response = self.get(path, params, since=since)
        if response.unchanged:
            return Page((), "", response)
        found = response.json()
        items = found.get("data") if isinstance(found, dict) else None
        if not isinstance(items, list):
            raise ParseError("not_a_feed", "the answer is no list of the Graph API")
        listed = tuple(each for each in items if isinstance(each, dict) and each.get("id"))
        return Page(listed, _following(found) if items else "", response)

    def token_data(self) -> Raw:
        """What Facebook says of the token itself; empty where it does not say, for whatever reason: that
        shows in the next question. The only one in which the token stands in the address, so that no error
        of it may get out.

        Raises:
            ParseError: the answer is no JSON.
        """
        url = f"{self._root}/debug_token?{urlencode({'input_token': self._token})}"
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            found = self._http.get(url, headers=headers, accept="application/json").json()
        except FetchError:
            found = None
        data = found.get("data") if isinstance(found, dict) else None
        return data if isinstance(data, dict) else {}


def position(text: str) -> list[tuple[str, str]]:
    """The parameters of a position; whatever else stands in ``text`` is left out."""
    return [(name, value) for name, value in parse_qsl(text) if name in _POSITION]


def _following(found: Raw) -> str:
    paging = found.get("paging")
    url = paging.get("next") if isinstance(paging, dict) else None
    return urlencode(position(urlsplit(url).query)) if isinstance(url, str) else ""

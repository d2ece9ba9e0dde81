"""WordPress's REST API as seen from outside: addresses, lists, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from hub.spec import FetchError, Http, ParseError, Response, Validators

POSTS = "wp/v2/posts"
#: ``date`` is site time and what ``before`` compares with, in every release.
FIELDS = (
    "id,date,date_gmt,modified_gmt,guid,slug,link,status,title,content,excerpt,author,categories,tags,"
    "featured_media,_links,_embedded"
)
#: Parameters that make a list carry everything a post needs. Limited embedding came with 5.4 (older
#: releases embed more), and ``_embedded`` needs ``_links`` beside it in ``_fields``.
FULL: Mapping[str, Any] = {"_embed": "author,wp:term,wp:featuredmedia", "_fields": FIELDS}
PAST_THE_END = "rest_post_invalid_page_number"

Raw = dict[str, Any]


class Refused(Exception):
    """The API answered, but not with what was asked: a 4xx status, or something that is no JSON.

    ``code`` is WordPress's error code where it gave one. A refusal that a caller does not expect means
    that REST is closed to us.
    """

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(f"{status} {code}".strip())


@dataclass(frozen=True, slots=True)
class Root:
    """Where a site's API begins: ``https://desa.id/wp-json/``, ``.../index.php/wp-json/`` or, without
    pretty permalinks, ``https://desa.id/?rest_route=/``."""

    url: str

    @classmethod
    def of(cls, url: str) -> Root:
        """The root in its usual spelling, with the slash at the end that routes are added to."""
        parts = urlsplit(url.strip())
        if "rest_route=" in parts.query:
            return cls(urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "rest_route=/", "")))
        return cls(urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/", "", "")))

    @property
    def plain(self) -> bool:
        return self.url.endswith("?rest_route=/")

    @property
    def home(self) -> str:
        """The site's own address, with a slash at its end."""
        parts = urlsplit(self.url)
        path = parts.path if self.plain else parts.path.rstrip("/").rpartition("/")[0] + "/"
        path = path.removesuffix("index.php").removesuffix("index.php/")
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))

    def without_rewriting(self) -> Root:
        """The same API by the address that needs no rewriting: often open where a firewall or a lost
        ``.htaccess`` closes ``/wp-json/``."""
        return Root(f"{self.home}?rest_route=/")

    def address(self, route: str, params: Mapping[str, Any]) -> str:
        query = urlencode(params, safe=",:")
        separator = ("&" if self.plain else "?") if query else ""
        return f"{self.url}{route}{separator}{query}"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list. ``total`` and ``pages`` are None where a proxy ate the headers; ``pages`` is
    what the site claims and may be absurd."""

    posts: tuple[Raw, ...]
    total: int | None
    pages: int | None
    response: Response

    @property
    def unchanged(self) -> bool:
        return self.response.unchanged


class Client:
    """Asks one site's API. ``moved_to`` is the root that a permanent redirect led to, if one did."""

    def __init__(self, http: Http, root: Root) -> None:
        self.root = root
        self.moved_to: str | None = None
        self._http = http

    def posts(self, params: Mapping[str, Any], *, since: Validators | None = None) -> Listing:
        """A page of the published posts.

        Raises:
            Refused: by a 4xx, or by something that is no list.
            FetchError: network, server errors, 410, too many requests.
        """
        response = self.get(POSTS, params, since=since)
        listed = () if response.unchanged else self._json(response)
        if not isinstance(listed, (list, tuple)):
            raise Refused(response.status, "not_a_list")
        posts = tuple(each for each in listed if isinstance(each, dict) and identifier(each))
        total, pages = (_count(response, name) for name in ("x-wp-total", "x-wp-totalpages"))
        return Listing(posts, total, pages, response)

    def post(self, number: int, fields: str) -> Raw:
        """One post.

        Raises:
            Refused, FetchError: as for ``posts``.
        """
        found = self._json(self.get(f"{POSTS}/{number}", {"_fields": fields}))
        if not isinstance(found, dict):
            raise Refused(200, "not_a_post")
        return found

    def get(self, route: str, params: Mapping[str, Any], *, since: Validators | None = None) -> Response:
        url = self.root.address(route, params)
        response = self._http.get(url, since=since, accept="application/json", ok_only=False)
        self._notice_move(url, response)
        status = response.status
        if status < 300 or status == 304:
            return response
        if status == 410:
            raise FetchError("gone", "410 from the REST API", permanent=True, status=status, url=url)
        if status >= 500 or status == 408:
            raise FetchError("http_5xx", f"{status} from the REST API", status=status, url=url)
        raise Refused(status, _error_code(response))

    def _notice_move(self, url: str, response: Response) -> None:
        suffix = url.removeprefix(self.root.url)
        if response.moved_to and response.status < 300 and response.moved_to.endswith(suffix):
            self.moved_to = response.moved_to.removesuffix(suffix)

    @staticmethod
    def _json(response: Response) -> Any:
        """A page of HTML in place of JSON (parked domain, challenge, rewriting lost) is a refusal."""
        try:
            return response.json()
        except ParseError:
            raise Refused(response.status, "not_json") from None


def identifier(raw: Raw) -> int | None:
    """A post's id, or None where it has none worth the name."""
    number = raw.get("id")
    return number if type(number) is int and 0 < number < 2**63 else None


def _count(response: Response, header: str) -> int | None:
    value = response.headers.get(header, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _error_code(response: Response) -> str:
    try:
        answer = response.json()
    except ParseError:
        return "not_json"
    return str(answer.get("code") or "")[:100] if isinstance(answer, dict) else ""

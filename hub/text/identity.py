"""When are two items one post? The keys under which an item may turn up again, and what it says."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from hub.model import Entry
from hub.text.markup import without_invisible

#: More identities than this no item has.
_MAX_KEYS: Final = 16
_MAX_KEY: Final = 400
#: A text shorter than this may stand twice on one site on one day without being one post.
_MIN_FINGERPRINT: Final = 120

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_TRACKING: Final = re.compile(
    r"utm_.*|mtm_.*|pk_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid|"
    r"_ga|_gl|s_cid|ref_src|ref_url|spref|share|replytocom|amp|noamp|nocache|doing_wp_cron|"
    r"phpsessid|jsessionid|sessionid|session_id|sid|ci_session|aspsessionid\w*",
    re.IGNORECASE,
)
_SESSION_IN_PATH: Final = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_SLASHES: Final = re.compile(r"/{2,}")
#: OpenSID puts the date of the last edit into an article's address, which is its GUID too.
_OPENSID: Final = re.compile(r"/artikel/\d{4}/\d{1,2}/\d{1,2}/([^/?#]+)")


def canonical(url: str) -> str:
    """``url`` in a form for comparing: no scheme, no ``www.``, no default port, no fragment, nothing that
    tracks or names a session, no ``index.php`` and ``/amp``, the query in order. Not for fetching.

    What is no http(s) URL comes back as it is, without the space around it.
    """
    return _canonical(url, fragment=False)


def _canonical(url: str, *, fragment: bool) -> str:
    url = without_invisible(url).strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return url
    shown_port = f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else ""
    query = _query(parts.query)
    anchor = f"#{parts.fragment}" if fragment and parts.fragment else ""
    return f"{_host(parts.hostname)}{shown_port}{_path(parts.path)}{query}{anchor}"


def _host(name: str) -> str:
    name = name.lower().rstrip(".")
    if not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("idna").decode("ascii")
    return name.removeprefix("www.")


def _path(path: str) -> str:
    if "%" in path or not path.isascii():
        path = quote(unicodedata.normalize("NFC", unquote(path)), safe="/:@!$&'()*+,;=~-._")
    path = _SLASHES.sub("/", _SESSION_IN_PATH.sub("", path))
    if path.startswith("/index.php"):
        path = path.removeprefix("/index.php")
    path = path.rstrip("/")
    return path.removesuffix("/amp").rstrip("/")


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = parse_qsl(query.replace("&amp;", "&"), keep_blank_values=True, max_num_fields=None)
    kept = sorted((name, value) for name, value in pairs[:100] if not _TRACKING.fullmatch(name))
    return f"?{urlencode(kept)}" if kept else ""


def keys_of(entry: Entry, site_url: str) -> tuple[str, ...]:
    """The identities of ``entry`` within its site, strongest first.

    ``id:`` the given identifier where it is no URL, ``url:`` its address (identifier, alias and link are
    comparable, so that ``https://site/?p=12`` is one post whichever of them it was), ``opensid:`` the part
    of an OpenSID address that an edit leaves alone. A link that leaves the site, or leads to its front
    page, identifies nothing. What the item passes on is another thing, see :func:`keys_about`.

    An entry of another hub comes from many sites: only what means one thing everywhere names it, that is
    its address at the hub it began at, its page, and of a warning the authority's identifier.
    """
    if entry.via:
        return tuple(dict.fromkeys(_keys_of_relayed(entry)))
    home = canonical(site_url)
    keys = [*_identifier(entry.id), *_link(entry.link, home)]
    for alias in entry.aliases[:_MAX_KEYS]:
        keys += _identifier(alias)
    return tuple(dict.fromkeys(keys))[:_MAX_KEYS]


def keys_about(entry: Entry, site_url: str) -> tuple[str, ...]:
    """The identities of the site's own article that ``entry`` passes on; none where it is itself that
    article, or comes from another hub."""
    if entry.via:
        return ()
    own = keys_of(entry, site_url)
    return tuple(key for key in _link(entry.about, canonical(site_url)) if key not in own)


def _keys_of_relayed(entry: Entry) -> list[str]:
    keys = _identifier(entry.id)[-1:]
    if entry.alert is not None:
        return keys + [key for alias in entry.aliases[:_MAX_KEYS] for key in _identifier(alias)[-1:]]
    page = canonical(entry.link)
    return [*keys, _key("url", page)] if "/" in page or "?" in page else keys


def _identifier(given: str) -> list[str]:
    given = " ".join(without_invisible(given).split())
    if not given:
        return []
    if given[:4].lower() != "http":
        return [_key("id", given)]
    return [*_opensid(given), _key("url", _canonical(given, fragment=True))]


def _link(link: str, home: str) -> list[str]:
    address = canonical(link)
    host = home.partition("/")[0]
    if link[:4].lower() != "http" or not address.startswith(host) or address == home:
        return []
    rest = address.removeprefix(host)
    if not rest.startswith(("/", "?")):
        return []
    return [*_opensid(link), _key("url", address)]


def _opensid(url: str) -> list[str]:
    found = _OPENSID.search(url)
    return [_key("opensid", unquote(found[1]).lower())] if found else []


def _key(kind: str, value: str) -> str:
    if len(value) > _MAX_KEY:
        value = f"{value[: _MAX_KEY // 2]}~{_hash(value)}"
    return f"{kind}:{value}"


def content_digest(title: str, text: str) -> str:
    """Hash of what a post says; the same after edits to white space, case and the form of characters."""
    return _hash(f"{_folded(title)}\n{_folded(text)}")


def fingerprint(title: str, text: str, published: datetime | None) -> str:
    """Title, day and text as one key, to know a post again whose every identifier has changed.

    Empty where that would prove too little: no date, or hardly any text.
    """
    return dated_print(content_digest(title, text), len(text), published)


def dated_print(digest: str, length: int, published: datetime | None) -> str:
    """The same from a ``content_digest`` at hand and the length of its text."""
    if published is None or length < _MIN_FINGERPRINT:
        return ""
    return _hash(f"{published.astimezone(UTC).date().isoformat()} {digest}")


def told_print(title: str, text: str, published: datetime | None) -> str:
    """Like ``fingerprint``, to know a story that is told at two places on one day: a message has its title in
    its text, and the day ends at noon UTC, when villages have finished theirs."""
    title, text = _folded(title), _folded(text)
    text = text.removeprefix(title).lstrip(" .:;!?-\u2013\u2014")
    if published is None or len(text) < _MIN_FINGERPRINT:
        return ""
    day = (published.astimezone(UTC) + timedelta(hours=12)).date()
    return _hash(f"{day.isoformat()} {title}\n{text}")


def _folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()

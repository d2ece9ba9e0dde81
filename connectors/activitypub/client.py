"""Documents of ActivityPub (w3.org/TR/activitypub), asked for without a signature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from hub.spec import Blocked, Context, FetchError, ParseError, Raw, Response, Validators, get_page, text_in

ACCEPT: Final = (
    'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams";q=0.9'
)
ACTORS: Final = ("Person", "Service", "Organization", "Group", "Application")
_HANDLE: Final = re.compile(r"/@([\w.-]{1,100})/?", re.ASCII)


class Client:
    def __init__(self, ctx: Context) -> None:
        self._http = ctx.http

    def get(self, url: str, *, since: Validators | None = None) -> Response:
        """Raises: Blocked, where the server answers signed requests only; RemoteError for all else."""
        try:
            return get_page(self._http, url, since=since, accept=ACCEPT)
        except FetchError as error:
            if error.status == 401:
                detail = "this server answers signed requests only (secure mode); try connector mastodon"
                raise Blocked("not_public", detail, permanent=True) from error
            raise

    def object(self, url: str) -> Raw:
        return read_object(self.get(url))

    def find(self, url: str) -> Raw | None:
        """The object at ``url``; None where there is none any more."""
        try:
            found = self.object(url)
        except FetchError as error:
            if error.status in (404, 410):
                return None
            raise
        return None if text_in(found, "type") == "Tombstone" else found

    def actor(self, url: str) -> Raw:
        """The actor at a profile's address: by the document there, else by WebFinger.

        Raises:
            FetchError: ``bad_url``: there is none. RemoteError: all else.
        """
        try:
            found = self.object(url)
            if is_actor(found):
                return found
        except ParseError:  # a page for people
            pass
        except FetchError as error:
            if error.status not in (404, 406, 410):
                raise
        linked = self._finger(url)
        found = self.object(linked) if linked else {}
        if not is_actor(found):
            detail = f"no ActivityPub account is at {url[:200]}; give its profile as https://server/@name"
            raise FetchError("bad_url", detail, permanent=True, url=url)
        return found

    def _finger(self, url: str) -> str:
        """The actor's address by RFC 7033."""
        parts, named = urlsplit(url), _HANDLE.fullmatch(urlsplit(url).path)
        resource = f"acct:{named[1]}@{parts.netloc}" if named else url
        asked = f"{parts.scheme}://{parts.netloc}/.well-known/webfinger?resource={quote(resource, safe='')}"
        try:
            found = read_object(get_page(self._http, asked, accept="application/jrd+json, application/json"))
        except FetchError as error:
            if error.status in (400, 404, 410):
                return ""
            raise
        for link in mappings(found, "links"):
            activity = "activity+json" in text_in(link, "type") or "ld+json" in text_in(link, "type")
            if text_in(link, "rel") == "self" and activity:
                return urljoin(url, text_in(link, "href"))
        return ""


def is_actor(found: Raw) -> bool:
    return (
        text_in(found, "type") in ACTORS and bool(text_in(found, "id")) and bool(reference(found, "outbox"))
    )


def read_object(response: Response) -> Raw:
    """Raises: ParseError, when the answer is no JSON object."""
    found = response.json()
    if not isinstance(found, dict):
        raise ParseError("not_a_feed", "the answer is no object")
    return found


# -- JSON-LD, as far as servers make use of its freedoms: one or many, whole or by id ---------------


def many(raw: Raw, name: str) -> list[Any]:
    value = raw.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def mappings(raw: Raw, name: str) -> list[Raw]:
    return [each for each in many(raw, name) if isinstance(each, dict)]


def references(raw: Raw, name: str) -> Iterator[str]:
    """Addresses, whether given as such or in objects."""
    for each in many(raw, name):
        if isinstance(each, dict):
            each = each.get("id") or each.get("href") or each.get("url")
        if isinstance(each, str) and each:
            yield each


def reference(raw: Raw, name: str) -> str:
    return next(references(raw, name), "")

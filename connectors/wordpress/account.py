"""One site's REST API as one of its users sees it: what publishing asks with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.wordpress import diagnose
from connectors.wordpress.client import POSTS, Raw, Root, identifier
from connectors.wordpress.doors import elsewhere, find_roots, origin, same_house, usual_roots
from hub.spec import Blocked, FetchError, Http, ParseError, PublishContext, RemoteError, Response, Target

ME = "wp/v2/users/me"
#: All that publishing looks at in a post.
FIELDS = "id,slug,status,link,title,content,featured_media"


@dataclass(frozen=True)
class Answer:
    """What the API said. ``response.json()`` tolerates PHP notices in front of the document."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @cached_property
    def body(self) -> Any:
        """The JSON document, or None where there is none."""
        try:
            return self.response.json()
        except ParseError:
            return None

    @property
    def is_json(self) -> bool:
        return isinstance(self.body, (dict, list))

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300 and self.is_json

    @property
    def code(self) -> str:
        """WordPress's error code, or empty; fit to be shown."""
        code = self.body.get("code") if isinstance(self.body, dict) else ""
        return re.sub(r"[^\w.-]+", "", str(code or ""))[:100]

    @property
    def data(self) -> Mapping[str, Any]:
        """What comes with an error."""
        found = self.body.get("data") if isinstance(self.body, dict) else None
        return found if isinstance(found, dict) else {}


class Account:
    """Asks by the first of ``roots`` that answers reads as an API does; a write never changes the door.

    Args:
        more: tells further roots when none of the first is open.
    """

    def __init__(
        self,
        http: Http,
        roots: Sequence[Root],
        user: str,
        password: str,
        more: Callable[[], Sequence[Root]] = tuple,
    ) -> None:
        self.root, self._others = roots[0], list(roots[1:])
        self._http, self._auth, self._more = http, (user, password), more

    @classmethod
    def of(cls, target: Target, ctx: PublishContext) -> Account:
        """Asks the site first where its API is.

        Raises:
            FetchError: as ``find_roots``.
        """
        return cls(ctx.http, find_roots(target.url, ctx.http), target.user, target.password)

    @classmethod
    def known(cls, target: Target, ctx: PublishContext) -> Account:
        """For a target that was checked: the API is where it usually is, and only where that leads nowhere
        the site is asked. One request fewer for each delivery."""
        roots = usual_roots(target.url)

        def more() -> list[Root]:
            return [root for root in find_roots(target.url, ctx.http) if root not in roots]

        return cls(ctx.http, roots, target.user, target.password, more)

    def get(self, route: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Read ``route``.

        Raises:
            Blocked, FetchError: no door is open; the first one's refusal is told.
            RemoteError: network, or the site is in trouble.
        """
        first: RemoteError | None = None
        while True:
            found = self._try(route, params or {})
            if isinstance(found, Answer):
                self._others, self._more = [], tuple
                return found
            first = first or found
            if not self._others:
                self._others, self._more = list(self._more()), tuple
            if not self._others:
                raise self._doubted(first)
            self.root = self._others.pop(0)

    def send(
        self,
        method: str,
        route: str,
        body: Mapping[str, Any] | bytes | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Write; the answer whatever its status. What is no bytes is sent as JSON, in ASCII.

        Raises:
            FetchError: as ``Http.request``; whether the site did it is then unknown.
        """
        given = {"Accept": "application/json", **(headers or {})}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode("ascii")
        if content is not None and content is not body:
            given["Content-Type"] = "application/json"
        url = self.root.address(route, params or {})
        response = self._http.request(
            method, url, body=content, headers=given, auth=self._auth, ok_only=False
        )
        return Answer(response)

    def post(self, remote_id: str) -> Raw | None:
        """The post with this id as its editor sees it, trashed ones too; None where there is none.

        Raises:
            RemoteError: refused or unreachable.
        """
        if not (remote_id.isascii() and remote_id.isdigit()):
            return None
        answer = self.get(f"{POSTS}/{remote_id}", {"context": "edit", "_fields": FIELDS})
        if answer.status in (404, 410) and answer.is_json and answer.code != "rest_no_route":
            return None
        found = self.demand(answer)
        return found if isinstance(found, dict) and identifier(found) == int(remote_id) else None

    def demand(self, answer: Answer) -> Any:
        """The body of a good answer.

        Raises:
            RemoteError: why it is not good.
        """
        if answer.ok:
            return answer.body
        raise self.explain(answer)

    def explain(self, answer: Answer) -> RemoteError:
        """What a refusal means; asks the site back where that depends."""
        if answer.code == "rest_invalid_param" and "rest_forbidden_status" in str(answer.body):
            me = self.get(ME, {"context": "edit"})
            return diagnose.lacking("write posts") if me.ok else self.explain(me)
        if diagnose.anonymous(answer.status, answer.code):
            if not self._passwords_on():
                return diagnose.switched_off()
            return diagnose.nobody(accepted=self._accepted())
        return diagnose.explain(answer.response, answer.code, is_json=answer.is_json)

    def _passwords_on(self) -> bool:
        """Whether the API's root offers Application Passwords."""
        told = self.get("", {"_fields": "authentication"}).body
        offered = told.get("authentication") if isinstance(told, dict) else None
        return isinstance(offered, dict) and "application-passwords" in offered

    def _doubted(self, error: RemoteError) -> RemoteError:
        """A plugin that closes REST to visitors does so to whoever has a wrong password too."""
        if isinstance(error, Blocked) and error.reason == "auth" and self._accepted() is False:
            return diagnose.nobody(accepted=False)
        return error

    def _accepted(self) -> bool | None:
        """Whether XML-RPC accepts user and password; None where it does not tell."""
        url, question = f"{self.root.home}xmlrpc.php", diagnose.xmlrpc_question(*self._auth)
        try:
            answer = self._http.request(
                "POST",
                url,
                body=question,
                headers={"Content-Type": "text/xml"},
                auth=self._auth,
                ok_only=False,
            )
        except RemoteError:
            return None
        return diagnose.xmlrpc_verdict(answer.body)

    def _try(self, route: str, params: Mapping[str, Any]) -> Answer | RemoteError:
        """An answer of WordPress, or why this door leads nowhere."""
        try:
            answer = self._get(route, params)
        except FetchError as error:
            if error.reason not in ("bad_url", "moved"):  # the former also for a password over http
                raise
            return error
        return self._closed(answer) or answer

    def _get(self, route: str, params: Mapping[str, Any], *, again: bool = False) -> Answer:
        url = self.root.address(route, params)
        # whoever asks for consent has no name yet; an empty one is refused by sites with a login plugin
        auth = self._auth if self._auth[0] else None
        response = self._http.get(url, auth=auth, accept="application/json", ok_only=False)
        if origin(url) == origin(response.url):
            return Answer(response)
        # to www., to https, or to somebody else: the password was left behind on the way
        suffix = url.removeprefix(self.root.url)
        if again or not same_house(url, response.url) or not response.url.endswith(suffix):
            raise elsewhere(url, response.url, for_good=response.moved_to is not None)
        self.root = Root.of(response.url.removesuffix(suffix))
        return self._get(route, params, again=True)

    @staticmethod
    def _closed(answer: Answer) -> RemoteError | None:
        """Why this door leads nowhere; None when WordPress answered, be it with a refusal."""
        if answer.ok or diagnose.anonymous(answer.status, answer.code):
            return None
        error = diagnose.explain(answer.response, answer.code, is_json=answer.is_json)
        nothing = isinstance(error, FetchError) and error.reason == "gone"
        if answer.code == "rest_no_route" or not (nothing or isinstance(error, Blocked)):
            return None
        return error

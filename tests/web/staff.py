"""People at the desk, without a browser: they read pages and fill in the forms that stand on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client, TestResponse

from hub.app import Hub
from tests.web.asking import LOCAL
from web.app import make_app

PASSWORD = "kuda laut berenang pagi"
#: name -> role
STAFF = {"ani": "administrator", "siti": "editor", "budi": "approver"}


class Staff:
    """One person at one browser. ``page`` is the last answer."""

    def __init__(self, app: Any, address: str = "10.0.0.7") -> None:
        self.client = Client(app)
        self.address = address
        self.page: TestResponse

    def get(self, path: str, **headers: str) -> TestResponse:
        self.page = self.client.get(path, base_url=LOCAL, headers=headers, **self._from())
        return self.page

    def post(self, path: str, data: Any, **headers: str) -> TestResponse:
        self.page = self.client.post(path, base_url=LOCAL, data=data, headers=headers, **self._from())
        return self.page

    def _from(self) -> dict[str, Any]:
        return {"environ_overrides": {"REMOTE_ADDR": self.address}}

    def follow(self) -> TestResponse:
        """Where the last answer sends us."""
        assert self.page.status_code == 303, (self.page.status_code, self.page.text[:300])
        return self.get(self.page.headers["Location"])

    def form(self, action: str) -> Any:
        """The form on the page whose address ends like this."""
        found = [each for each in html.fromstring(self.page.text).forms if _path(each).endswith(action)]
        assert found, (action, [_path(each) for each in html.fromstring(self.page.text).forms])
        return found[0]

    def fill(self, action: str, changes: Mapping[str, Any] | None = None, do: str = "") -> TestResponse:
        """Fill in that form and press its button (``do`` where it has several)."""
        form = self.form(action)
        data = MultiDict((name, value) for name, value in form.form_values() if name != "files")
        for name, value in (changes or {}).items():
            data.setlist(name, value if isinstance(value, list) else [value])
        if do:
            data["do"] = do
        return self.post(_path(form), data)

    @property
    def token(self) -> str:
        """The CSRF token of the page."""
        return str(html.fromstring(self.page.text).xpath("//input[@name='csrf_token']/@value")[0])

    @property
    def text(self) -> str:
        """What is to be read on the page, in one line."""
        return " ".join(html.fromstring(self.page.text).xpath("string(//main)").split())

    def sign_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        self.get("/masuk")
        return self.fill("/masuk", {"name": name, "password": password})

    @property
    def cookie(self) -> str:
        return next((each.value for each in self._cookies() if each.key.endswith("kimhub")), "")

    def _cookies(self) -> list[Any]:
        return list(self.client._cookies.values())  # type: ignore[union-attr]


def _path(form: Any) -> str:
    return str(form.action or "")


def staffed(hub: Hub) -> Any:
    """The application over ``hub``, with one person of each role."""
    from tests.services.back import ADMIN

    known = {each.name for each in hub.people.list()}
    for name, role in STAFF.items():
        if name not in known:
            hub.people.add(name, PASSWORD, role, by=ADMIN)
    return make_app(hub)


def signed_in(app: Any, name: str) -> Staff:
    staff = Staff(app)
    assert staff.sign_in(name).status_code == 303, staff.text
    staff.follow()
    return staff

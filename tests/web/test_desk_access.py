"""Who gets to the desk: sessions, roles, and requests that nobody meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from hub.app import open_hub
from hub.config import build
from hub.model import ROLES
from hub.services.rights import may
from tests.clock import Clock
from tests.services.back import BINANGA, TAAN, Office, open_office
from tests.web.staff import LOCAL, PASSWORD, STAFF, Staff, signed_in, staffed
from web.app import make_app
from web.desk.access import ANYBODY, RIGHTS, SIGNED_IN


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = open_office(tmp_path, f"sqlite:///{tmp_path / 'hub.sqlite3'}", Clock(), web={"rate_limit": 0})
    opened.target(BINANGA)
    opened.target(TAAN)
    opened.announce()
    opened.settle()
    yield opened
    opened.hub.close()


@pytest.fixture
def app(office: Office) -> Any:
    return staffed(office.hub)


# -- signing in ---------------------------------------------------------------------------------------


def test_the_desk_sends_to_the_door_and_from_there_back(app: Any) -> None:
    staff = Staff(app)
    assert staff.get("/meja/pengumuman?state=draft").status_code == 303
    staff.follow()
    assert staff.fill("/masuk", {"name": "siti", "password": PASSWORD}).status_code == 303
    assert staff.page.headers["Location"].endswith("/meja/pengumuman?state=draft")
    assert staff.follow().status_code == 200
    assert "siti" in staff.page.text


@pytest.mark.parametrize(
    "wanted",
    ["//evil.test", "/\\evil.test", "https:evil.test", "/meja\r\nSet-Cookie: x=1", "/meja/../x//evil", "/"],
)
def test_nobody_is_sent_elsewhere(app: Any, wanted: str) -> None:
    staff = Staff(app)
    staff.get("/masuk")
    staff.post("/masuk", {"csrf_token": staff.token, "name": "siti", "password": PASSWORD, "next": wanted})
    assert staff.page.status_code == 303
    assert staff.page.headers["Location"] == "/meja"


def test_signing_in_begins_a_new_session_and_the_old_cookie_is_dead(office: Office, app: Any) -> None:
    staff = Staff(app)
    staff.get("/masuk")
    before = staff.cookie
    staff.fill("/masuk", {"name": "siti", "password": PASSWORD})
    first = staff.cookie
    assert first not in ("", before)
    staff.get("/meja/akun")
    staff.fill("/keluar")
    assert staff.get("/meja").status_code == 303
    staff.client.set_cookie("kimhub", first, domain="127.0.0.1")
    assert staff.get("/meja").status_code == 303, "a copied cookie is worth nothing after signing out"


def test_an_unknown_name_and_a_wrong_password_are_told_the_same(app: Any) -> None:
    unknown, wrong = Staff(app, "10.0.0.1"), Staff(app, "10.0.0.2")
    assert unknown.sign_in("siapa", "salah sekali ini").status_code == 401
    assert wrong.sign_in("siti", "salah sekali ini").status_code == 401
    neutral = re.compile(r'name="csrf_token" value="[^"]+"|value="(siapa|siti)"')
    assert neutral.sub("", unknown.page.text) == neutral.sub("", wrong.page.text)


def test_after_five_wrong_passwords_the_right_one_waits_too(office: Office, app: Any) -> None:
    staff = Staff(app)
    for _ in range(5):
        staff.sign_in("siti", "salah sekali ini")
    assert staff.sign_in("siti").status_code == 429
    assert int(staff.page.headers["Retry-After"]) > 600
    assert "15 menit lagi" in staff.text
    office.clock.forward(minutes=16)
    assert staff.sign_in("siti").status_code == 303


def test_the_session_ends_by_itself(office: Office, app: Any) -> None:
    staff = signed_in(app, "siti")
    office.clock.forward(minutes=29)
    assert staff.get("/meja").status_code == 200
    office.clock.forward(minutes=31)
    assert staff.get("/meja").status_code == 303


def test_a_new_password_ends_the_other_sessions(app: Any) -> None:
    here, there = signed_in(app, "siti"), signed_in(app, "siti")
    here.get("/meja/akun")
    new = "penyu hijau pulang malam"
    assert here.fill("/meja/akun", {"old": "bukan ini kata sandinya", "password": new}).status_code == 422
    assert here.fill("/meja/akun", {"old": PASSWORD, "password": "pendek"}).status_code == 422
    assert "paling sedikit 12" in here.text
    assert here.fill("/meja/akun", {"old": PASSWORD, "password": new}).status_code == 303
    assert here.follow().status_code == 200
    assert there.get("/meja").status_code == 303


def test_a_closed_account_is_out_at_once(office: Office, app: Any) -> None:
    staff, admin = signed_in(app, "siti"), signed_in(app, "ani")
    admin.get("/meja/orang")
    admin.post("/meja/orang/aktif", {"csrf_token": admin.token, "name": "siti", "on": "0"})
    assert staff.get("/meja").status_code == 303
    assert admin.follow().status_code == 200
    admin.post("/meja/orang/aktif", {"csrf_token": admin.token, "name": "ani", "on": "0"})
    assert "akun sendiri" in (admin.follow() and admin.text)


def test_the_cookie_is_for_the_hub_alone(app: Any, tmp_path: Path) -> None:
    staff = Staff(app)
    plain = staff.get("/masuk").headers["Set-Cookie"]
    assert plain.startswith("kimhub=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    secure = open_hub(build({"hub": {"base_url": "https://kabar.example.id"}}, root=tmp_path / "secure"))
    answer = Client(make_app(secure)).get("/masuk", base_url="https://kabar.example.id")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-kimhub=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    secure.close()


# -- every route ---------------------------------------------------------------------------------------


def routes(app: Any) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of every route of the desk, taken from the application itself."""
    flask = app
    while not hasattr(flask, "url_map"):
        flask = getattr(flask, "_app", None) or flask.app
        flask = getattr(flask, "__self__", flask)
    found = []
    for rule in flask.url_map.iter_rules():
        if rule.endpoint.startswith("desk."):
            address = re.sub(r"<[^>]+>", "1", rule.rule)
            found += [(rule.endpoint, method, address) for method in rule.methods & {"GET", "POST"}]
    return sorted(found)


def test_every_route_under_the_desk_says_what_right_it_takes(app: Any) -> None:
    found = routes(app)
    assert {endpoint for endpoint, _, _ in found} == set(RIGHTS)
    assert len(found) > 40
    for endpoint, _, address in found:
        if RIGHTS[endpoint] == ANYBODY:
            assert address in ("/masuk", "/keluar")
        else:
            assert address.startswith("/meja")
            assert RIGHTS[endpoint] == SIGNED_IN or may("administrator", RIGHTS[endpoint]), endpoint


def test_strangers_get_nowhere(office: Office, app: Any) -> None:
    for endpoint, method, address in routes(app):
        if RIGHTS[endpoint] == ANYBODY:
            continue
        answer = Client(app).open(address, method=method, base_url=LOCAL)
        # what somebody wrote is kept on the door's own page
        at_the_door = answer.status_code == 401 and 'name="carry"' in answer.text
        sent_there = answer.headers.get("Location", "").startswith("/masuk")
        assert at_the_door or (answer.status_code == 303 and sent_there), (method, address)
        assert answer.headers["Cache-Control"] == "no-store"
    assert len(office.hub.noticeboard.list()) == 1


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_what_it_may_and_nothing_else(office: Office, app: Any, role: str) -> None:
    name = next(each for each, its in STAFF.items() if its == role)
    staff = signed_in(app, name)
    for endpoint, method, address in routes(app):
        right = RIGHTS[endpoint]
        if right in (ANYBODY, SIGNED_IN):
            continue
        staff.get("/meja/akun")
        answer = staff.get(address) if method == "GET" else staff.post(address, {"csrf_token": staff.token})
        allowed = may(role, right)
        assert (answer.status_code == 403) is not allowed, (role, method, address, answer.status_code)
        assert answer.status_code < 500, (role, method, address)
        if not allowed:
            assert "peran Anda" in answer.text
            row = office.hub.audit.rows(limit=1)[0]
            assert (row.actor, row.result, row.thing) == (name, "refused", address)


# -- requests that nobody meant -------------------------------------------------------------------------


def test_no_route_changes_anything_by_get(app: Any) -> None:
    staff = signed_in(app, "ani")
    changing = {address for _, method, address in routes(app) if method == "POST"}
    reading = {address for _, method, address in routes(app) if method == "GET"}
    assert "/keluar" in changing - reading
    for address in changing - reading:
        assert staff.get(address).status_code == 405, address
    assert staff.get("/meja").status_code == 200, "still signed in"


def test_every_change_wants_the_token_of_this_very_session(office: Office, app: Any) -> None:
    staff, other = signed_in(app, "ani"), signed_in(app, "siti")
    staff.get("/meja/akun")
    other.get("/meja/akun")
    good, foreign = staff.token, other.token
    before = len(office.hub.audit.rows(limit=500))
    for _, method, address in routes(app):
        if method != "POST":
            continue
        for data, headers in (
            ({}, {}),
            ({"csrf_token": "x"}, {}),
            ({"csrf_token": foreign}, {}),
            ({"csrf_token": good}, {"Origin": "https://evil.test"}),
            ({"csrf_token": good}, {"Origin": "null"}),
            ({"csrf_token": good}, {"Sec-Fetch-Site": "cross-site"}),
            ({"csrf_token": good}, {"Sec-Fetch-Site": "same-site"}),
        ):
            answer = staff.client.post(address, base_url=LOCAL, data=data, headers=headers)
            assert answer.status_code in (400, 403), (address, data, headers)
        as_json = staff.client.post(address, base_url=LOCAL, data='{"a": 1}', content_type="text/plain")
        assert as_json.status_code == 400, address
    assert len(office.hub.audit.rows(limit=500)) == before


def test_our_own_page_is_known_by_its_origin(app: Any) -> None:
    staff = Staff(app)
    staff.get("/masuk")
    data = {"csrf_token": staff.token, "name": "siti", "password": PASSWORD}
    headers = {"Origin": LOCAL, "Sec-Fetch-Site": "same-origin"}
    assert staff.client.post("/masuk", base_url=LOCAL, data=data, headers=headers).status_code == 303


def test_signing_somebody_in_by_force_is_refused(app: Any) -> None:
    """Login CSRF: a foreign page cannot know the token that belongs to the visitor's cookie."""
    attacker, victim = Staff(app), Staff(app)
    attacker.get("/masuk")
    victim.get("/masuk")
    data = {"csrf_token": attacker.token, "name": "siti", "password": PASSWORD}
    assert victim.post("/masuk", data).status_code == 400
    assert victim.get("/meja").status_code == 303


def test_nothing_of_the_desk_is_kept_anywhere(app: Any) -> None:
    staff = signed_in(app, "ani")
    for _, method, address in routes(app):
        if method == "GET":
            answer = staff.get(address)
            assert answer.headers["Cache-Control"] == "no-store", address
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow", address
            assert "ETag" not in answer.headers
    assert Client(app).get("/meja/pengumuman/1", base_url=LOCAL).status_code == 303
    assert Client(app).get("/meja/x.css", base_url=LOCAL).status_code == 404


def test_only_who_may_attach_may_send_much(app: Any) -> None:
    much = b"x" * (2 * 2**20)
    stranger, staff = Staff(app), signed_in(app, "siti")
    stranger.get("/masuk")
    form = {"csrf_token": stranger.token, "name": much}
    assert stranger.post("/masuk", form).status_code == 413
    staff.get("/meja/akun")
    assert staff.post("/meja/akun", {"csrf_token": staff.token, "old": much}).status_code == 413
    assert "terlalu besar" in staff.text


def test_people_are_added_and_given_roles(office: Office, app: Any) -> None:
    admin = signed_in(app, "ani")
    admin.get("/meja/orang")
    weak = {"name": "dewi", "password": "rahasia", "role": "editor"}
    assert admin.fill("/meja/orang", weak).status_code == 422
    assert 'value="rahasia"' not in admin.page.text
    assert admin.fill("/meja/orang", {**weak, "password": PASSWORD}).status_code == 303
    assert "dewi" in (admin.follow() and admin.text)
    assert admin.fill("/meja/orang", {**weak, "password": PASSWORD}).status_code == 409
    dewi = signed_in(app, "dewi")
    admin.post("/meja/orang/peran", {"csrf_token": admin.token, "name": "dewi", "role": "approver"})
    assert dewi.get("/meja").status_code == 303, "a new role begins with a new sign-in"
    admin.get("/meja/orang")
    admin.post("/meja/orang/peran", {"csrf_token": admin.token, "name": "ani", "role": "editor"})
    assert "administrator terakhir" in (admin.follow() and admin.text)
    admin.get("/meja/orang")
    admin.post("/meja/orang/sandi", {"csrf_token": admin.token, "name": "dewi", "password": PASSWORD + " 2"})
    assert Staff(app).sign_in("dewi", PASSWORD + " 2").status_code == 303


def test_a_token_is_shown_once_and_dead_when_revoked(office: Office, app: Any) -> None:
    admin = signed_in(app, "ani")
    admin.get("/meja/kunci")
    made = {"name": "layanan surat", "scope": "announcements:write", "days": "30"}
    plain = re.search(r"kh_[\w-]+", admin.fill("/meja/kunci", made).text)
    assert plain
    found = office.hub.access.token(plain[0])
    assert found
    assert set(found.scopes) == {"announcements:read", "announcements:write"}
    assert plain[0] not in admin.get("/meja/kunci").text
    admin.fill("/meja/kunci/cabut")
    assert office.hub.access.token(plain[0]) is None
    assert "Dicabut" in (admin.follow() and admin.text)


def test_the_trail_is_read_filtered_and_checked(office: Office, app: Any) -> None:
    admin = signed_in(app, "ani")
    admin.get("/meja/jejak")
    assert "Rantai jejak utuh" in admin.text
    assert "announcement.publish" in admin.text
    admin.get("/meja/jejak?action=announcement&actor=siti")
    assert "user.add" not in admin.text
    assert "announcement.write" in admin.text
    with office.hub.store.engine.begin() as connection:
        connection.execute(text("UPDATE audit SET actor = 'bukan saya' WHERE id = 2"))
    admin.get("/meja/jejak")
    assert "Rantai jejak putus pada baris 2" in admin.text

"""Announcements over the API: public reading, programs with a token, and what is refused."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from PIL import Image
from werkzeug.test import Client, TestResponse

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import Actor
from hub.testing.district import District
from tests.web.asking import LOCAL
from web.api.description import describe
from web.app import make_app

PATH = "/api/v1/announcements"
ADMIN = Actor("tester")
BODY: dict[str, Any] = {
    "number": "470/1/2026",
    "subject": "Rapat desa",
    "to": ["site:1"],
    "text": "**Hadirlah.**",
}


@pytest.fixture(scope="module")
def district() -> Iterator[District]:
    with District(2, "127.10.81.", 0) as running:
        yield running


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, district: District) -> Iterator[Hub]:
    settings = {
        "network": {"allow_private": ["127.10.81.0/24"]},
        "web": {"rate_limit": 0},
        "publish": {"approval": "urgent"},
    }
    opened = open_hub(build(settings, root=tmp_path_factory.mktemp("api")))
    site = next(each for each in district.sites if each.platform == "wordpress")
    known = opened.registering.add_site(site.name, site.url, site.code, probe=False).site
    opened.targets.add(known.id, "wordpress", ADMIN, url=site.url, user=site.user, password=site.password)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def tokens(hub: Hub) -> dict[str, str]:
    """What programs may hold, by a short name."""
    made = {
        "all": (["announcements:read", "announcements:write"], "editor"),
        "read": (["announcements:read"], "editor"),
        "write": (["announcements:write"], "editor"),
        "approver": (["announcements:read", "announcements:write"], "approver"),
    }
    return {
        name: hub.access.make_token(name, scopes, ADMIN, role=role)[1]
        for name, (scopes, role) in made.items()
    }


class Api:
    """Asks as a program does."""

    def __init__(self, hub: Hub, token: str = "") -> None:
        self._client, self._token = Client(make_app(hub)), token

    def __call__(self, method: str, path: str = "", body: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._token:
            named.setdefault("Authorization", f"Bearer {self._token}")
        data = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else None
        kind = named.pop("Content-Type", "application/json" if data is not None else None)
        return self._client.open(
            PATH + path, method=method, base_url=LOCAL, data=data, content_type=kind, headers=named
        )


@pytest.fixture
def api(hub: Hub, tokens: dict[str, str]) -> Api:
    return Api(hub, tokens["all"])


@pytest.fixture
def anybody(hub: Hub) -> Api:
    return Api(hub)


def read(answer: TestResponse, status: int = 200) -> Any:
    assert answer.status_code == status, answer.get_data(as_text=True)
    return json.loads(answer.get_data())


def problem(answer: TestResponse, status: int) -> Any:
    found = read(answer, status)
    assert answer.mimetype == "application/problem+json"
    assert (found["status"], found["title"] != "", found["detail"] != "") == (status, True, True)
    assert answer.headers["Cache-Control"] == "no-store"
    return found


# -- the way through --------------------------------------------------------------------------------


def test_announced_delivered_corrected_withdrawn(
    hub: Hub, api: Api, anybody: Api, district: District
) -> None:
    answer = api("POST", "", BODY)
    made = read(answer, 201)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers
    found, key = made["announcement"], made["announcement"]["id"]
    assert answer.headers["Location"] == f"{PATH}/{key}"
    assert (found["number"], found["version"], found["state"]) == ("470/1/2026", 1, "published")
    assert [each["state"] for each in made["deliveries"]] == ["waiting"]

    hub.delivering.run()
    hub.proving.run()
    [row] = read(api("GET", f"/{key}/deliveries"))["results"]
    assert (row["state"], row["attempts"], row["publisher"]) == ("verified", 0, "wordpress")
    assert district.copies(found["mark"])

    shown = read(anybody("GET", f"/{key}"))
    assert "<strong>Hadirlah.</strong>" in shown["body_html"]
    assert shown["state"] == "published"

    corrected = read(api("PUT", f"/{key}", {**BODY, "text": "Hadirlah besok."}))
    assert corrected["announcement"]["version"] == 2
    again = read(api("PUT", f"/{key}", {**BODY, "text": "Hadirlah besok."}))
    assert again["announcement"]["version"] == 2, "the same again is no correction"

    withdrawn = read(api("POST", f"/{key}/withdraw", {"why": "Batal"}))
    assert withdrawn["announcement"]["state"] == "withdrawn"
    assert read(api("POST", f"/{key}/withdraw"))["announcement"]["withdrawn_why"] == "Batal"
    hub.delivering.run()
    [row] = read(api("GET", f"/{key}/deliveries"))["results"]
    assert row["state"] == "withdrawn"
    gone = read(anybody("GET", f"/{key}?fresh=1"))
    assert (gone["state"], gone["body_html"], gone["withdrawn_why"]) == ("withdrawn", "", "Batal")
    assert problem(api("PUT", f"/{key}", BODY), 409)["detail"]


def test_drafts_and_rehearsals_are_nobodys_business(api: Api, anybody: Api) -> None:
    draft = read(api("POST", "", {**BODY, "draft": True}), 201)["announcement"]
    rehearsal = read(api("POST", "", {**BODY, "rehearsal": True}), 201)["announcement"]
    later = read(api("POST", "", {**BODY, "at": "2030-01-31T08:00"}), 201)["announcement"]
    assert (draft["state"], rehearsal["rehearsal"]) == ("draft", True)
    assert (later["state"], later["scheduled_at"]) == ("scheduled", "2030-01-31T00:00:00Z")
    listed = {each["id"] for each in read(anybody("GET", "?limit=100"))["results"]}
    for each in (draft, rehearsal, later):
        problem(anybody("GET", f"/{each['id']}"), 404)
        assert each["id"] not in listed
    changed = read(api("PUT", f"/{draft['id']}", {**BODY, "subject": "Lain"}))["announcement"]
    assert (changed["subject"], changed["version"], changed["state"]) == ("Lain", 1, "draft")
    problem(api("POST", f"/{draft['id']}/withdraw"), 409)


def test_the_second_person_is_asked_of_programs_too(api: Api) -> None:
    urgent = read(api("POST", "", {**BODY, "nature": "darurat"}), 201)["announcement"]
    assert urgent["state"] == "pending"


def test_attachments_come_in_base64_and_stay_by_digest(api: Api, anybody: Api, hub: Hub) -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "navy").save(out, "PNG")
    sent = {"name": "peta.png", "content": base64.b64encode(out.getvalue()).decode(), "alt": "Peta"}
    found = read(api("POST", "", {**BODY, "attachments": [sent]}), 201)["announcement"]
    [kept] = found["attachments"]
    assert (kept["type"], kept["alt"]) == ("image/png", "Peta")
    [shown] = read(anybody("GET", f"/{found['id']}"))["attachments"]
    assert kept["sha256"] in shown["url"]
    same = {**BODY, "subject": "Lagi", "attachments": [{"sha256": kept["sha256"]}]}
    assert read(api("PUT", f"/{found['id']}", same))["announcement"]["attachments"] == [kept]
    svg = {"name": "x.png", "content": base64.b64encode(b"<svg onload=alert(1)>").decode()}
    for refused in (svg, "/etc/passwd", {"file": "/etc/passwd"}, {"sha256": "0" * 64}, {"url": "http://x/"}):
        faults = problem(api("POST", "", {**BODY, "attachments": [refused]}), 422)["errors"]
        assert [each["key"] for each in faults] == ["attachments"], refused


# -- once, whoever repeats it -----------------------------------------------------------------------


def test_a_repeated_key_announces_once(hub: Hub, api: Api, tokens: dict[str, str]) -> None:
    first = read(api("POST", "", BODY, Idempotency_Key="surat-1"), 201)
    again = read(api("POST", "", BODY, Idempotency_Key="surat-1"), 201)
    assert first == again
    problem(api("POST", "", {**BODY, "subject": "Lain"}, Idempotency_Key="surat-1"), 409)
    other = read(Api(hub, tokens["write"])("POST", "", BODY, Idempotency_Key="surat-1"), 201)
    assert other["announcement"]["id"] != first["announcement"]["id"], "keys are each program's own"
    for bad in ("", "a" * 201, "dua kata"):
        problem(api("POST", "", BODY, Idempotency_Key=bad), 400)


def test_the_same_key_at_the_same_moment(database_url: str, tmp_path: Path) -> None:
    settings = {"database": {"url": database_url.replace("+psycopg", "")}, "web": {"rate_limit": 0}}
    hub = open_hub(build(settings, root=tmp_path))
    program = Api(hub, hub.access.make_token("kembar", ["announcements:write"], ADMIN)[1])
    barrier = threading.Barrier(6, timeout=30)

    def ask(_: int) -> int:
        barrier.wait()
        body = {**BODY, "to": ["all"]}
        return int(read(program("POST", "", body, Idempotency_Key="serentak"), 201)["announcement"]["id"])

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) == 1
    assert len(hub.noticeboard.list()) == 1
    hub.close()


# -- who may ----------------------------------------------------------------------------------------


def guarded() -> list[tuple[str, str, str]]:
    """Method, path and scope of every operation that takes a token, out of the description."""
    return [
        (method.upper(), path.removeprefix("/announcements").replace("{id}", "1"), scopes["token"][0])
        for path, methods in describe(LOCAL)["paths"].items()
        for method, operation in methods.items()
        for scopes in operation.get("security", [])
    ]


@pytest.mark.parametrize(("method", "path", "scope"), guarded())
def test_every_guarded_route_wants_its_scope(
    hub: Hub, tokens: dict[str, str], method: str, path: str, scope: str
) -> None:
    body = BODY if method in ("POST", "PUT") else None
    nobody = Api(hub)(method, path, body)
    problem(nobody, 401)
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer")
    for wrong in ("kh_" + "x" * 43, "x", ""):
        problem(Api(hub)(method, path, body, Authorization=f"Bearer {wrong}"), 401)
    problem(Api(hub)(method, path, body, Authorization="Basic a2hfeDp5"), 401)
    lacking = "write" if scope.endswith("read") else "read"
    refused = Api(hub, tokens[lacking])(method, path, body)
    problem(refused, 403)
    assert scope in refused.headers["WWW-Authenticate"]


def test_the_description_has_every_route_with_its_guard(hub: Hub) -> None:
    from web.api.tokens import SCOPES
    from web.app import make_flask

    described = {(method, path, scope) for method, path, scope in guarded()}
    routes = {
        (method, str(rule).removeprefix(PATH).replace(f"<int(max={2**31 - 1}):key>", "1"), SCOPES[name])
        for rule in make_flask(hub).url_map.iter_rules()
        for blueprint, _, name in [rule.endpoint.partition(".")]
        if blueprint == "announcements" and name in SCOPES
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == described
    open_ones = {
        (method, str(rule))
        for rule in make_flask(hub).url_map.iter_rules()
        for blueprint, _, name in [rule.endpoint.partition(".")]
        if blueprint in ("announcements", "api") and name not in SCOPES
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {method for method, _ in open_ones} == {"GET"}, "nothing changes without a token"


def test_a_role_that_may_not_write_may_not_over_the_api(hub: Hub, tokens: dict[str, str]) -> None:
    assert "approver" in problem(Api(hub, tokens["approver"])("POST", "", BODY), 403)["detail"]


def test_a_revoked_token_is_dead_at_once_and_none_stands_in_an_address(
    hub: Hub, tokens: dict[str, str]
) -> None:
    key = read(Api(hub, tokens["all"])("POST", "", BODY), 201)["announcement"]["id"]
    _, plain = hub.access.make_token("sebentar", ["announcements:read"], ADMIN)
    program = Api(hub, plain)
    read(program("GET", f"/{key}/deliveries"))
    for path in (f"/{key}/deliveries", "", f"/{key}"):
        problem(Api(hub)("GET", f"{path}?access_token={tokens['all']}"), 400)
        problem(Api(hub, tokens["all"])("GET", f"{path}?token={tokens['all'].replace('_', '%5f', 1)}"), 400)
    hub.access.revoke_token("sebentar", ADMIN)
    problem(program("GET", f"/{key}/deliveries"), 401)


def test_what_a_program_did_is_in_the_audit_trail(hub: Hub, api: Api, tokens: dict[str, str]) -> None:
    key = read(api("POST", "", {**BODY, "draft": True}), 201)["announcement"]["id"]
    row = next(each for each in hub.audit.rows() if each.thing == f"announcement:{key}")
    assert row.actor == "token:all"
    assert all(token not in repr(hub.audit.rows()) for token in tokens.values())


# -- what is wrong ----------------------------------------------------------------------------------


def test_every_wrong_field_is_named_with_its_cure(api: Api) -> None:
    body = {
        "number": 5,
        "to": ["kec:99"],
        "date": "besok",
        "at": "nanti",
        "draft": "ya",
        "state": "published",
    }
    found = problem(api("POST", "?lang=en", body), 422)
    assert {each["key"] for each in found["errors"]} == {"subject", "to", "date", "at", "draft", "state"}
    assert all(each["problem"] and each["cure"] for each in found["errors"])
    problem(api("POST", "", {**BODY, "subject": "x" * 300}), 422)
    problem(api("POST", "", {**BODY, "valid_until": "2020-01-01"}), 422)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (json.dumps(BODY), "text/plain", 415),
        ("number=1", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"number":' * 5000 + b"1" + b"}" * 5000, "application/json", 400),
        (b'{"number": 1' + b"0" * 5000 + b"}", "application/json", 400),
    ],
)
def test_bodies_that_are_none(api: Api, body: bytes | str, kind: str, status: int) -> None:
    problem(api("POST", "", body, Content_Type=kind), status)


def test_too_large_a_body_is_refused(api: Api, anybody: Api) -> None:
    large = json.dumps({**BODY, "text": "x" * (29 * 2**20)})
    problem(api("POST", "", large), 413)
    problem(anybody("POST", "", large), 401)
    problem(api("POST", "", json.dumps({**BODY, "text": "x" * 2**21})), 422)


def test_unknown_ones_and_wrong_methods(api: Api) -> None:
    for method, path in (("GET", "/999999"), ("GET", "/999999/deliveries"), ("POST", "/999999/withdraw")):
        problem(api(method, path), 404)
    problem(api("PUT", "/999999", BODY), 404)
    for method, path in (("DELETE", "/1"), ("GET", "/1/withdraw"), ("PUT", ""), ("POST", "/1/deliveries")):
        problem(api(method, path, BODY if method != "GET" else None), 405)
    assert api("POST", "/1", BODY, X_HTTP_Method_Override="PUT").status_code == 405


# -- public lists -----------------------------------------------------------------------------------


def test_the_list_is_filtered_and_paged(api: Api, anybody: Api, hub: Hub) -> None:
    for number in range(5):
        read(api("POST", "", {**BODY, "number": f"990/{number}", "subject": f"Ronda malam {number}"}), 201)
    read(
        api("POST", "", {**BODY, "number": "991", "nature": "penting", "to": ["village:76.02.01.1002"]}), 201
    )
    found = read(anybody("GET", "?q=ronda&limit=2"))
    seen = [each["number"] for each in found["results"]]
    while found["next"]:
        found = read(anybody("GET", f"?q=ronda&limit=50&cursor={found['next']}"))
        assert len(found["results"]) <= 2
        seen += [each["number"] for each in found["results"]]
    assert seen == [f"990/{number}" for number in (4, 3, 2, 1, 0)]
    assert [each["number"] for each in read(anybody("GET", "?nature=penting"))["results"]] == ["991"]
    assert [each["number"] for each in read(anybody("GET", "?village=76.02.01.1002"))["results"]] == ["991"]
    for bad in ("nature=x", "village=1", "cursor=x", "cursor=YTAtMA", "limit=0", "q=" + "a" * 300):
        problem(anybody("GET", f"?{bad}"), 400)
    assert len(read(anybody("GET", "?limit=1000000"))["results"]) <= 100


def test_answers_are_as_described(api: Api, anybody: Api) -> None:
    document = describe(LOCAL)
    validate(document)
    made = read(api("POST", "", BODY), 201)
    key = made["announcement"]["id"]
    refused = problem(api("POST", "", {}), 422)
    for schema, value in (
        ("Announced", made),
        ("Deliveries", read(api("GET", f"/{key}/deliveries"))),
        ("Announcement", read(anybody("GET", f"/{key}"))),
        ("Faults", refused),
        ("Order", BODY),
    ):
        wanted = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
        Draft202012Validator(wanted).validate(value)

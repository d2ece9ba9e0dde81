"""The district's WordPress sites receive posts as the real ones do; the others show the hub's feed."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import io
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import feedparser
import pytest
import urllib3
from PIL import Image

from hub.testing.district import District, VillageSite
from tests.clock import Clock

if TYPE_CHECKING:
    from tests.servers.wordpress import WordPress

MARK = "kimhub-7602-01j8zq4x9m0000000000000000"
TAAN, BINANGA, PATIDI = "76.02.02.2010", "76.02.01.1002", "76.02.12.2009"
JPEG = {"Content-Type": "image/jpeg", "Content-Disposition": 'attachment; filename="poster.jpg"'}
EVERY_STATUS = "publish,future,draft,pending,private,trash"


@dataclass(frozen=True)
class Asked:
    """One answer of a REST API."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def verdict(self) -> tuple[int, str]:
        """What counts: the status and, of a refusal, its code."""
        return self.status, self.body.get("code", "") if isinstance(self.body, dict) else ""


class Client:
    """Asks one WordPress site, real or sample."""

    def __init__(self, root: str, user: str, password: str) -> None:
        self.root, self.user, self.password = root, user, password
        self.pool = urllib3.PoolManager(retries=False)

    def ask(
        self,
        method: str,
        route: str,
        fields: Mapping[str, Any] | None = None,
        *,
        auth: tuple[str, str] | str | None = "own",
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Asked:
        if auth == "own":
            auth = (self.user, self.password)
        sent = dict(headers or {})
        if isinstance(auth, tuple):
            sent["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        if fields is not None:
            raw, sent["Content-Type"] = json.dumps(fields).encode(), "application/json"
        if "?" in self.root:
            route = route.replace("?", "&")
        answer = self.pool.request(
            method, self.root + route, body=raw, headers=sent, redirect=False, timeout=10
        )
        return Asked(answer.status, json.loads(answer.data), answer.headers)


def client(site: VillageSite) -> Client:
    return Client(site.rest_url, site.user, site.password)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def district(clock: Clock) -> Iterator[District]:
    with District(20, "127.10.31.", 0, clock=clock, slow_seconds=0.05) as running:
        yield running


@pytest.fixture
def taan(district: District) -> VillageSite:
    return district.site(TAAN)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 50), "#0b5a5e").save(out, "JPEG")
    return out.getvalue()


def page(url: str) -> tuple[int, str]:
    answer = urllib3.request("GET", url, redirect=False, retries=False)
    return answer.status, answer.data.decode()


def notice(**fields: Any) -> dict[str, Any]:
    text = f"<!-- {MARK} --><p>Warga Tapalang dimohon hadir.</p>\n<p>Bawa KTP &amp; KK.</p>"
    return {
        "title": "Posyandu & imunisasi",
        "content": text,
        "slug": MARK.upper(),
        "status": "publish",
        **fields,
    }


# The same questions to a real WordPress and to a sample site


def story(site: Client) -> list[tuple[str, Any]]:
    """A publisher's day, with all that can be refused: what the site said to each step."""
    said: list[tuple[str, Any]] = []
    jpeg = picture()

    def say(step: str, asked: Asked, *shown: str) -> Any:
        values = tuple(asked.body.get(name) for name in shown) if shown else ()
        said.append((step, (*asked.verdict, *values)))
        return asked.body

    say("who, a stranger", site.ask("GET", "wp/v2/users/me?context=edit", auth=None))
    me = say("who", site.ask("GET", "wp/v2/users/me?context=edit"))
    wanted = ("publish_posts", "upload_files", "edit_posts", "manage_categories")
    said.append(("capabilities", [me["capabilities"].get(each) for each in wanted]))
    say("write, a stranger", site.ask("POST", "wp/v2/posts", notice(), auth=None))
    say("nothing in it", site.ask("POST", "wp/v2/posts", {"status": "publish"}))
    say("no such status", site.ask("POST", "wp/v2/posts", notice(status="salah")))
    say("no JSON", site.ask("POST", "wp/v2/posts", raw=b"{", headers={"Content-Type": "application/json"}))
    term = say("category", site.ask("POST", "wp/v2/categories", {"name": "Pengumuman"}), "name", "slug")
    again = say("category again", site.ask("POST", "wp/v2/categories", {"name": "Pengumuman"}))
    said.append(("the same term", again["data"]["term_id"] == term["id"]))
    found = site.ask("GET", "wp/v2/categories?slug=pengumuman").body
    said.append(("category found", [each["id"] == term["id"] for each in found]))
    say("category, a stranger", site.ask("POST", "wp/v2/categories", {"name": "Lain"}, auth=None))

    first = say("create", site.ask("POST", "wp/v2/posts", notice(categories=[term["id"]])), "slug", "status")
    said.append(
        ("raw", (first["title"]["raw"], first["content"]["raw"], first["categories"] == [term["id"]]))
    )
    second = say("the slug again", site.ask("POST", "wp/v2/posts", notice()), "slug")
    query = f"wp/v2/posts?slug={MARK}&status={EVERY_STATUS}"
    rows = site.ask("GET", f"{query}&context=edit&_fields=id,slug,status").body
    said.append(("found by slug", [(row["id"] == first["id"], row["status"]) for row in rows]))
    say("found, a stranger", site.ask("GET", query, auth=None))
    say("edit context, a stranger", site.ask("GET", f"wp/v2/posts?slug={MARK}&context=edit", auth=None))
    one = f"wp/v2/posts/{first['id']}"
    changed = say("update", site.ask("POST", one, {"title": "Posyandu pindah"}), "slug", "status")
    said.append(("content kept", changed["content"]["raw"] == first["content"]["raw"]))
    say("update, a stranger", site.ask("POST", one, {"title": "x"}, auth=None))
    say("PUT", site.ask("PUT", one, {"title": "Posyandu pindah hari"}))
    say("no such post", site.ask("POST", "wp/v2/posts/99999", {"title": "x"}))
    say("delete, a stranger", site.ask("DELETE", one, auth=None))
    say("overridden", site.ask("POST", one, headers={"X-HTTP-Method-Override": "DELETE"}), "status", "slug")
    say("again", site.ask("DELETE", one))
    say("the trashed one, a stranger", site.ask("GET", one, auth=None))
    rows = site.ask("GET", f"wp/v2/posts?slug={MARK}__trashed&status={EVERY_STATUS}&context=edit").body
    said.append(("found in the trash", [(row["slug"], row["status"]) for row in rows]))
    say("back again", site.ask("POST", one, {"status": "publish"}), "slug", "status")
    forced = say("by force", site.ask("DELETE", f"wp/v2/posts/{second['id']}?force=true"), "deleted")
    said.append(("what was there", forced["previous"]["slug"]))
    say("by force again", site.ask("DELETE", f"wp/v2/posts/{second['id']}?force=true"))
    later = say(
        "a later date", site.ask("POST", "wp/v2/posts", notice(date_gmt="2036-01-01T00:00:00")), "status"
    )
    say("the later one, a stranger", site.ask("GET", f"wp/v2/posts/{later['id']}", auth=None))
    say("a draft", site.ask("POST", "wp/v2/posts", {"title": "Konsep", "status": "draft"}), "slug", "status")

    say("wrong sum", site.ask("POST", "wp/v2/media", raw=jpeg, headers=JPEG | {"Content-MD5": "00"}))
    right = hashlib.md5(jpeg).hexdigest()
    media = say(
        "picture",
        site.ask("POST", "wp/v2/media", raw=jpeg, headers=JPEG | {"Content-MD5": right}),
        "media_type",
    )
    alt = site.ask("PATCH", f"wp/v2/media/{media['id']}", {"alt_text": "Poster"})
    say("its words", alt, "alt_text")
    say("picture, a stranger", site.ask("POST", "wp/v2/media", raw=jpeg, auth=None, headers=JPEG))
    say(
        "picture without name",
        site.ask("POST", "wp/v2/media", raw=jpeg, headers={"Content-Type": "image/jpeg"}),
    )
    svg = JPEG | {"Content-Disposition": 'attachment; filename="a.svg"', "Content-Type": "image/svg+xml"}
    say("drawing", site.ask("POST", "wp/v2/media", raw=b"<svg/>", headers=svg))
    say("as cover", site.ask("POST", one, {"featured_media": media["id"]}))
    say("cover missing", site.ask("POST", one, {"featured_media": 99999}))
    say("media to the trash", site.ask("DELETE", f"wp/v2/media/{media['id']}"))
    return said


def test_a_sample_site_answers_as_a_real_one(taan: VillageSite, wordpress: WordPress) -> None:
    real = wordpress.site("sama")
    taan.names_refusals = False
    expected = story(Client(f"{real.url}index.php?rest_route=/", real.user, real.password))
    assert story(client(taan)) == expected


# What a site does with a copy


def test_a_copy_stands_on_pages_in_feeds_and_in_the_list(taan: VillageSite) -> None:
    made = client(taan).ask("POST", "wp/v2/posts", notice())
    assert made.status == 201
    assert made.headers["Location"] == f"{taan.rest_url}wp/v2/posts/{made.body['id']}"
    status, html = page(made.body["link"])
    assert status == 200
    assert "Warga Tapalang dimohon hadir." in html
    assert f"<!-- {MARK} -->" in html
    assert made.body["link"] in page(taan.url)[1]
    entry = feedparser.parse(page(taan.feed_url)[1]).entries[0]
    assert (entry.title, entry.link) == ("Posyandu & imunisasi", made.body["link"])
    newest = client(taan).ask("GET", "wp/v2/posts?per_page=1", auth=None).body[0]
    assert newest["slug"] == MARK
    assert taan.copies(MARK) == 1
    client(taan).ask("DELETE", f"wp/v2/posts/{made.body['id']}")
    assert page(made.body["link"])[0] == 404
    assert MARK not in page(taan.feed_url)[1]
    assert taan.copies(MARK) == 0


def test_a_picture_is_served_and_shown(taan: VillageSite) -> None:
    site, jpeg = client(taan), picture()
    media = site.ask("POST", "wp/v2/media", raw=jpeg, headers=JPEG).body
    other = site.ask("POST", "wp/v2/media", raw=jpeg, headers=JPEG).body
    assert media["source_url"] != other["source_url"]
    assert urllib3.request("GET", media["source_url"]).data == jpeg
    post = site.ask("POST", "wp/v2/posts", notice(featured_media=media["id"])).body
    assert post["featured_media"] == media["id"]
    assert media["source_url"] in page(post["link"])[1]


def test_an_editor_changes_and_removes_a_copy(taan: VillageSite, clock: Clock) -> None:
    made = client(taan).ask("POST", "wp/v2/posts", notice()).body
    clock.forward(hours=1)
    assert taan.desk is not None
    taan.desk.edit_copy(MARK, "<p>Tempatnya di balai desa.</p>")
    now = client(taan).ask("GET", f"wp/v2/posts/{made['id']}?context=edit").body
    assert now["content"]["raw"] == made["content"]["raw"] + "\n\n<p>Tempatnya di balai desa.</p>"
    assert now["modified_gmt"] > made["modified_gmt"]
    taan.desk.remove_copy(MARK)
    assert taan.copies(MARK) == 0
    with pytest.raises(LookupError):
        taan.desk.remove_copy(MARK)


def test_a_scheduled_copy_appears_when_its_time_has_come(taan: VillageSite, clock: Clock) -> None:
    later = (clock() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    made = client(taan).ask("POST", "wp/v2/posts", notice(date_gmt=later)).body
    assert (made["status"], taan.copies(MARK)) == ("future", 0)
    clock.forward(hours=3)
    page(taan.url)
    assert taan.copies(MARK) == 1


# Who may write


@pytest.mark.parametrize(
    ("role", "refused"),
    [("author", ["categories"]), ("contributor", ["categories", "media", "posts"]),
     ("subscriber", ["categories", "media", "posts"])],
)  # fmt: skip
def test_roles_lack_what_they_lack_in_wordpress(taan: VillageSite, role: str, refused: list[str]) -> None:
    assert taan.desk is not None
    taan.desk.role = role
    site = client(taan)
    media = site.ask("POST", "wp/v2/media", raw=picture(), headers=JPEG)
    asked = {
        "categories": site.ask("POST", "wp/v2/categories", {"name": "Pengumuman"}).status,
        "media": media.status,
        "posts": site.ask("POST", "wp/v2/posts", notice()).status,
    }
    assert sorted(name for name, status in asked.items() if status == 403) == refused
    assert {status for name, status in asked.items() if name not in refused} <= {201}


def test_a_site_with_a_login_plugin_says_what_is_wrong(taan: VillageSite) -> None:
    site, me = client(taan), "wp/v2/users/me?context=edit"
    assert site.ask("GET", me, auth=(taan.user, "salah")).verdict == (401, "incorrect_password")
    assert site.ask("GET", me, auth=("siapa", taan.password)).verdict == (401, "invalid_username")
    assert site.ask("GET", me, auth=(taan.user, taan.password.replace(" ", ""))).status == 200


def test_passwords_differ_by_site_and_come_again_from_the_seed(district: District) -> None:
    passwords = [site.password for site in district.sites if site.desk is not None]
    assert len(set(passwords)) == len(passwords) == 6
    assert all(len(password) == 29 for password in passwords)
    with District(1, "127.10.32.", 0) as again:
        assert again.sites[0].password == passwords[0]
    with District(1, "127.10.32.", 0, seed=1) as other:
        assert other.sites[0].password != passwords[0]


def test_plain_permalinks_and_a_closed_door(district: District) -> None:
    plain, closed = district.site("Salukayu"), district.site("Tadui")
    made = client(plain).ask("POST", "wp/v2/posts", notice())
    assert made.status == 201
    assert page(made.body["link"])[0] == 200
    root = closed.url + "wp-json/"
    assert Client(root, "", "").ask("GET", "wp/v2/posts", auth=None).verdict == (401, "rest_login_required")
    assert Client(root, closed.user, closed.password).ask("POST", "wp/v2/posts", notice()).status == 201


def test_a_site_without_trash(taan: VillageSite) -> None:
    assert taan.desk is not None
    taan.desk.trash = False
    made = client(taan).ask("POST", "wp/v2/posts", notice()).body
    refused = client(taan).ask("DELETE", f"wp/v2/posts/{made['id']}")
    assert refused.verdict == (501, "rest_trash_not_supported")


# Consent in the browser


def test_consent_gives_a_password_of_its_own(taan: VillageSite) -> None:
    root = client(taan).ask("GET", "", auth=None).body
    door = root["authentication"]["application-passwords"]["endpoints"]["authorization"]
    query = urlencode({"app_name": "Hub Mamuju", "success_url": "http://127.0.0.1:8000/kembali?state=x"})
    status, html = page(f"{door}?{query}")
    assert status == 200
    assert "Hub Mamuju" in html
    nonce = html.partition('name="_wpnonce" value="')[2].partition('"')[0]
    form = {"success_url": "http://127.0.0.1:8000/kembali?state=x", "_wpnonce": nonce, "approve": "1"}

    def press(**changed: str) -> urllib3.BaseHTTPResponse:
        body = urlencode({name: value for name, value in (form | changed).items() if value})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return urllib3.request("POST", door, body=body, headers=kind, redirect=False, retries=False)

    assert press(_wpnonce="x").status == 403
    denied = press(approve="")
    assert denied.headers["Location"] == "http://127.0.0.1:8000/kembali?state=x&success=false"
    said = parse_qs(urlsplit(press().headers["Location"]).query)
    assert said["state"] == ["x"]
    assert said["site_url"] == [taan.base.rstrip("/")]
    granted = Client(taan.rest_url, said["user_login"][0], said["password"][0])
    assert granted.ask("POST", "wp/v2/posts", notice()).status == 201
    assert said["password"] != [taan.password]
    assert taan.desk is not None
    taan.desk.revoke()
    assert granted.ask("GET", "wp/v2/users/me").status == 401


# Faults


def test_a_post_is_written_although_the_answer_is_lost(taan: VillageSite) -> None:
    site = client(taan)
    taan.mishaps.set("commit_then_502", times=1)
    broken = urllib3.request(
        "POST",
        taan.rest_url + "wp/v2/posts",
        body=json.dumps(notice()).encode(),
        headers={
            "Content-Type": "application/json",
            **urllib3.make_headers(basic_auth=f"{taan.user}:{taan.password}"),
        },
        retries=False,
    )
    assert broken.status == 502
    assert taan.copies(MARK) == 1
    taan.mishaps.set("commit_then_reset", times=1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        site.ask("POST", "wp/v2/posts", notice())
    assert taan.copies(MARK) == 2
    assert taan.desk is not None
    assert taan.desk.created[MARK] == 2
    assert site.ask("GET", "wp/v2/posts?per_page=1").status == 200, "reading goes on"


def test_an_answer_that_never_comes(taan: VillageSite) -> None:
    taan.mishaps.set("commit_then_hang", times=1)
    headers = urllib3.make_headers(basic_auth=f"{taan.user}:{taan.password}")
    with pytest.raises(urllib3.exceptions.TimeoutError):
        urllib3.request(
            "POST",
            taan.rest_url + "wp/v2/posts",
            body=json.dumps(notice()).encode(),
            headers={"Content-Type": "application/json", **headers},
            retries=False,
            timeout=0.3,
        )
    assert taan.copies(MARK) == 1


def test_hosts_that_stand_in_the_way(taan: VillageSite) -> None:
    site = client(taan)
    taan.mishaps.set("strip_authorization")
    assert site.ask("POST", "wp/v2/posts", notice()).verdict == (401, "rest_cannot_create")
    taan.mishaps.clear()
    taan.mishaps.set("rest_off")
    assert site.ask("POST", "wp/v2/posts", notice()).verdict == (403, "rest_disabled")
    assert page(taan.url)[0] == 200
    taan.mishaps.clear()
    taan.mishaps.set("rate_limited", times=1, seconds=7)
    limited = urllib3.request("GET", taan.rest_url, retries=False)
    assert (limited.status, limited.headers["Retry-After"]) == (429, "7")
    assert urllib3.request("GET", taan.rest_url, retries=False).status == 200
    taan.mishaps.set("verbs_blocked")
    made = site.ask("POST", "wp/v2/posts", notice()).body
    one = f"wp/v2/posts/{made['id']}"
    with pytest.raises(json.JSONDecodeError):
        site.ask("DELETE", one)
    assert site.ask("POST", one, headers={"X-HTTP-Method-Override": "DELETE"}).body["status"] == "trash"
    with pytest.raises(ValueError, match="typhoon"):
        taan.mishaps.set("typhoon")  # type: ignore[arg-type]


# Sample sites that outlive their process


def test_what_was_written_is_there_at_the_next_start(tmp_path: Path, clock: Clock) -> None:
    with District(3, "127.10.33.", 0, clock=clock, folder=tmp_path) as first:
        taan = first.site(TAAN)
        assert taan.desk is not None
        site, granted = client(taan), taan.desk.grant()
        media = site.ask("POST", "wp/v2/media", raw=picture(), headers=JPEG).body
        shown = site.ask("POST", "wp/v2/posts", notice(featured_media=media["id"])).body
        other = site.ask("POST", "wp/v2/posts", notice(slug="lain")).body
        site.ask("DELETE", f"wp/v2/posts/{other['id']}")
        port = first.port
    with District(3, "127.10.33.", port, clock=clock, folder=tmp_path) as second:
        taan = second.site(TAAN)
        assert page(shown["link"])[0] == 200
        assert urllib3.request("GET", media["source_url"]).data == picture()
        again = Client(taan.rest_url, taan.user, granted)
        assert again.ask("GET", f"wp/v2/posts/{shown['id']}?context=edit").body == shown
        assert again.ask("GET", f"wp/v2/posts/{other['id']}?context=edit").body["status"] == "trash"
        new = again.ask("POST", "wp/v2/posts", notice(slug="baru")).body
        assert new["id"] not in (shown["id"], other["id"], media["id"])
    assert not any(path.stat().st_mode & 0o077 for path in tmp_path.iterdir())


# Sites that show the hub's feed


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Pengumuman</title>
<item><title>Imunisasi di Simboro</title><link>http://127.0.0.1:8000/pengumuman/1</link>
<pubDate>Tue, 24 Nov 2026 09:00:00 +0800</pubDate></item></channel></rss>"""


@contextlib.contextmanager
def hub_with_a_feed() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A hub as a village site sees it: an address, and the (asker, path) that came."""
    asked: list[tuple[str, str]] = []

    class Feed(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.client_address[0], self.path))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(FEED.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_opensid_site_shows_the_hubs_announcements(district: District) -> None:
    site = district.site(PATIDI)
    assert "Pengumuman Kabupaten" not in page(site.url)[1]
    with hub_with_a_feed() as (hub, asked):
        district.follow(hub, kept=3600)
        html = page(site.url)[1]
        page(site.url)
    assert "Pengumuman Kabupaten" in html
    assert 'href="http://127.0.0.1:8000/pengumuman/1">Imunisasi di Simboro</a>' in html
    assert asked == [(urlsplit(site.url).hostname, f"/pengumuman/feed.xml?village={PATIDI}")]


def test_a_widget_without_a_hub_does_no_harm(district: District) -> None:
    district.follow("http://127.0.0.1:1")
    status, html = page(district.site(PATIDI).url)
    assert status == 200
    assert "Pengumuman Kabupaten" not in html

"""The publisher against real WordPress sites, with the faults that hosts and plugins cause."""

from __future__ import annotations

import re
import struct
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.wordpress.publish import WordPressPublisher
from hub.http import HttpClient
from hub.spec import (
    Action,
    AuthError,
    Blocked,
    ConsentingPublisher,
    Copy,
    FetchError,
    Notice,
    Preview,
    Receipt,
    RemoteError,
    Sight,
    Target,
    TargetCheck,
)
from hub.testing.publisher_contract import Harness, PublisherContract
from hub.testing.publisher_harness import BUSY
from hub.testing.publishing import (
    MARK,
    PublishingContext,
    loopback_http,
    make_attachment,
    make_notice,
    make_target,
)

if TYPE_CHECKING:
    from tests.servers.wordpress import Site
    from tests.servers.wordpress import WordPress as Server

pytestmark = pytest.mark.wordpress


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    (
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        chunk(b"IDAT", zlib.compress(b"\x00\x10\x20\x30")),
        chunk(b"IEND", b""),
    )
)
PDF = b"%PDF-1.4\n%%EOF\n"
PICTURE = make_attachment(PNG, "peta.png", alt="Peta pemadaman")
LETTER = make_attachment(PDF, "surat.pdf")
FILES = {PICTURE.sha256: PNG, LETTER.sha256: PDF}


@dataclass
class Desk:
    """The hub's side of one site."""

    site: Site
    target: Target
    ctx: PublishingContext

    publisher = WordPressPublisher()

    def apply(
        self, action: Action, notice: Notice, copy: Copy | None = None, *, overwrite: bool = False
    ) -> Receipt:
        return self.publisher.apply(action, notice, copy, self.target, self.ctx, overwrite=overwrite)

    def create(self, notice: Notice) -> Copy:
        receipt = self.apply("create", notice)
        assert (receipt.outcome, receipt.detail) == ("done", "")
        assert receipt.copy is not None
        return receipt.copy

    def check(self) -> TargetCheck:
        return self.publisher.check(self.target, self.ctx)

    def verify(self, notice: Notice, copy: Copy) -> Sight:
        return self.publisher.verify(notice, copy, self.target, self.ctx)

    def posts(self, status: str = "publish,draft,pending,private,trash") -> list[dict[str, Any]]:
        found = self.site.api(
            "GET", f"wp/v2/posts?status={status}&context=edit&per_page=100&orderby=id&order=asc"
        )
        assert isinstance(found, list)
        return found

    def raw(self, copy: Copy) -> str:
        post = self.site.api("GET", f"wp/v2/posts/{copy.remote_id}?context=edit")
        return str(post["content"]["raw"])

    def page(self, copy: Copy) -> str:
        with urllib.request.urlopen(copy.remote_url, timeout=30) as answer:
            return str(answer.read().decode())

    def media(self) -> list[dict[str, Any]]:
        found = self.site.api("GET", "wp/v2/media?per_page=100&orderby=id&order=asc")
        assert isinstance(found, list)
        return found


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    client = loopback_http()
    yield client
    client.close()


def site_name(test: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", test.lower()).strip("-")


@pytest.fixture
def desk(wordpress: Server, request: pytest.FixtureRequest, http: HttpClient) -> Desk:
    site = wordpress.site(site_name(request.node.name.removeprefix("test_")))
    target = make_target("wordpress", url=site.url, user=site.user, password=site.password)
    return Desk(site, target, PublishingContext(http, files=FILES))


def as_user(desk: Desk, name: str) -> None:
    desk.target = replace(desk.target, user=name, password=desk.site.passwords[name])


# -- one announcement's life ------------------------------------------------------------------------


def test_it_is_published_read_back_corrected_and_withdrawn(desk: Desk) -> None:
    notice = make_notice()
    copy = desk.create(notice)
    assert copy.remote_url == f"{desk.site.url}{MARK}/"
    assert desk.verify(notice, copy) == Sight("seen", copy.remote_url)
    (post,) = desk.posts()
    assert (post["slug"], post["title"]["raw"]) == (MARK, notice.subject)
    (category,) = desk.site.api("GET", f"wp/v2/categories?post={post['id']}")
    assert category["name"] == "Pengumuman"

    corrected = make_notice(version=2, html="<p>Diundur ke hari Kamis.</p>")
    receipt = desk.apply("update", corrected, copy)
    assert receipt.outcome == "done"
    assert receipt.copy is not None
    assert receipt.copy.remote_id == copy.remote_id
    assert "Diundur ke hari Kamis." in desk.page(copy)
    assert desk.verify(corrected, receipt.copy).state == "seen"

    assert desk.apply("withdraw", corrected, receipt.copy) == Receipt("done")
    assert desk.apply("withdraw", corrected, receipt.copy) == Receipt("done")
    assert [post["status"] for post in desk.posts()] == ["trash"]
    assert desk.verify(corrected, receipt.copy).state == "gone"


def test_what_looks_like_wordpress_is_inert(desk: Desk) -> None:
    notice = make_notice(
        subject="Air & listrik [gallery] <x> 🚰",
        html="<p>Lihat [gallery] dan\n[embed]x[/embed] &lt;!--more--&gt; 🚰</p>\n<ul>\n<li>satu</li>\n</ul>",
    )
    copy = desk.create(notice)
    page = desk.page(copy)
    assert "Lihat &#91;gallery&#93; dan &#91;embed&#93;x&#91;/embed&#93;" in page
    assert "🚰" in page
    assert "<br" not in page.partition("Lihat")[2].partition("</ul>")[0]
    assert "more-link" not in page
    assert "<p></p>" not in page
    shown = desk.posts()[0]["title"]["rendered"]
    assert shown == "Air &amp; listrik &#91;gallery&#93; &lt;x&gt; 🚰"
    assert desk.verify(notice, copy).state == "seen"


def test_plain_permalinks(desk: Desk) -> None:
    desk.site.plain_permalinks()
    notice = make_notice()
    copy = desk.create(notice)
    assert copy.remote_url == f"{desk.site.url}?p={copy.remote_id}"
    assert desk.verify(notice, copy).state == "seen"


def test_the_door_that_needs_no_rewriting(desk: Desk) -> None:
    desk.site.fault("wall", "path")
    notice = make_notice()
    copy = desk.create(notice)
    assert desk.verify(notice, copy).state == "seen"
    desk.target = replace(desk.target, url=f"{desk.site.url}wp-json/")
    assert desk.check().account == "Siti Rahma"


@pytest.mark.parametrize("status", ["pending", "draft"])
def test_a_site_may_want_to_publish_by_itself(desk: Desk, status: str) -> None:
    as_user(desk, "kontributor")
    desk.target = replace(desk.target, options={"status": status, "category": ""})
    assert desk.check().account == "Kontributor"
    notice = make_notice()
    copy = desk.create(notice)
    assert desk.posts()[0]["status"] == status
    assert desk.verify(notice, copy).state == "unproven"
    desk.site.edit(int(copy.remote_id), status="publish")
    assert desk.verify(notice, copy).state == "seen"


def test_a_site_that_moderates_is_told_of(desk: Desk) -> None:
    desk.site.fault("moderate")
    receipt = desk.apply("create", make_notice())
    assert receipt.outcome == "done"
    assert receipt.detail == "the site keeps it as pending until somebody there publishes it"


# -- unknown outcomes -------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["502", "cut", "hang"])
def test_a_write_whose_answer_is_lost_makes_one_post(desk: Desk, fault: str) -> None:
    desk.site.fault("write", fault)
    desk.ctx = PublishingContext(loopback_http(timeout=2.0), files=FILES)
    notice = make_notice(attachments=(PICTURE,))
    with pytest.raises(FetchError) as caught:
        desk.apply("create", notice)
    assert not caught.value.permanent
    assert caught.value.reason in ("http_5xx", "unreachable", "timeout")
    receipt = desk.apply("create", notice)
    assert (receipt.outcome, receipt.adopted) == ("done", True)
    assert receipt.copy is not None
    assert [post["slug"] for post in desk.posts()] == [MARK]
    assert desk.media()[0]["source_url"] in desk.page(receipt.copy)
    assert desk.verify(notice, receipt.copy).state == "seen"


@pytest.mark.parametrize("fault", ["502", "page"])
def test_a_correction_whose_answer_is_lost_is_no_edit_of_the_village(desk: Desk, fault: str) -> None:
    copy = desk.create(make_notice())
    desk.site.fault("write", fault)
    corrected = make_notice(version=2, html="<p>Diundur.</p>")
    try:
        receipt = desk.apply("update", corrected, copy)
    except FetchError:
        receipt = desk.apply("update", corrected, copy)
    assert receipt.outcome == "done"
    assert receipt.copy is not None
    assert desk.verify(corrected, receipt.copy).state == "seen"


@pytest.mark.parametrize("fault", ["page", "other"])
def test_an_answer_about_something_else_is_not_believed(desk: Desk, fault: str) -> None:
    desk.site.fault("write", fault)
    receipt = desk.apply("create", make_notice())
    assert receipt.copy is not None
    assert receipt.detail == "the site's answer was about something else; the copy was found by looking"
    assert receipt.copy.remote_url == f"{desk.site.url}{MARK}/"
    assert len(desk.posts()) == 1


def test_notices_of_php_do_not_matter(desk: Desk) -> None:
    desk.site.fault("notice")
    copy = desk.create(make_notice(attachments=(PICTURE,)))
    assert desk.verify(make_notice(), copy).state == "seen"
    desk.site.fault("notice", "")
    assert len(desk.posts()) == 1


def test_an_older_version_never_overwrites_a_newer_one(desk: Desk) -> None:
    first = desk.create(make_notice())
    second = desk.apply("update", make_notice(version=2, html="<p>Versi dua.</p>"), first).copy
    assert second is not None
    for late in (first, second, None):
        receipt = desk.apply("update", make_notice(), late)
        assert receipt.outcome == "done"
        assert receipt.detail == "version 2 stands there already"
    assert "Versi dua." in desk.raw(second)


def test_four_at_once_end_as_one_post(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda _: desk.apply("create", make_notice()), range(4)))
    receipts.append(desk.apply("create", make_notice()))
    assert {receipt.outcome for receipt in receipts} == {"done"}
    live = desk.posts("publish")
    assert [post["slug"] for post in live] == [MARK]
    assert receipts[-1].copy is not None
    assert receipts[-1].copy.remote_id == str(live[0]["id"])


def test_a_second_copy_goes_to_the_trash(desk: Desk) -> None:
    copy = desk.create(make_notice())
    double = desk.site.write("Ganda", slug=MARK, content=desk.raw(copy))
    receipt = desk.apply("create", make_notice())
    assert receipt.detail == f"moved 1 duplicate(s) to the trash: {MARK}-2"
    assert {post["id"]: post["status"] for post in desk.posts()} == {
        int(copy.remote_id): "publish",
        double: "trash",
    }


def test_a_site_that_names_posts_itself_gets_one_copy(desk: Desk) -> None:
    desk.site.fault("rename")
    receipt = desk.apply("create", make_notice())
    assert receipt.copy is not None
    assert re.search(r"/berita-\d+/$", receipt.copy.remote_url)
    assert receipt.detail.startswith("the site calls it berita-")
    again = desk.apply("create", make_notice())
    assert (again.adopted, again.copy) == (True, receipt.copy)
    assert desk.apply("withdraw", make_notice(), None).outcome == "done"
    assert [post["status"] for post in desk.posts()] == ["trash"]


# -- what is the village's --------------------------------------------------------------------------


def test_an_edited_copy_is_kept_until_staff_decide(desk: Desk) -> None:
    notice = make_notice()
    copy = desk.create(notice)
    desk.site.edit(int(copy.remote_id), title="Judul kami sendiri")
    assert desk.verify(notice, copy).state == "edited"
    corrected = make_notice(version=2)
    receipt = desk.apply("update", corrected, copy)
    assert (receipt.outcome, receipt.copy) == ("edited_there", copy)
    assert desk.posts()[0]["title"]["raw"] == "Judul kami sendiri"
    receipt = desk.apply("update", corrected, copy, overwrite=True)
    assert receipt.outcome == "done"
    assert desk.posts()[0]["title"]["raw"] == notice.subject


def test_an_edited_copy_is_withdrawn_and_it_is_told(desk: Desk) -> None:
    copy = desk.create(make_notice())
    desk.site.edit(int(copy.remote_id), content="<p>Kata kami.</p>")
    receipt = desk.apply("withdraw", make_notice(), copy)
    assert (receipt.outcome, receipt.detail) == ("done", "the village had changed its copy")
    assert [post["status"] for post in desk.posts()] == ["trash"]


@pytest.mark.parametrize("how", ["trash", "deleted", "draft", "private"])
def test_a_copy_that_the_village_removed_stays_away(desk: Desk, how: str) -> None:
    notice = make_notice()
    copy = desk.create(notice)
    if how == "deleted":
        desk.site.api("DELETE", f"wp/v2/posts/{copy.remote_id}?force=true")
    elif how == "trash":
        desk.site.trash(int(copy.remote_id))
    else:
        desk.site.edit(int(copy.remote_id), status=how)
    assert desk.verify(notice, copy).state == "gone"
    assert desk.apply("update", make_notice(version=2), copy).outcome == "removed_there"
    if how != "deleted":
        assert desk.apply("create", notice).outcome == "removed_there"
    receipt = desk.apply("update", make_notice(version=2), copy, overwrite=True)
    assert receipt.outcome == "done"
    assert receipt.copy is not None
    assert receipt.copy.remote_url == copy.remote_url
    assert desk.verify(make_notice(version=2), receipt.copy).state == "seen"
    assert len(desk.posts("publish")) == 1


def test_the_villages_own_post_of_that_name_is_not_touched(desk: Desk) -> None:
    own = desk.site.write("Milik kami", slug=MARK, content="<p>Berita desa.</p>")
    notice = make_notice()
    copy = desk.create(notice)
    assert copy.remote_url == f"{desk.site.url}{MARK}-b/"
    assert desk.apply("create", notice).copy == copy
    assert desk.verify(notice, copy).state == "seen"
    assert desk.apply("withdraw", notice, copy).outcome == "done"
    assert [(post["id"], post["title"]["raw"]) for post in desk.posts("publish")] == [(own, "Milik kami")]


def test_a_post_that_only_quotes_us_is_the_villages(desk: Desk) -> None:
    notice = make_notice()
    own = desk.site.write("Kabar dari kabupaten", content=f"<p>Dikutip: {notice.footer}</p>")
    copy = desk.create(notice)
    assert copy.remote_id != str(own)
    assert desk.apply("withdraw", notice, copy).outcome == "done"
    assert [post["id"] for post in desk.posts("publish")] == [own]


def test_another_post_under_our_number_is_not_touched(desk: Desk) -> None:
    """A site put back from a backup gives our copy's number to a post of its own."""
    own = desk.site.write("Milik kami", content="<p>Berita desa.</p>")
    stale = Copy(str(own), f"{desk.site.url}{MARK}/", "1:0000")
    assert desk.apply("update", make_notice(), stale).outcome == "removed_there"
    assert desk.apply("withdraw", make_notice(), stale) == Receipt("done")
    (post,) = desk.posts()
    assert (post["status"], post["title"]["raw"]) == ("publish", "Milik kami")


def test_a_copy_at_a_new_address_is_found(desk: Desk) -> None:
    notice = make_notice()
    copy = desk.create(notice)
    desk.site.edit(int(copy.remote_id), slug="listrik-padam")
    # the old address is redirected by WordPress itself; without that memory it is gone
    desk.site.execute("DELETE FROM wp_postmeta WHERE meta_key = '_wp_old_slug'")
    desk.site.execute(
        "UPDATE wp_options SET option_value = '/artikel/%postname%/' WHERE option_name = ?",
        "permalink_structure",
    )
    desk.site.set_option("rewrite_rules", "")
    sight = desk.verify(notice, copy)
    assert (sight.state, sight.url) == ("seen", f"{desk.site.url}artikel/listrik-padam/")


def test_an_old_page_in_a_cache_proves_nothing(desk: Desk) -> None:
    copy = desk.create(make_notice())
    page = desk.page(copy)
    corrected = make_notice(version=2, html="<p>Diundur.</p>")
    receipt = desk.apply("update", corrected, copy)
    desk.site.fault("cache", page)
    assert receipt.copy is not None
    assert desk.verify(corrected, receipt.copy).state == "unproven"
    withdrawn = desk.apply("withdraw", corrected, receipt.copy)
    assert (withdrawn.outcome, withdrawn.copy) == ("still_live", receipt.copy)
    desk.site.fault("cache", "")
    assert desk.apply("withdraw", corrected, receipt.copy).outcome == "done"


# -- withdrawing where that is made hard ------------------------------------------------------------


def test_without_trash_the_text_is_replaced_and_hidden(desk: Desk) -> None:
    notice = make_notice()
    copy = desk.create(notice)
    desk.site.fault("no_trash")
    receipt = desk.apply("withdraw", notice, copy)
    assert receipt.outcome == "done"
    assert "it is a draft now" in receipt.detail
    assert desk.apply("withdraw", notice, copy) == Receipt("done")
    (post,) = desk.posts()
    assert post["status"] == "draft"
    assert "telah ditarik" in post["content"]["raw"]
    assert notice.html not in post["content"]["raw"]
    assert desk.verify(notice, copy).state == "gone"
    assert desk.apply("create", notice).outcome == "removed_there"
    restored = desk.apply("create", notice, overwrite=True).copy
    assert restored is not None
    assert desk.verify(notice, restored).state == "seen"


@pytest.mark.parametrize("blocked", ["delete", "header"])
def test_hosts_that_block_delete_are_got_round(desk: Desk, blocked: str) -> None:
    copy = desk.create(make_notice())
    desk.site.fault("block_delete", blocked)
    assert desk.apply("withdraw", make_notice(), copy) == Receipt("done")
    assert [post["status"] for post in desk.posts()] == ["trash"]


def test_withdrawing_what_never_arrived_is_done(desk: Desk) -> None:
    assert desk.apply("withdraw", make_notice()) == Receipt("done")
    assert desk.posts() == []


# -- attachments ------------------------------------------------------------------------------------


def test_attachments_are_uploaded_once(desk: Desk) -> None:
    notice = make_notice(attachments=(PICTURE, LETTER))
    copy = desk.create(notice)
    picture, letter = desk.media()
    raw = desk.raw(copy)
    assert f'<img src="{picture["source_url"]}" alt="Peta pemadaman"' in raw
    assert f'<a href="{letter["source_url"]}">surat.pdf</a>' in raw
    assert PICTURE.url not in raw
    assert picture["alt_text"] == "Peta pemadaman"
    assert desk.posts()[0]["featured_media"] == picture["id"]
    with urllib.request.urlopen(picture["source_url"]) as answer:
        assert answer.read() == PNG

    desk.apply("update", make_notice(version=2, attachments=(PICTURE, LETTER)), copy)
    other = make_notice(mark=MARK.replace("1he", "2he"), announcement=13, attachments=(PICTURE,))
    desk.create(other)
    desk.ctx.uploads.clear()  # the hub was put back from an old backup
    desk.create(make_notice(mark=MARK.replace("1he", "3he"), attachments=(LETTER,)))
    assert len(desk.media()) == 2
    assert desk.ctx.uploads == {LETTER.sha256: (str(letter["id"]), letter["source_url"])}


def test_a_file_that_the_village_deleted_is_sent_again(desk: Desk) -> None:
    copy = desk.create(make_notice(attachments=(PICTURE,)))
    (first,) = desk.media()
    desk.site.api("DELETE", f"wp/v2/media/{first['id']}?force=true")
    receipt = desk.apply("update", make_notice(version=2, attachments=(PICTURE,)), copy)
    (second,) = desk.media()
    assert receipt.outcome == "done"
    assert second["source_url"] in desk.raw(copy)
    assert desk.posts()[0]["featured_media"] == second["id"]


def test_a_picture_taken_out_by_a_correction_is_no_longer_shown(desk: Desk) -> None:
    copy = desk.create(make_notice(attachments=(PICTURE,)))
    receipt = desk.apply("update", make_notice(version=2), copy)
    assert receipt.outcome == "done"
    (post,) = desk.posts()
    assert post["featured_media"] == 0
    assert "<img" not in post["content"]["raw"]


def test_a_picture_that_the_village_chose_stays(desk: Desk) -> None:
    copy = desk.create(make_notice())
    desk.create(make_notice(mark=MARK.replace("1he", "2he"), attachments=(PICTURE,)))
    (own,) = desk.media()
    desk.site.api("POST", f"wp/v2/media/{own['id']}", {"slug": "foto-desa"})
    desk.site.edit(int(copy.remote_id), featured_media=own["id"])
    assert desk.apply("update", make_notice(version=2), copy).outcome == "done"
    assert {post["featured_media"] for post in desk.posts()} == {own["id"]}


@pytest.mark.parametrize("status", ["403", "413", "500"])
def test_the_text_stands_where_files_are_refused(desk: Desk, status: str) -> None:
    desk.site.fault("upload", status)
    notice = make_notice(attachments=(PICTURE, LETTER))
    receipt = desk.apply("create", notice)
    assert receipt.outcome == "done"
    assert receipt.detail.startswith("attachments stay linked to the hub: ")
    assert receipt.copy is not None
    raw = desk.raw(receipt.copy)
    assert PICTURE.url in raw
    assert LETTER.url in raw
    assert "files follow" not in raw
    assert desk.verify(notice, receipt.copy).state == "seen"
    assert desk.media() == []


def test_an_upload_whose_answer_is_lost_is_found_again(desk: Desk) -> None:
    desk.site.fault("upload", "lost")
    notice = make_notice(attachments=(PICTURE,))
    receipt = desk.apply("create", notice)
    assert receipt.copy is not None
    assert "attachments stay linked" in receipt.detail
    desk.apply("update", make_notice(version=2, attachments=(PICTURE,)), receipt.copy)
    (only,) = desk.media()
    assert only["source_url"] in desk.raw(receipt.copy)


def test_files_may_stay_at_the_hub(desk: Desk) -> None:
    desk.target = replace(desk.target, options={"media": "link"})
    copy = desk.create(make_notice(attachments=(PICTURE, LETTER)))
    assert PICTURE.url in desk.raw(copy)
    assert desk.media() == []


# -- the contract of all publishers -----------------------------------------------------------------


class WordPressHarness(Harness):
    """What residents have are the published posts."""

    publisher = WordPressPublisher()
    lacks = frozenset({"link"})
    faults: ClassVar = {
        "refuses_credentials": ("passwords_off", "1"),
        "drops_password": ("strip_auth", "1"),
        "busy": ("down", str(503 + BUSY)),
        "down": ("down", "500"),
        "cut_after": ("write", "cut"),
        "hang_after": ("write", "hang"),
        "error_after": ("write", "502"),
    }

    def __init__(self, site: Site, http: HttpClient) -> None:
        self.site = site
        self.target = make_target("wordpress", url=site.url, user=site.user, password=site.password)
        self.context: PublishingContext = PublishingContext(http)
        self.secrets = (site.password, site.password.replace(" ", ""))

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        return [
            f"{post['title']['raw']}\n{post['content']['raw']}"
            for post in self._published()
            if notice.mark in post["slug"]
        ]

    def same(self, preview: Preview, copy: str) -> bool:
        title, _, content = copy.partition("\n")
        text = re.sub(r"<!--.*?-->", "", content)
        shown = [re.sub(r">\s+<", "><", unescape(each)) for each in (text, str(preview.html))]
        return unescape(title) == preview.title and shown[0] == shown[1]

    @contextmanager
    def broken(self, fault: str) -> Iterator[None]:
        name, value = self.faults[fault]
        self.site.fault(name, value)
        yield
        self.site.fault(name, "")

    def edit(self, notice: Notice) -> None:
        (post,) = [post for post in self._published() if notice.mark in post["slug"]]
        self.site.edit(post["id"], content=post["content"]["raw"] + "<p>Ronda malam tetap jalan</p>")

    def remove(self, notice: Notice) -> None:
        (post,) = [post for post in self._published() if notice.mark in post["slug"]]
        self.site.trash(post["id"])

    def uploads(self) -> int:
        return len(self.site.api("GET", "wp/v2/media"))

    def keep_file(self, sha256: str, content: bytes) -> None:
        self.context.files[sha256] = content

    def _published(self) -> list[dict[str, Any]]:
        found = self.site.api("GET", "wp/v2/posts?context=edit&per_page=100")
        assert isinstance(found, list)
        return found


class TestContract(PublisherContract):
    @pytest.fixture
    def harness(self, wordpress: Server, request: pytest.FixtureRequest) -> Iterator[Harness]:
        site = wordpress.site(site_name(f"contract-{request.node.name}"))
        client = loopback_http(timeout=2.0)  # a host that asks to be left alone is not asked again
        yield WordPressHarness(site, client)
        client.close()


# -- diagnoses --------------------------------------------------------------------------------------


def told(desk: Desk) -> RemoteError:
    """What the check says is wrong, and that delivering says the same."""
    with pytest.raises(RemoteError) as checked:
        desk.check()
    with pytest.raises(RemoteError) as delivered:
        desk.apply("create", make_notice())
    assert type(checked.value) is type(delivered.value)
    assert checked.value.permanent == delivered.value.permanent
    assert checked.value.reason == delivered.value.reason
    return checked.value


def test_a_target_that_works(desk: Desk) -> None:
    assert desk.check() == TargetCheck("Siti Rahma", True)
    as_user(desk, "pewarta")
    assert desk.check() == TargetCheck("Pewarta", True)
    notice = make_notice(subject="Air [gallery] & <x>", attachments=(PICTURE,))
    receipt = desk.apply("create", notice)
    assert (receipt.outcome, receipt.detail) == ("done", "without the category Pengumuman")
    assert receipt.copy is not None
    # WordPress rewrites what authors send; that is no edit of the village
    assert desk.verify(notice, receipt.copy).state == "seen"
    assert desk.apply("update", make_notice(version=2), receipt.copy).outcome == "done"


@pytest.mark.parametrize("field", ["password", "user"])
@pytest.mark.parametrize("closed", ["", "1"], ids=["open", "closed"])
def test_a_wrong_password(desk: Desk, field: str, closed: str) -> None:
    desk.site.fault("rest_closed", closed)
    wrong = {field: "CNRY abcd EFGH ijkl MNOP qrst"}
    desk.target = replace(desk.target, **wrong)
    error = told(desk)
    assert isinstance(error, AuthError)
    assert error.permanent
    assert error.detail.startswith("the site does not accept this user name")
    assert "make a new one in WordPress" in error.detail
    assert "CNRY" not in str(error)


def test_a_header_that_is_dropped_on_the_way(desk: Desk) -> None:
    desk.site.fault("strip_auth")
    error = told(desk)
    assert isinstance(error, AuthError)
    assert error.detail.startswith("the user name and password do not reach WordPress")
    assert "SetEnvIf" in error.detail


def test_where_nothing_tells_a_wrong_password_from_a_dropped_header(desk: Desk) -> None:
    desk.site.fault("strip_auth")
    desk.site.fault("no_xmlrpc")
    error = told(desk)
    assert isinstance(error, AuthError)
    assert "make a new one in WordPress" in error.detail
    assert "SetEnvIf" in error.detail


def test_application_passwords_switched_off(desk: Desk) -> None:
    desk.site.fault("passwords_off")
    error = told(desk)
    assert isinstance(error, AuthError)
    assert "switched off" in error.detail


@pytest.mark.parametrize(
    ("user", "lacking"), [("kontributor", "may not publish"), ("pembaca", "may not write posts")]
)
def test_a_user_who_may_not_publish(desk: Desk, user: str, lacking: str) -> None:
    as_user(desk, user)
    error = told(desk)
    assert isinstance(error, AuthError)
    assert lacking in error.detail
    assert "Author or Editor" in error.detail
    assert desk.posts() == []


def test_rest_closed_to_visitors_is_open_to_us(desk: Desk) -> None:
    desk.site.close_rest()
    notice = make_notice()
    assert desk.verify(notice, desk.create(notice)).state == "seen"


def test_rest_closed_and_the_header_dropped(desk: Desk) -> None:
    desk.site.close_rest()
    desk.site.fault("strip_auth")
    error = told(desk)
    assert isinstance(error, Blocked)
    assert error.reason == "auth"
    assert "rest_login_required" in error.detail


@pytest.mark.parametrize(("wall", "cause"), [("firewall", "a firewall"), ("cloudflare", "Cloudflare")])
def test_a_wall_before_the_site(desk: Desk, wall: str, cause: str) -> None:
    desk.site.fault("wall", wall)
    error = told(desk)
    assert isinstance(error, Blocked)
    assert error.detail.startswith(cause)


def test_a_hidden_list_of_users(desk: Desk) -> None:
    desk.site.fault("hide_users")
    assert desk.check() == TargetCheck("", True, "the site does not tell what this user may do")
    desk.create(make_notice())


def test_no_wordpress_at_the_address(desk: Desk) -> None:
    desk.target = replace(desk.target, url=desk.target.url.replace("no-wordpress", "nothing"))
    error = told(desk)
    assert (error.reason, error.permanent) == ("gone", True)


def test_what_is_seen_counts_when_rest_is_closed(desk: Desk) -> None:
    notice = make_notice()
    copy = desk.create(notice)
    desk.site.fault("strip_auth")
    assert desk.verify(notice, copy).state == "seen"
    desk.site.fault("strip_auth", "")
    desk.site.trash(int(copy.remote_id))
    desk.site.fault("strip_auth")
    assert desk.verify(notice, copy).state == "gone"


def test_consent_leads_to_the_sites_own_page(desk: Desk) -> None:
    assert isinstance(desk.publisher, ConsentingPublisher)
    url = desk.publisher.consent(
        desk.site.url, desk.ctx, "https://kim.example/meja/sasaran?s=1", "https://kim.example/meja"
    )
    assert url.startswith(f"{desk.site.url}wp-admin/authorize-application.php?")
    asked = parse_qs(urlsplit(url).query)
    assert asked["success_url"] == ["https://kim.example/meja/sasaran?s=1"]
    assert asked["app_name"][0].startswith("kimhub kim.example")
    desk.site.fault("passwords_off")
    with pytest.raises(AuthError):
        desk.publisher.consent(desk.site.url, desk.ctx, "https://kim.example/a", "https://kim.example/b")

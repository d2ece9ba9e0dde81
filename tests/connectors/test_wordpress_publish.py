"""The publisher against answers that real sites give only in trouble; what WordPress itself does is in
``test_wordpress_publish_real.py``."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.wordpress import wording
from connectors.wordpress.consent import consent_url
from connectors.wordpress.doors import resolved, same_house
from connectors.wordpress.publish import WordPressPublisher
from hub.http import HttpClient
from hub.spec import (
    AuthError,
    Blocked,
    Copy,
    FetchError,
    Notice,
    PublishError,
    Receipt,
    RemoteError,
    Target,
)
from hub.testing.publishing import (
    MARK,
    PublishingContext,
    loopback_http,
    make_attachment,
    make_notice,
    make_target,
)
from tests.connectors.wordpress_desk import DeskSite, Reply, serving

POSTS = "/wp/v2/posts"
PAGE = "<html>Error</html>"
PDF = b"%PDF-1.4\n%%EOF\n"
publisher = WordPressPublisher()


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    client = loopback_http()
    yield client
    client.close()


@pytest.fixture
def site() -> Iterator[DeskSite]:
    with serving(DeskSite()) as running:
        yield running


@pytest.fixture
def target(site: DeskSite) -> Target:
    return make_target("wordpress", url=site.url, user="siti", password="CNRY abcd")


@pytest.fixture
def ctx(http: HttpClient) -> PublishingContext:
    return PublishingContext(http)


def created(target: Target, ctx: PublishingContext, notice: Notice | None = None) -> Copy:
    receipt = publisher.apply("create", notice or make_notice(), None, target, ctx)
    assert receipt.outcome == "done"
    assert receipt.copy is not None
    return receipt.copy


# -- where the API is -------------------------------------------------------------------------------


def test_a_first_delivery_to_an_ordinary_site_takes_three_requests(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    ctx.untried = True
    created(target, ctx)
    asked = [(each.method, each.route) for each in site.asked]
    assert asked == [("GET", POSTS), ("GET", "/wp/v2/categories"), ("POST", POSTS)]


def test_the_api_is_where_the_site_says(site: DeskSite, target: Target, ctx: PublishingContext) -> None:
    site.answer("GET", POSTS, Reply(404, PAGE), Reply(404, PAGE))  # neither of the usual addresses
    site.linked = f"{site.url}index.php/wp-json/"
    created(target, ctx)
    assert [each.method for each in site.asked if each.route == "/"] == ["HEAD"]


def test_a_link_in_the_pages_head_will_do(site: DeskSite, target: Target, ctx: PublishingContext) -> None:
    site.linked = ""
    site.answer("GET", POSTS, Reply(404, PAGE), Reply(404, PAGE))
    site.answer("HEAD", "/", Reply(405, PAGE))
    site.pages["/"] = '<link rel="https://api.w.org/" href="/blog/wp-json/" /><link rel="icon" href="/x">'
    created(target, ctx)


def test_without_a_word_it_is_where_it_always_is(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    site.linked = ""
    site.answer("GET", POSTS, Reply(404, PAGE))  # /wp-json/ is not rewritten
    created(target, ctx)
    assert len(site.posts) == 1


def test_a_password_never_goes_to_another_host(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    with serving(DeskSite(), "127.10.202.2") as other:
        site.linked = f"{other.url}wp-json/"
        site.answer("GET", POSTS, Reply(404, PAGE), Reply(404, PAGE))
        with pytest.raises(FetchError) as linked:
            created(target, ctx)
        site.linked = f"{site.url}wp-json/"
        site.moved = (site.url.split("/")[2], other.url.rstrip("/"))
        with pytest.raises(FetchError) as redirected:
            created(target, ctx)
        assert not any("Authorization" in each.headers for each in other.asked)
    for caught in (linked, redirected):
        assert (caught.value.reason, caught.value.permanent) == ("moved", True)
        assert "127.10.202.2" in caught.value.detail


@pytest.mark.parametrize(
    ("found", "same"),
    [
        ("https://desa.id/wp-json/", True),
        ("https://www.desa.id/wp-json/", True),
        ("http://desa.id/wp-json/", False),
        ("https://desa.id:8443/wp-json/", False),
        ("https://desa.id.evil.example/wp-json/", False),
        ("https://blog.desa.id/", False),
    ],
)
def test_what_counts_as_the_same_site(found: str, same: bool) -> None:
    assert same_house("https://desa.id/", found) is same
    assert same_house("http://desa.id/", "https://www.desa.id/") is True


@pytest.mark.parametrize("untried", [False, True])
def test_a_password_left_behind_by_a_redirect_is_taken_to_the_other_address(
    site: DeskSite, target: Target, untried: bool
) -> None:
    port = site.url.rstrip("/").rpartition(":")[2]
    usual, real = f"desa.example:{port}", f"www.desa.example:{port}"
    site.moved = (usual, f"http://{real}")
    site.linked = ""
    client = loopback_http(resolver=lambda host: ["127.10.202.1"])
    ctx = PublishingContext(client)
    ctx.untried = untried
    created(replace(target, url=f"http://{usual}/"), ctx)
    client.close()
    sent = {(each.headers["Host"], "Authorization" in each.headers) for each in site.asked if each.body}
    assert sent == {(real, True)}


@pytest.mark.parametrize(
    ("page", "link", "address"),
    [
        ("https://desa.id/", "http://desa.id/wp-json/", "https://desa.id/wp-json/"),
        ("https://desa.id/x/", "/wp-json/", "https://desa.id/wp-json/"),
        ("http://desa.id/", "https://desa.id/wp-json/", "https://desa.id/wp-json/"),
        ("https://desa.id/", "http://[", "http://["),
    ],
)
def test_links_of_sites_that_take_themselves_for_http(page: str, link: str, address: str) -> None:
    assert resolved(page, link) == address


@pytest.mark.parametrize("status", [404, 410])
def test_no_rest_api_is_final(site: DeskSite, target: Target, ctx: PublishingContext, status: int) -> None:
    site.answer("GET", POSTS, *[Reply(status, PAGE)] * 2)
    with pytest.raises(FetchError) as caught:
        created(target, ctx)
    assert (caught.value.reason, caught.value.permanent) == ("gone", True)
    assert site.writes() == []


# -- never blind ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply", [Reply(500, PAGE), Reply(503, PAGE), Reply(429, PAGE, {"Retry-After": "7"}), Reply(200, PAGE)]
)
def test_where_looking_fails_nothing_is_made(site: DeskSite, target: Target, reply: Reply) -> None:
    site.answer("GET", POSTS, reply, reply)
    client = loopback_http()  # a pause that a host asks for holds for the client
    with pytest.raises(RemoteError) as caught:
        created(target, PublishingContext(client))
    client.close()
    assert not caught.value.permanent
    assert site.writes() == []
    if reply.status == 429:
        assert caught.value.reason == "rate_limited"


@pytest.mark.parametrize(
    "body",
    [
        {"id": 7, "slug": "berita-lain", "status": "publish", "content": {"raw": "<p>Lain</p>"}},
        {"id": "x"},
        [],
        "<html>Selamat datang</html>",
    ],
)
def test_a_yes_that_is_not_about_our_post_is_a_no(
    site: DeskSite, target: Target, ctx: PublishingContext, body: object
) -> None:
    site.answer("POST", POSTS, Reply(201, body))
    with pytest.raises(PublishError) as caught:
        created(target, ctx)
    assert (caught.value.reason, caught.value.permanent) == ("degraded", False)


def test_a_refusal_of_the_content_is_final(site: DeskSite, target: Target, ctx: PublishingContext) -> None:
    site.answer("POST", POSTS, Reply(400, {"code": "rest_invalid_param"}))
    with pytest.raises(PublishError) as caught:
        created(target, ctx)
    assert caught.value.permanent
    site.answer("POST", POSTS, Reply(403, PAGE))
    with pytest.raises(Blocked):
        created(target, ctx)


def test_a_wrong_password_in_wordpress_own_words(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    site.answer("GET", POSTS, Reply(401, {"code": "incorrect_password"}))
    with pytest.raises(AuthError) as caught:
        created(target, ctx)
    assert caught.value.permanent
    assert "CNRY" not in str(caught.value)


# -- categories -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "given"),
    [
        (Reply(201, {"id": 9, "slug": "pengumuman"}), [9]),
        (Reply(400, {"code": "term_exists", "data": {"status": 400, "term_id": 4}}), [4]),
        (Reply(403, {"code": "rest_cannot_create"}), None),
        (Reply(500, PAGE), None),
    ],
)
def test_the_category_is_made_where_it_can_be(
    site: DeskSite, target: Target, ctx: PublishingContext, reply: Reply, given: list[int] | None
) -> None:
    site.categories.clear()
    site.answer("POST", "/wp/v2/categories", reply)
    receipt = publisher.apply("create", make_notice(), None, target, ctx)
    assert next(iter(site.posts.values())).get("categories") == given
    assert ("without the category" in receipt.detail) is (given is None)


def test_a_closed_list_of_categories_does_not_matter(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    site.answer("GET", "/wp/v2/categories", Reply(403, PAGE))
    assert publisher.apply("create", make_notice(), None, target, ctx).outcome == "done"


# -- attachments ------------------------------------------------------------------------------------


def test_how_a_file_is_sent(site: DeskSite, target: Target, ctx: PublishingContext) -> None:
    file = make_attachment(PDF, 'surat "; filename=x.php\r\nX: y.pdf')
    ctx.files = {file.sha256: PDF}
    created(target, ctx, make_notice(attachments=(file,)))
    (sent,) = [each for each in site.asked if (each.method, each.route) == ("POST", "/wp/v2/media")]
    assert sent.body == PDF
    assert sent.headers["Content-Type"] == "application/pdf"
    assert sent.headers["Content-Disposition"] == 'attachment; filename="surat-filename-x.php-X-y.pdf"'
    assert sent.headers["Content-MD5"] == hashlib.md5(PDF, usedforsecurity=False).hexdigest()
    assert sent.params["post"] == str(next(iter(site.posts)))
    assert file.sha256 in ctx.uploads


def test_the_text_comes_first_and_a_slow_turn_is_gone_on_with(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    bodies = [PDF, PDF + b"2", PDF + b"3"]
    files = tuple(make_attachment(body, f"surat-{body[-1]}.pdf") for body in bodies)
    ctx.files = {file.sha256: body for file, body in zip(files, bodies, strict=True)}
    notice = make_notice(attachments=files)
    ctx.deadline = time.monotonic()
    for done in (1, 2):
        with pytest.raises(FetchError) as caught:
            created(target, ctx, notice)
        assert (caught.value.reason, caught.value.permanent) == ("timeout", False)
        assert len(site.media) == done
        assert f"{MARK} v1 files follow" in next(iter(site.posts.values()))["content"]
    copy = created(target, ctx, notice)
    assert [route for method, route in site.writes()] == [
        POSTS,
        "/wp/v2/media",
        *[f"{POSTS}/{copy.remote_id}", "/wp/v2/media"] * 2,
        f"{POSTS}/{copy.remote_id}",
    ]
    content = site.posts[int(copy.remote_id)]["content"]
    assert "files follow" not in content
    assert all(each["source_url"] in content for each in site.media)


def test_a_media_library_that_answers_nonsense(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    file = make_attachment(PDF)
    ctx.files = {file.sha256: PDF}
    site.answer("POST", "/wp/v2/media", Reply(201, {"id": 5, "source_url": "javascript:alert(1)"}))
    receipt = publisher.apply("create", make_notice(attachments=(file,)), None, target, ctx)
    assert receipt.detail == (
        "attachments stay linked to the hub: the media library answered without id or address"
    )
    assert file.url in next(iter(site.posts.values()))["content"]
    assert ctx.uploads == {}


def test_what_was_uploaded_is_believed_where_the_library_is_closed(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    file = make_attachment(PDF)
    ctx.uploads[file.sha256] = ("71", "https://desa.id/surat.pdf")
    site.answer("GET", "/wp/v2/media", Reply(403, {"code": "rest_forbidden"}))
    created(target, ctx, make_notice(attachments=(file,)))
    assert "https://desa.id/surat.pdf" in next(iter(site.posts.values()))["content"]
    assert site.media == []


# -- withdrawing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [Reply(410, {"code": "rest_already_trashed"}), Reply(404, {"code": "rest_post_invalid_id"})],
)
def test_what_is_gone_already_is_withdrawn(
    site: DeskSite, target: Target, ctx: PublishingContext, reply: Reply
) -> None:
    copy = created(target, ctx)
    site.answer("DELETE", f"{POSTS}/{copy.remote_id}", reply)
    site.posts[int(copy.remote_id)]["status"] = "publish"
    site.answer("GET", f"/{MARK}/", Reply(404, PAGE))
    assert publisher.apply("withdraw", make_notice(), copy, target, ctx) == Receipt("done")


@pytest.mark.parametrize(
    "reply",
    [Reply(403, {"code": "rest_user_cannot_delete_post"}), Reply(501, {"code": "rest_trash_not_supported"})],
)
def test_without_a_trash_for_us_the_text_goes(
    site: DeskSite, target: Target, ctx: PublishingContext, reply: Reply
) -> None:
    copy = created(target, ctx)
    site.answer("DELETE", f"{POSTS}/{copy.remote_id}", reply)
    receipt = publisher.apply("withdraw", make_notice(), copy, target, ctx)
    assert (receipt.outcome, receipt.copy) == ("done", None)
    post = site.posts[int(copy.remote_id)]
    assert post["status"] == "draft"
    assert "telah ditarik" in post["content"]


def test_where_every_way_to_delete_is_blocked_the_text_goes(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    copy = created(target, ctx)
    route = f"{POSTS}/{copy.remote_id}"
    site.answer("DELETE", route, Reply(501, PAGE))
    harmless = Reply(200, site.shown(int(copy.remote_id)))
    site.answer("POST", route, harmless, Reply(403, PAGE))
    assert publisher.apply("withdraw", make_notice(), copy, target, ctx).outcome == "done"
    overrides = [each for each in site.asked if each.route == route and each.method == "POST"]
    assert overrides[0].headers["X-HTTP-Method-Override"] == "DELETE"
    assert overrides[1].params["_method"] == "DELETE"
    assert site.posts[int(copy.remote_id)]["status"] == "draft"


@pytest.mark.parametrize("status", [500, 502])
def test_a_withdrawal_of_unknown_outcome_is_tried_again(
    site: DeskSite, target: Target, ctx: PublishingContext, status: int
) -> None:
    copy = created(target, ctx)
    site.answer("DELETE", f"{POSTS}/{copy.remote_id}", Reply(status, PAGE))
    with pytest.raises(FetchError) as caught:
        publisher.apply("withdraw", make_notice(), copy, target, ctx)
    assert not caught.value.permanent
    assert publisher.apply("withdraw", make_notice(), copy, target, ctx).outcome == "done"


def test_a_page_that_can_still_be_read_is_told_of(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    copy = created(target, ctx)
    site.pages[f"/{MARK}/"] = f"<h1>Dari tembolok</h1><p>{MARK.upper()}</p>"
    receipt = publisher.apply("withdraw", make_notice(), copy, target, ctx)
    assert (receipt.outcome, receipt.copy) == ("still_live", copy)
    site.pages[f"/{MARK}/"] = wording.withdrawal(make_notice())
    assert publisher.apply("withdraw", make_notice(), copy, target, ctx).outcome == "done"


# -- reading back -----------------------------------------------------------------------------------


def test_the_page_is_read_as_anybody_would(site: DeskSite, target: Target, ctx: PublishingContext) -> None:
    copy = created(target, ctx)
    site.asked.clear()
    assert publisher.verify(make_notice(), copy, target, ctx).state == "seen"
    page = site.asked[0]
    assert page.route == f"/{MARK}/"
    assert "Authorization" not in page.headers
    assert page.headers["Cache-Control"] == "no-cache"


def test_a_subject_in_other_quotes_is_still_ours(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    notice = make_notice(subject='Rapat "Musrenbang" - besok')
    copy = created(target, ctx, notice)
    site.pages[f"/{MARK}/"] = "<h1>Rapat &#8220;Musrenbang&#8221; &#8211; BESOK</h1>"
    assert publisher.verify(notice, copy, target, ctx).state == "seen"
    site.pages[f"/{MARK}/"] = "<h1>Segera hadir</h1>"
    assert publisher.verify(notice, copy, target, ctx).state == "unproven"


def test_a_home_page_that_lists_the_subject_is_not_the_page(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    copy = created(target, ctx)
    site.posts.clear()
    site.pages["/"] = f"<li>{make_notice().subject}</li>"
    site.answer("GET", f"/{MARK}/", Reply(301, "", {"Location": "/"}))
    assert publisher.verify(make_notice(), copy, target, ctx).state == "gone"


def test_a_page_that_is_gone_is_gone_whatever_rest_says(
    site: DeskSite, target: Target, ctx: PublishingContext
) -> None:
    copy = created(target, ctx)
    site.posts.clear()
    site.answer("GET", f"{POSTS}/{copy.remote_id}", Reply(401, {"code": "incorrect_password"}))
    assert publisher.verify(make_notice(), copy, target, ctx).state == "gone"
    site.answer("GET", f"{POSTS}/{copy.remote_id}", Reply(500, PAGE))
    with pytest.raises(FetchError):
        publisher.verify(make_notice(), copy, target, ctx)


# -- consent ----------------------------------------------------------------------------------------


def root(url: str) -> dict[str, object]:
    return {"authentication": {"application-passwords": {"endpoints": {"authorization": url}}}}


def asked_for(url: str, site_url: str = "https://desa.id/") -> str:
    return consent_url(root(url), "kimhub", "id", "https://kim.id/a", "https://kim.id/b", site_url=site_url)


def test_consent_is_asked_for_at_the_site_itself_and_over_https() -> None:
    url = asked_for("https://desa.id/wp-admin/authorize-application.php")
    assert url == (
        "https://desa.id/wp-admin/authorize-application.php?app_name=kimhub&app_id=id"
        "&success_url=https%3A%2F%2Fkim.id%2Fa&reject_url=https%3A%2F%2Fkim.id%2Fb"
    )
    with pytest.raises(FetchError, match="another host"):
        asked_for("https://evil.example/authorize")
    with pytest.raises(FetchError, match="https"):
        asked_for("http://desa.id/authorize", "http://desa.id/")
    assert asked_for("http://127.10.1.1:81/x", "http://127.10.1.1:81/").startswith("http://127.10.1.1:81/x?")
    for without in ({}, {"authentication": []}, {"authentication": {"application-passwords": None}}):
        with pytest.raises(AuthError, match="switched off"):
            consent_url(without, "kimhub", "id", "https://k/a", "https://k/b", site_url="https://desa.id/")


# -- words ------------------------------------------------------------------------------------------


def test_line_ends_and_brackets_are_no_markup_of_wordpress() -> None:
    notice = make_notice(html="<p>satu\n  dua [x]</p>\n<pre>tiga\n  empat</pre>")
    assert wording.content(notice, ()).startswith(
        "<p>satu dua &#91;x&#93;</p><pre>tiga\n  empat</pre>\n<p>Sumber: "
    )


def test_a_copy_is_known_by_comment_or_by_slug_and_mark() -> None:
    notice = make_notice(version=3)
    content = wording.content(notice, (), "files follow")
    ours = {"slug": "lain", "content": {"raw": content}}
    assert wording.signature(ours, MARK) == (3, "files follow")
    assert wording.is_ours(ours, MARK)
    for slug in (MARK, f"{MARK}-2", f"{MARK}-b", f"{MARK}-b-3", f"{MARK}__trashed", f"{MARK}__trashed-2"):
        assert wording.is_ours({"slug": slug, "content": {"rendered": f"<p>{MARK}</p>"}}, MARK)
        assert not wording.is_ours({"slug": slug, "content": {"raw": "<p>Milik desa</p>"}}, MARK)
    for slug in ("", "berita", f"{MARK}x", f"x{MARK}", None):
        assert not wording.is_ours({"slug": slug, "content": {"raw": f"<p>{MARK}</p>"}}, MARK)


def test_the_preview_is_what_is_sent() -> None:
    notice = make_notice()
    preview = publisher.preview(notice, make_target("wordpress"))
    assert preview.title == notice.subject
    assert preview.html is not None
    assert preview.html.startswith(notice.html)
    assert preview.html.endswith(notice.footer)


def test_options_are_read_with_their_defaults(site: DeskSite, target: Target, ctx: PublishingContext) -> None:
    created(replace(target, options={"category": "", "status": "draft"}), ctx)
    (post,) = site.posts.values()
    assert post["status"] == "draft"
    assert "categories" not in post

"""The connector against a WordPress with faults; real ones are in ``test_wordpress_real.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.wordpress.archive import MAX_IDLE
from connectors.wordpress.client import Root
from connectors.wordpress.connector import WordPress
from connectors.wordpress.parse import from_feed, is_public, to_entry
from connectors.wordpress.state import State
from hub.http import HttpClient
from hub.spec import Batch, Entry, FetchError, Link, Missing, ParseError, Probe, Proposal, RemoteError
from hub.testing.context import TestingContext
from tests.connectors.shelf import Shelf, told
from tests.connectors.wordpress_fake import START, Fake, rss, serving

LOGIN_REQUIRED = (401, '{"code": "rest_login_required", "message": "no"}')
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    client = HttpClient(user_agent="kimhub tests", allow_private=("127.0.0.0/8",), host_delay=0)
    yield client
    client.close()


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving(Fake()) as site:
        yield site


@pytest.fixture
def shelf(fake: Fake, http: HttpClient) -> Shelf:
    return Shelf(f"{fake.url}wp-json/", http)


def missing(batches: list[Batch]) -> list[Missing]:
    return [each for batch in batches for each in batch.missing]


def warned(batches: list[Batch]) -> list[str]:
    return [odd.reason for batch in batches for odd in batch.warnings]


# -- addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "home", "posts"),
    [
        ("https://desa.id/wp-json", "https://desa.id/", "https://desa.id/wp-json/wp/v2/posts?page=1"),
        ("https://desa.id/blog/wp-json/", "https://desa.id/blog/", "https://desa.id/blog/wp-json/wp/v2/posts?page=1"),
        ("https://desa.id/index.php/wp-json/", "https://desa.id/", "https://desa.id/index.php/wp-json/wp/v2/posts?page=1"),
        ("https://desa.id/?rest_route=/", "https://desa.id/", "https://desa.id/?rest_route=/wp/v2/posts&page=1"),
        ("https://desa.id/b/index.php?rest_route=%2F", "https://desa.id/b/", "https://desa.id/b/index.php?rest_route=/wp/v2/posts&page=1"),
    ],
)  # fmt: skip
def test_roots(url: str, home: str, posts: str) -> None:
    root = Root.of(url)
    assert root.home == home
    assert root.address("wp/v2/posts", {"page": 1}) == posts
    assert root.without_rewriting().url == f"{home}?rest_route=/"


# -- one post ---------------------------------------------------------------------------------------


def raw(**fields: Any) -> dict[str, Any]:
    return {"id": 7, "link": "https://desa.id/a/", "title": {"rendered": "A"}, **fields}


def test_a_post_of_unexpected_shapes_is_read_as_far_as_possible() -> None:
    odd = raw(
        date="0000-00-00T00:00:00",
        date_gmt="0000-00-00T00:00:00",
        modified_gmt=None,
        content=None,
        excerpt=[],
        guid="https://desa.id/?p=7",
        _embedded={
            "author": [{"code": "rest_user_invalid_id"}],
            "wp:term": [
                [{"taxonomy": "category", "name": "Uncategorized", "slug": "uncategorized"}],
                "x",
                None,
            ],
            "wp:featuredmedia": [{"code": "rest_forbidden"}],
        },
    )
    entry = to_entry(odd, "https://desa.id/")
    expected = Entry(
        "wp:7", "https://desa.id/a/", "A", base="https://desa.id/", aliases=("https://desa.id/?p=7",),
        published_as_given="0000-00-00T00:00:00",
    )  # fmt: skip
    assert entry == expected


def test_the_picture_is_the_whole_one_nearest_to_phone_width() -> None:
    sizes = {
        "large": {"source_url": "https://d/1024.jpg", "width": 1024, "height": 683},
        "square": {"source_url": "https://d/sq.jpg", "width": 1200, "height": 1200},
        "huge": {"source_url": "https://d/2048.jpg", "width": "2048", "height": "1366"},
        "broken": "x",
    }
    media = {
        "source_url": "https://d/full.jpg",
        "alt_text": "Balai desa",
        "media_type": "image",
        "media_details": {"width": 6000, "height": 4000, "sizes": sizes},
    }
    image = to_entry(raw(_embedded={"wp:featuredmedia": [media]}), "https://d/").images[0]
    assert (image.url, image.width, image.height, image.alt) == (
        "https://d/1024.jpg",
        1024,
        683,
        "Balai desa",
    )
    absurd = media | {"media_details": {"width": 10**30, "height": -1, "sizes": []}}
    image = to_entry(raw(_embedded={"wp:featuredmedia": [absurd]}), "https://d/").images[0]
    assert (image.url, image.width, image.height) == ("https://d/full.jpg", None, None)
    video = media | {"media_type": "file"}
    assert to_entry(raw(_embedded={"wp:featuredmedia": [video]}), "https://d/").images == ()


def test_ten_thousand_topics_are_cut() -> None:
    terms = [{"taxonomy": "post_tag", "name": f"t{each}", "slug": f"t{each}"} for each in range(10_000)]
    assert len(to_entry(raw(_embedded={"wp:term": [terms]}), "https://d/").topics) == 50


@pytest.mark.parametrize(
    ("fields", "public"),
    [
        ({"status": "publish", "content": {"rendered": "", "protected": False}}, True),
        ({}, True),
        ({"content": {"protected": True}}, False),
        ({"excerpt": {"protected": True}}, False),
        ({"status": "private"}, False),
        ({"status": "trash"}, False),
        ({"status": None}, False),
    ],
)
def test_what_must_not_be_republished(fields: dict[str, Any], public: bool) -> None:
    assert is_public(raw(**fields)) is public


def test_a_feed_entry_takes_the_id_that_its_guid_tells() -> None:
    entry = Entry("https://desa.id/?p=12", "https://desa.id/a/")
    assert from_feed(entry) == replace(entry, id="wp:12", aliases=("https://desa.id/?p=12",))
    for other in ("https://desa.id/a/", "https://desa.id/?p=x", "https://desa.id/?page_id=3", "p="):
        assert from_feed(Entry(other)) == Entry(other)


# -- the archive ------------------------------------------------------------------------------------


def test_posts_of_one_second_over_page_borders_are_all_read_once(fake: Fake, shelf: Shelf) -> None:
    for number in range(1, 261):  # an import: 230 posts of one second among others
        fake.write(number, at=START if number < 231 else None)
    ids = told(shelf.visit())
    assert len(ids) == len(set(ids)) == 260


def test_a_site_that_does_not_know_before_is_read_by_page(fake: Fake, shelf: Shelf) -> None:
    fake.fill(250)
    fake.ignored = {"before"}
    ids = told(shelf.visit())
    assert len(ids) == len(set(ids)) == 250


def test_eaten_headers_do_not_shorten_the_archive(fake: Fake, shelf: Shelf) -> None:
    fake.fill(250)
    fake.headers = False
    assert len(set(told(shelf.visit()))) == 250
    fake.write(251)
    assert told(shelf.visit()) == ["wp:251"]


@pytest.mark.parametrize("ignored", [set(), {"before"}], ids=["before", "by page"])
def test_a_million_claimed_pages_end_where_the_posts_end(fake: Fake, shelf: Shelf, ignored: set[str]) -> None:
    fake.fill(120)
    fake.claimed_pages, fake.ignored = 1_000_000, ignored
    ids = told(shelf.visit())
    assert len(ids) == len(set(ids)) == 120
    assert len(fake.lists()) < 10


def test_the_same_page_for_ever_is_given_up(fake: Fake, shelf: Shelf) -> None:
    fake.fill(10)
    fake.claimed_pages, fake.endless, fake.ignored = 1_000_000, True, {"before", "page"}
    ids = told(shelf.visit())
    assert set(ids) == set(shelf.entries) == {f"wp:{number}" for number in range(1, 11)}
    assert len(fake.lists()) <= MAX_IDLE + 4


def test_pages_past_the_size_cap_are_asked_for_in_portions(fake: Fake, shelf: Shelf) -> None:
    fake.fill(110)
    fake.limit = 30
    ids = told(shelf.visit())
    assert len(ids) == len(set(ids)) == 110
    assert {params["per_page"] for params in fake.lists()} == {"1", "100", "20"}


def test_an_overburdened_host_is_asked_for_less_next_time(fake: Fake, shelf: Shelf) -> None:
    fake.fill(30)
    next(shelf.visits(deadline_seconds=0))
    shelf.cursor = {**(shelf.cursor or {}), "archive": {**(shelf.cursor or {})["archive"], "done": False}}
    fake.broken = 504
    with pytest.raises(FetchError):
        shelf.visit()
    fake.broken = 0
    shelf.visit()
    assert fake.lists()[-2]["per_page"] == "20"  # the poll for changes asks for no more either
    assert len(shelf.entries) == 30


def test_a_site_without_posts_is_no_trouble(fake: Fake, shelf: Shelf) -> None:
    assert not warned(shelf.visit())
    fake.write(1)
    assert told(shelf.visit()) == ["wp:1"]


def test_a_damaged_or_foreign_cursor_starts_anew(fake: Fake, shelf: Shelf) -> None:
    fake.fill(3)
    for cursor in ({"version": 0}, {"version": 1}, {"version": 1, "plain": True}, {}):
        shelf.cursor = cursor
        assert len(told(shelf.visit())) == 3


def test_the_cursor_survives_json(fake: Fake, shelf: Shelf) -> None:
    fake.fill(120)
    next(shelf.visits())
    saved = json.loads(json.dumps(shelf.cursor))
    assert State.load(saved).dump() == shelf.cursor


# -- polls ------------------------------------------------------------------------------------------


def test_the_poll_is_the_same_address_until_something_changes(fake: Fake, shelf: Shelf) -> None:
    fake.fill(5)
    shelf.visit()
    shelf.visit()
    start = len(fake.asked)
    assert shelf.visit()[-1].unchanged
    first = fake.asked[start:]
    start = len(fake.asked)
    assert shelf.visit()[-1].unchanged
    assert fake.asked[start:] == first
    assert len(first) == 2
    # the newest modification less 120 s of overlap
    assert first[0][1]["modified_after"] == "2026-01-01T04:58:00Z"


def test_old_wordpress_ignores_modified_after(fake: Fake, shelf: Shelf) -> None:
    fake.fill(350)
    fake.ignored = {"modified_after"}
    shelf.visit()
    fake.posts[3] |= {"modified": START + timedelta(hours=500), "title": "Diperbaiki"}
    start = len(fake.asked)
    assert told(shelf.visit()) == ["wp:3"]
    assert shelf.entries["wp:3"].title == "Diperbaiki"
    assert len(fake.asked) - start == 2


def test_an_edit_within_the_second_of_the_last_one_seen_is_seen(fake: Fake, shelf: Shelf) -> None:
    """WordPress tells modification times by the second."""
    fake.fill(5)
    shelf.visit()
    fake.posts[5]["title"] = "Diubah sedetik kemudian"
    assert told(shelf.visit()) == ["wp:5"]
    assert told(shelf.visit()) == []
    fake.posts[5]["title"] = "Diubah sekali lagi"
    fake.write(6)
    assert sorted(told(shelf.visit())) == ["wp:5", "wp:6"]
    assert shelf.entries["wp:5"].title == "Diubah sekali lagi"
    fake.posts[6]["title"] = "Juga diubah"
    assert told(shelf.visit()) == ["wp:6"]
    assert told(shelf.visit()) == []


def test_hundreds_of_edits_come_over_several_visits(fake: Fake, shelf: Shelf) -> None:
    fake.fill(260)
    shelf.visit()
    for number, post in fake.posts.items():
        post |= {"modified": START + timedelta(hours=500, seconds=number % 3), "title": f"Baru {number}"}
    first = shelf.visit(deadline_seconds=0)
    assert [batch.more for batch in first] == [True]
    shelf.visit()
    assert {entry.title for entry in shelf.entries.values()} == {f"Baru {number}" for number in range(1, 261)}
    assert told(shelf.visit()) == []


def test_a_modification_time_in_the_far_future_does_not_hide_others(fake: Fake, shelf: Shelf) -> None:
    fake.fill(3)
    fake.posts[2]["modified"] = datetime(2199, 1, 1)
    shelf.visit()
    fake.posts[1] |= {"modified": START + timedelta(hours=9), "title": "Diperbaiki"}
    assert told(shelf.visit()) == ["wp:1"]
    assert told(shelf.visit()) == []


def test_a_new_post_with_an_old_date_is_found_by_its_number(fake: Fake, shelf: Shelf) -> None:
    fake.fill(80)
    shelf.visit()
    fake.write(81, at=START - 300 * DAY)
    assert told(shelf.visit()) == ["wp:81"]
    assert told(shelf.visit()) == []


def test_a_post_that_the_hub_does_not_show_is_not_fetched_for_ever(fake: Fake, shelf: Shelf) -> None:
    fake.fill(5)
    shelf.visit()
    del shelf.entries["wp:4"]  # held back by a refiner
    assert told(shelf.visit()) == ["wp:4"]
    del shelf.entries["wp:4"]
    assert told(shelf.visit()) == []


def test_a_password_set_later_withdraws(fake: Fake, shelf: Shelf) -> None:
    fake.fill(5)
    shelf.visit()
    fake.posts[2] |= {"modified": START + timedelta(hours=50), "protected": True}
    fake.write(6, protected=True)  # was never shown
    batches = shelf.visit()
    assert missing(batches) == [Missing("wp:2", certain=True)]
    assert not told(batches)


def test_a_bom_and_php_notices_before_the_json_are_no_trouble(fake: Fake, shelf: Shelf) -> None:
    fake.fill(3)
    fake.notice = b"\xef\xbb\xbf<br />\n<b>Notice</b>: Undefined index in <b>x.php</b><br />\n"
    assert len(told(shelf.visit())) == 3


def test_posts_that_are_not_public_never_come(fake: Fake, shelf: Shelf) -> None:
    fake.write(1)
    fake.write(2, protected=True)
    fake.write(3, status="private")
    assert told(shelf.visit()) == ["wp:1"]


@pytest.mark.parametrize(("status", "reason"), [(429, "rate_limited"), (503, "http_5xx"), (500, "http_5xx")])
def test_trouble_is_passed_on_and_withdraws_nothing(
    fake: Fake, http: HttpClient, status: int, reason: str
) -> None:
    client = HttpClient(user_agent="kimhub tests", allow_private=("127.0.0.0/8",), host_delay=0)
    shelf = Shelf(f"{fake.url}wp-json/", client, sweep_hours=0)
    fake.fill(20)
    shelf.visit()
    fake.broken = status
    batches: list[Batch] = []
    with pytest.raises(FetchError) as caught:
        batches.extend(shelf.visits())
    client.close()
    assert caught.value.reason == reason
    assert caught.value.retry_after == (120 if status != 500 else None)
    assert not missing(batches)


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '[{"id": 1' + "0" * 5000 + "}]", '{"id": 1}', "null", "[1, [], null]"]
)
def test_absurd_json_harms_nothing(fake: Fake, shelf: Shelf, body: str) -> None:
    fake.fill(2)
    shelf.visit()
    fake.closed = (200, body)
    try:
        batches = shelf.visit()
    except RemoteError:
        batches = []
    assert not told(batches)
    assert not missing(batches)


# -- deletions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "certain"),
    [
        (None, False),
        ((401, {"code": "rest_forbidden"}), False),
        ((410, {"code": "gone"}), True),
        ((200, {"id": 5, "status": "trash"}), True),
        ((200, {"id": 5, "status": "publish", "content": {"protected": True}}), True),
    ],
    ids=["404", "401", "410", "trash", "password"],
)
def test_what_is_gone(
    fake: Fake, shelf: Shelf, answer: tuple[int, dict[str, Any]] | None, certain: bool
) -> None:
    fake.fill(20)
    shelf.visit()
    shelf.visit()
    if answer:
        fake.answers[5] = answer
        fake.posts[5]["listed"] = False
    else:
        del fake.posts[5]
    assert not missing(shelf.visit())  # not yet an hour since the last sweep
    shelf.ahead = DAY
    assert missing(shelf.visit()) == [Missing("wp:5", certain)]
    start = len(fake.asked)
    assert missing(shelf.visit()) == [Missing("wp:5", certain)]  # the hub wants a second sighting
    assert not any("include" in params for _, params in fake.asked[start:])  # and no second sweep for it
    del shelf.entries["wp:5"]
    assert not missing(shelf.visit())


def test_a_post_that_only_left_the_list_stays(fake: Fake, shelf: Shelf) -> None:
    fake.fill(20)
    shelf.visit()
    fake.posts[5]["listed"] = False
    shelf.ahead = DAY
    assert not missing(shelf.visit())
    assert ("/wp/v2/posts/5", {"_fields": "id,status,content.protected"}) in fake.asked
    start = len(fake.asked)
    assert not missing(shelf.visit())
    assert len(fake.asked) - start == 2  # it is no suspect any more


def test_a_falling_count_of_posts_hastens_the_sweep_to_hourly(fake: Fake, shelf: Shelf) -> None:
    fake.fill(20)
    shelf.visit()
    del fake.posts[5]
    fake.write(21)  # the count stays, though one came
    shelf.ahead = timedelta(minutes=30)
    assert not missing(shelf.visit())
    shelf.ahead = timedelta(minutes=61)
    assert missing(shelf.visit()) == [Missing("wp:5")]


def test_an_edit_that_no_poll_saw_is_found_by_the_sweep(fake: Fake, shelf: Shelf) -> None:
    fake.fill(150)
    shelf.visit()
    fake.ignored = {"orderby", "order", "modified_after"}  # what it changed is not on the first page
    fake.posts[5] |= {"modified": START + timedelta(hours=200), "title": "Diperbaiki"}
    assert not told(shelf.visit())
    shelf.ahead = DAY
    shelf.visit()
    assert shelf.entries["wp:5"].title == "Diperbaiki"


def test_a_loss_of_most_posts_is_doubted_for_a_week(fake: Fake, shelf: Shelf) -> None:
    fake.fill(20)
    shelf.visit()
    for number in range(1, 12):
        del fake.posts[number]
    shelf.ahead = DAY
    batches = shelf.visit()
    assert warned(batches) == ["degraded"]
    assert not missing(batches)
    shelf.ahead = 9 * DAY
    assert len(missing(shelf.visit())) == 11


def test_a_sweep_goes_on_after_its_time_was_over(fake: Fake, shelf: Shelf) -> None:
    fake.fill(250)
    shelf.visit()
    shelf.visit()
    del fake.posts[240]
    shelf.ahead = DAY
    for _ in range(3):
        assert not missing(shelf.visit(deadline_seconds=0))
    assert missing(shelf.visit()) == [Missing("wp:240")]


# -- REST closed ------------------------------------------------------------------------------------


CLOSED = [
    LOGIN_REQUIRED,
    (403, '{"code": "rest_disabled"}'),
    (403, "<html>Attention Required! | Cloudflare</html>"),
    (404, '{"code": "rest_no_route"}'),
    (200, "<html>Selamat datang di desa kami</html>"),
]


@pytest.mark.parametrize("closed", CLOSED, ids=["401", "403", "challenge", "404", "html"])
def test_the_feed_stands_in_for_a_closed_api(fake: Fake, shelf: Shelf, closed: tuple[int, str]) -> None:
    fake.fill(20)
    shelf.visit()
    fake.closed = closed
    fake.write(21, at=datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    fake.feed = rss(fake, [21, 20, 19])
    batches = shelf.visit()
    assert warned(batches) == ["degraded"]
    assert told(batches) == ["wp:21"]
    assert not missing(batches)
    start = len(fake.asked)
    assert shelf.visit()[-1].unchanged
    assert fake.asked[start:] == []  # REST is left alone for a day
    fake.closed = None
    shelf.ahead = timedelta(hours=25)
    batches = shelf.visit()
    assert not warned(batches)
    assert told(batches) == ["wp:21"]  # now in full
    assert shelf.entries["wp:21"].html == "<p>Isi Warta 21</p>"


def test_closed_from_the_first_visit_on(fake: Fake, shelf: Shelf) -> None:
    fake.fill(5)
    fake.closed, fake.feed = LOGIN_REQUIRED, rss(fake, [5, 4])
    assert told(shelf.visit()) == ["wp:5", "wp:4"]
    fake.closed = None
    shelf.ahead = timedelta(hours=25)
    assert len(told(shelf.visit())) == 5


def test_the_other_door_is_tried_before_the_feed(fake: Fake, shelf: Shelf) -> None:
    fake.fill(5)
    fake.only_plain = True
    assert len(told(shelf.visit())) == 5
    start = len(fake.asked)
    assert not warned(shelf.visit())
    assert len(fake.asked) - start == 2  # straight through the door that opened


def test_a_parked_domain_is_no_feed_and_withdraws_nothing(fake: Fake, shelf: Shelf) -> None:
    fake.fill(20)
    shelf.visit()
    fake.closed = (200, "<html>This domain is for sale</html>")
    fake.feed = b"<html><head><title>This domain is for sale</title></head><body>Buy it</body></html>"
    with pytest.raises(ParseError) as caught:
        shelf.visit()
    assert caught.value.reason == "not_a_feed"


def test_a_vanished_site_is_an_error(fake: Fake, shelf: Shelf) -> None:
    fake.fill(20)
    shelf.visit()
    fake.closed = (404, "<html>Not found</html>")
    with pytest.raises(FetchError) as caught:
        shelf.visit()
    assert (caught.value.reason, caught.value.status) == ("http_4xx", 404)


# -- looking ----------------------------------------------------------------------------------------


def detected(fake: Fake, http: HttpClient, *links: Link) -> list[Proposal]:
    probe = Probe(fake.url, http.get(fake.url), links)
    return list(WordPress().detect(probe, TestingContext(http)))


def test_detection_by_link_and_by_guess(fake: Fake, http: HttpClient) -> None:
    fake.fill(2)
    linked = Link("https://api.w.org/", f"{fake.url}wp-json/")
    assert [each.url for each in detected(fake, http, linked)] == [f"{fake.url}wp-json/"]
    (guessed,) = detected(fake, http)
    assert (guessed.url, guessed.title) == (f"{fake.url}?rest_route=/", "KIM Tiruan")
    fake.only_plain = True
    assert [each.url for each in detected(fake, http, linked)] == [f"{fake.url}?rest_route=/"]


@pytest.mark.parametrize("closed", [*CLOSED, (200, '{"namespaces": ["wp/v1"]}'), (200, "[]"), (200, "{}")])
def test_what_cannot_be_listed_is_not_proposed(fake: Fake, http: HttpClient, closed: tuple[int, str]) -> None:
    fake.closed = closed
    assert detected(fake, http, Link("https://api.w.org/", f"{fake.url}wp-json/")) == []


def test_a_root_that_describes_itself_but_lists_nothing_is_not_proposed(fake: Fake, http: HttpClient) -> None:
    fake.closed = (200, '{"name": "KIM", "namespaces": ["wp/v2"]}')  # also where a list should be
    assert detected(fake, http) == []


def test_a_check_names_the_newest_post(fake: Fake, shelf: Shelf, http: HttpClient) -> None:
    fake.fill(12)
    check = WordPress().check(shelf.source, TestingContext(http))
    assert (check.entries, check.newest) == (12, "Warta 12")
    fake.closed, fake.feed = LOGIN_REQUIRED, rss(fake, [12, 11])
    check = WordPress().check(shelf.source, TestingContext(http))
    assert (check.entries, check.newest) == (2, "Warta 12")
    assert "rest_login_required" in check.detail


def test_options_have_help_in_both_languages() -> None:
    assert [(option.name, option.default) for option in WordPress.options] == [
        ("sweep_hours", 24.0),
        ("backfill", True),
    ]
    assert all(option.help["id"] and option.help["en"] for option in WordPress.options)

"""The connector against real WordPress sites."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from connectors.wordpress.connector import WordPress
from hub.http import HttpClient
from hub.spec import Link, Probe, Proposal
from hub.testing.context import TestingContext
from tests.connectors.shelf import Shelf, told

if TYPE_CHECKING:
    from tests.servers.wordpress import Site
    from tests.servers.wordpress import WordPress as Server

pytestmark = pytest.mark.wordpress
POSTS = 250


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    client = HttpClient(user_agent="kimhub tests", allow_private=("127.0.0.0/8",), host_delay=0)
    yield client
    client.close()


@pytest.fixture
def site(wordpress: Server, request: pytest.FixtureRequest) -> Site:
    name = request.node.name.removeprefix("test_").replace("_", "-").partition("[")[0]
    return wordpress.site(name, "KIM Salulekbo", POSTS)


@pytest.fixture
def shelf(site: Site, http: HttpClient) -> Shelf:
    return Shelf(f"{site.url}wp-json/", http)


def proposals(site: Site, http: HttpClient) -> list[Proposal]:
    """What is proposed for the site's address, with its Link header read as the hub does."""
    with urllib.request.urlopen(site.url) as page:
        target, _, relation = page.headers.get("Link", "").partition(">;")
    links = (Link("https://api.w.org/", target.strip("< ")),) if "api.w.org" in relation else ()
    probe = Probe(site.url, http.get(site.url), links)
    return list(WordPress().detect(probe, TestingContext(http)))


def test_the_whole_archive_is_read_newest_first(site: Site, shelf: Shelf) -> None:
    batches = shelf.visit()
    ids = told(batches)
    assert len(ids) == len(set(ids)) == POSTS
    dates = [entry.published for batch in batches for entry in batch.entries]
    assert dates == sorted(dates, reverse=True)
    assert len(batches) == 3
    assert not any(batch.more or batch.missing or batch.warnings for batch in batches)


def test_a_post_is_given_in_full(site: Site, shelf: Shelf) -> None:
    shelf.visit()
    entry = max(shelf.entries.values(), key=lambda each: int(each.id.partition(":")[2]))
    assert entry.link == f"{site.url}warta-250/"
    assert entry.title == "Warta &#8211; warta ke-250"
    assert "<strong>bergotong royong</strong>" in entry.html
    assert "Ringkasan ke-250" in entry.summary
    assert entry.author == "Siti Rahma"
    assert entry.published == datetime(2026, 1, 9, 2, tzinfo=UTC)  # 10.00 WITA
    assert "warta" in entry.topics
    assert "Uncategorized" not in {topic for each in shelf.entries.values() for topic in each.topics}
    image = entry.images[0]
    assert (image.width, image.height, image.alt) == (1024, 640, "Foto kegiatan-250")
    with urllib.request.urlopen(image.url) as picture:
        assert picture.headers["Content-Type"] == "image/jpeg"
    number = entry.id.removeprefix("wp:")
    assert f"{site.url}?p={number}" in entry.aliases


def test_a_killed_backfill_goes_on_where_it_was(site: Site, shelf: Shelf) -> None:
    first = next(shelf.visits())  # and the process dies
    assert len(first.entries) == 100
    site.write("Baru selagi arsip dibaca")
    site.trash(int(first.entries[3].id.removeprefix("wp:")))  # shifts page numbers
    second = shelf.visit(deadline_seconds=0)  # the time is over at once: one page and no more
    assert [batch.more for batch in second] == [True]
    rest = shelf.visit()
    ids = told([first, *second, *rest])
    assert len(ids) == len(set(ids)) == POSTS + 1
    assert "Baru selagi arsip dibaca" in shelf.titles()


def test_without_backfill_only_the_newest_come(site: Site, http: HttpClient) -> None:
    shelf = Shelf(f"{site.url}wp-json/", http, backfill=False)
    assert len(told(shelf.visit())) == 100
    shelf.visit()
    assert len(shelf.entries) == 100


def test_nothing_new_is_recognised_without_parsing(site: Site, shelf: Shelf) -> None:
    shelf.visit()
    shelf.visit()
    batches = shelf.visit()
    assert [(batch.unchanged, batch.entries, batch.skipped) for batch in batches] == [(True, (), 0)]


def test_edits_new_scheduled_and_back_dated_posts_are_seen(site: Site, shelf: Shelf) -> None:
    shelf.visit()
    old = min(int(each.removeprefix("wp:")) for each in shelf.entries)
    shelf.visit()

    site.edit(old, title="Judul diperbaiki")
    back_dated = site.write("Bertanggal mundur", date_gmt="2025-11-01T00:00:00")
    assert set(told(shelf.visit())) == {f"wp:{old}", f"wp:{back_dated}"}
    assert shelf.entries[f"wp:{old}"].title == "Judul diperbaiki"

    soon = datetime.now(UTC) + timedelta(seconds=2)
    scheduled = site.write("Terjadwal", status="future", date_gmt=f"{soon:%Y-%m-%dT%H:%M:%S}")
    # As if it had been written long ago: cron publishes it without touching the modification time.
    site.execute(
        "UPDATE wp_posts SET post_modified_gmt = '2026-01-01 00:00:00', "
        "post_modified = '2026-01-01 08:00:00' WHERE ID = ?",
        scheduled,
    )
    while site.api("GET", f"wp/v2/posts/{scheduled}")["status"] != "publish":
        site.cron()
    assert told(shelf.visit()) == [f"wp:{scheduled}"]
    assert told(shelf.visit()) == []


def test_deleted_posts_are_missed_and_restored_ones_return(site: Site, shelf: Shelf) -> None:
    shelf.visit()
    numbers = sorted(int(each.removeprefix("wp:")) for each in shelf.entries)
    trashed, deleted, private = numbers[10], numbers[20], numbers[30]
    site.trash(trashed)
    site.api("DELETE", f"wp/v2/posts/{deleted}?force=true")
    site.edit(private, status="private")

    shelf.ahead = timedelta(hours=2)
    missing = [each for batch in shelf.visit() for each in batch.missing]
    assert {each.id for each in missing} == {f"wp:{trashed}", f"wp:{deleted}", f"wp:{private}"}
    assert not any(each.certain for each in missing)

    shelf.ahead = timedelta(hours=4)
    again = {each.id for batch in shelf.visit() for each in batch.missing}
    assert again == {each.id for each in missing}

    for entry in again:
        del shelf.entries[entry]  # the hub has withdrawn them
    site.edit(trashed, status="publish")
    batches = shelf.visit()
    assert told(batches) == [f"wp:{trashed}"]
    assert not any(batch.missing for batch in batches)


def test_a_password_withdraws_a_post(site: Site, shelf: Shelf) -> None:
    shelf.visit()
    post = int(next(iter(shelf.entries)).removeprefix("wp:"))
    site.edit(post, password="rahasia")
    hidden = site.write("Untuk pengurus saja", password="rahasia")
    batches = shelf.visit()
    assert [(each.id, each.certain) for batch in batches for each in batch.missing] == [(f"wp:{post}", True)]
    assert f"wp:{hidden}" not in shelf.entries


def test_rest_and_feed_give_one_post_common_names(site: Site, shelf: Shelf, http: HttpClient) -> None:
    draft = site.write("Dari konsep", status="draft")
    site.edit(draft, status="publish")
    shelf.visit()
    response = http.get(f"{site.url}feed/")
    feed = TestingContext(http).parse_feed(response.body, url=response.url)
    assert len(feed.entries) == 10
    by_link = {entry.link: entry for entry in shelf.entries.values()}
    for seen in feed.entries:
        entry = by_link[seen.link]
        assert seen.id in entry.aliases
        assert seen.published == entry.published


def test_rest_that_closes_gives_way_to_the_feed(site: Site, shelf: Shelf) -> None:
    shelf.visit()
    shelf.visit()
    site.close_rest()
    draft = site.write("Ditulis saat REST tertutup", status="draft")
    site.edit(draft, status="publish")
    batches = shelf.visit()
    assert [odd.reason for batch in batches for odd in batch.warnings] == ["degraded"]
    assert "rest_login_required" in batches[-1].warnings[0].detail
    assert told(batches) == [f"wp:{draft}"]  # the nine others came through REST, in full
    assert not any(batch.missing for batch in batches)
    assert shelf.visit()[-1].unchanged

    site.close_rest(False)
    site.edit(draft, title="Terbuka kembali")
    shelf.ahead = timedelta(hours=25)
    batches = shelf.visit()
    assert not any(batch.warnings or batch.missing for batch in batches)
    assert shelf.entries[f"wp:{draft}"].title == "Terbuka kembali"


@pytest.mark.parametrize("plain", [False, True], ids=["pretty", "plain"])
def test_a_site_is_detected_by_its_address(wordpress: Server, http: HttpClient, plain: bool) -> None:
    site = wordpress.site(f"detected-{plain}".lower(), "KIM Batu Ampa", 20)
    if plain:
        site.plain_permalinks()
    (proposal,) = proposals(site, http)
    assert (proposal.connector, proposal.rank, proposal.platform) == ("wordpress", 10, "WordPress")
    assert proposal.title == "KIM Batu Ampa"
    shelf = Shelf(proposal.url, http)
    assert len(told(shelf.visit())) == 20
    assert shelf.visit()[-1].unchanged
    check = WordPress().check(shelf.source, TestingContext(http))
    assert (check.entries, check.newest) == (20, "Warta &#8211; warta ke-20")


def test_a_closed_site_is_not_proposed(wordpress: Server, http: HttpClient) -> None:
    site = wordpress.site("closed", "KIM Tertutup", 20)
    site.close_rest()
    assert proposals(site, http) == []


def test_lost_rewriting_is_got_round(wordpress: Server, http: HttpClient) -> None:
    site = wordpress.site("lost", "KIM Batu", 20)
    shelf = Shelf(f"{site.url}wp-json/", http)
    shelf.visit()
    site.plain_permalinks()  # now /wp-json/ is a page of HTML with status 404
    post = site.write("Tetap sampai")
    batches = shelf.visit()
    assert told(batches) == [f"wp:{post}"]
    assert not any(batch.warnings for batch in batches)

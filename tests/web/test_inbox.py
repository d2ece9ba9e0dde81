"""The form of a KIM without a site, from outside: sent, refused, looked at by a stranger."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from PIL import Image
from werkzeug.test import Client, TestResponse

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import SearchRequest
from tests.web.asking import LOCAL
from web.app import make_app


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    opened = open_hub(build({"web": {"rate_limit": 0}}, root=tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def path(hub: Hub) -> str:
    url = f"{LOCAL}/desa/76.02.02.2010?kim=Taan"
    added = hub.registering.add_site("KIM Taan", url, "76.02.02.2010", probe=False, connector="inbox")
    return hub.inbox.doors(added.sources[0].id).form.removeprefix(LOCAL)


@pytest.fixture
def client(hub: Hub) -> Client:
    return Client(make_app(hub))


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (10, 120, 90)).save(out, "JPEG")
    return out.getvalue()


def filled(client: Client, path: str, **values: Any) -> TestResponse:
    """The form as a browser sends it."""
    page = client.get(path, base_url=LOCAL)
    assert page.status_code == 200
    forms = html.fromstring(page.text).forms
    (form,) = [each for each in forms if each.method == "POST" and each.action == path]
    data = {name: value for name, value in form.form_values() if name != "attachments"} | values
    return client.post(form.action, base_url=LOCAL, data=data)


def test_written_sent_and_read(client: Client, hub: Hub, path: str) -> None:
    sent = filled(
        client,
        path,
        title="Panen padi",
        text="Panen raya hari Senin.",
        author="Rahman",
        attachments=(io.BytesIO(photo()), "panen.jpg"),
    )
    assert sent.status_code == 303
    thanks = client.get(sent.headers["Location"], base_url=LOCAL)
    assert "sudah diterima" in thanks.text
    hub.harvesting.run()
    (card,) = hub.reading.search(SearchRequest()).results
    page = client.get(f"/berita/{card.id}", base_url=LOCAL)
    assert "Panen raya hari Senin." in page.text
    assert path.rpartition("/")[2] not in page.text, "the key must not get about"
    picture = html.fromstring(page.text).xpath("//figure//img/@src")[0].removeprefix(LOCAL)
    got = client.get(picture, base_url=LOCAL)
    assert (got.status_code, got.headers["Content-Type"]) == (200, "image/webp")
    assert "sandbox" in got.headers["Content-Security-Policy"]


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(client: Client, path: str) -> None:
    answer = filled(client, path, title="", text="Panen raya hari Senin.", author="")
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert page.xpath("//*[@id='title-wrong']")
    assert page.xpath("//textarea")[0].text.strip() == "Panen raya hari Senin."
    assert page.xpath("//*[@role='alert']//a/@href") == ["#title"]


def test_a_wrong_file_is_named(client: Client, path: str) -> None:
    answer = filled(client, path, title="A", text="B", attachments=(io.BytesIO(b"MZ\x90"), "virus.exe"))
    assert answer.status_code == 422
    assert "virus.exe" in answer.text


def test_the_same_form_sent_twice_is_one_post(client: Client, hub: Hub, path: str) -> None:
    data = {"title": "Panen", "text": "Panen raya.", "key": "satu"}
    for _ in range(2):
        assert client.post(path, base_url=LOCAL, data=data).status_code == 303
    hub.harvesting.run()
    assert hub.reading.search(SearchRequest()).total == 1


@pytest.mark.parametrize("key", ["1-aaaaaaaaaaaaaaaa", "x", "1"])
def test_a_guessed_address_is_a_plain_404(client: Client, path: str, key: str) -> None:
    assert client.get(f"/kirim/{key}", base_url=LOCAL).status_code == 404
    assert client.post(f"/kirim/{key}", base_url=LOCAL, data={"title": "a"}).status_code == 404


def test_the_page_is_for_nobody_else(client: Client, path: str) -> None:
    page = client.get(path, base_url=LOCAL)
    assert page.headers["Cache-Control"] == "no-store"
    assert html.fromstring(page.text).xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert html.fromstring(page.text).xpath("//meta[@name='referrer']/@content") == ["no-referrer"]


def test_a_file_that_nobody_sent(client: Client, path: str) -> None:
    assert client.get(f"/kiriman/{'a' * 64}/a.jpg", base_url=LOCAL).status_code == 404


def test_the_page_names_the_kim_and_its_village(client: Client, path: str) -> None:
    for query in ("", "?selesai=1", "?lang=en"):
        page = client.get(path + query, base_url=LOCAL)
        assert "KIM Taan" in page.text
        assert "{" not in html.fromstring(page.text).xpath("string(//main)")

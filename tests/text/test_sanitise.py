"""Bodies that may be shown to anybody: the policy, hostile input, and what readers keep."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from hub.model import SafeHtml
from hub.text.markup import MAX_BYTES, emptied, is_wild, text_of, text_of_regular, truncated
from hub.text.normalise import plain
from hub.text.policy import FIXED, POLICY
from hub.text.sanitise import Engine, mark, sanitise

BASE = "https://desabambu.example.id/2026/11/posyandu/"
ENGINES: tuple[Engine, ...] = ("both", "nh3")
#: Elements that a parser adds around or inside a fragment by itself.
IMPLIED = {"html", "head", "body", "div", "p", "span", "colgroup"}


def elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """All elements that two parsers of other descent than ours see in ``html``."""
    fragment = html5lib.parseFragment(html, namespaceHTMLElements=False)
    for node in fragment.iter():
        if node is not fragment and node.tag != "DOCUMENT_FRAGMENT":
            assert isinstance(node.tag, str), f"comment in {html!r}"
            yield node.tag, dict(node.attrib)
    if html.strip():
        for node in lxml_html.fromstring(f"<div>{html}</div>").iter():
            assert isinstance(node.tag, str), f"comment in {html!r}"
            yield node.tag, dict(node.attrib)


def assert_within_policy(html: str) -> None:
    for tag, attributes in elements(html):
        assert tag in POLICY or (tag in IMPLIED and not attributes), (tag, html)
        for name, value in attributes.items():
            if name in FIXED.get(tag, {}):
                assert value == FIXED[tag][name], html
                continue
            assert name in POLICY.get(tag, {}), (tag, name, html)
            assert POLICY[tag][name](value), (tag, name, value, html)
            if name in ("href", "src"):
                assert value.lower().startswith(("http://", "https://")), html


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.corpora
def test_fixtures_of_other_sanitisers(shared_data: Path, engine: Engine) -> None:
    lines = (shared_data / "corpora" / "xss" / "fixtures.jsonl").read_text("utf-8").rstrip("\n").split("\n")
    payloads = [json.loads(line)["payload"] for line in lines]
    assert len(payloads) == 810
    started = time.process_time()
    for payload in payloads:
        clean = sanitise(payload, base=BASE, engine=engine)
        assert sanitise(clean, base=BASE, engine=engine) == clean, payload
        assert_within_policy(clean)
    assert time.process_time() - started < 60


_PIECES = (
    "<p> </p> <div> </div> <b> </b> <a/href=x> <a> </a> <table> <tr> <td> </td> </table> <ul> "
    "<li> </ul> <svg> <math> <mtext> <mglyph> <style> </style> <script> </script> "
    "<iframe/src='https://youtube.com/embed/abcdef'> </iframe> <img/src=x> <img/data-src=y> "
    "<h1> </h1> <form> <br> &nbsp; kata <!-- --> <![CDATA[ ]]> <title> </title> <noscript> "
    "</noscript> <textarea> <select> <option> <template> </template> <em/title='<b>'> \" ' > & "
    "&amp; &lt; &#8; <pre> </pre> [caption] <video/src=v> </video> <dl> <dt> <caption> "
    "<foreignObject> <font> </svg> </math> <nobr> <plaintext> <frameset> <body> <object> <desc> "
    "javascript: onerror=x </section> <a/href=javascript:x> <img/src=x/onerror=x> "
    "<annotation-xml/encoding=text/html> <section> <a/title=x>"
)
PIECES = [*_PIECES.split(), " ", "\n", "<a href=x>"]


@pytest.mark.parametrize("engine", ENGINES)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_mixture_of_tags(engine: Engine, pieces: list[str]) -> None:
    clean = sanitise("".join(pieces), base=BASE, engine=engine)
    assert sanitise(clean, base=BASE, engine=engine) == clean
    assert_within_policy(clean)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    clean = sanitise(text, base=BASE)
    assert sanitise(clean, base=BASE) == clean
    assert_within_policy(clean)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "hostile",
    [
        # X01-X05
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        '<a href="jav&#x09;ascript:alert(1)">x</a>',
        '<a href="java\nscript:alert(1)">x</a>',
        '<a href="&#1;javascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<a href="vbscript:x">x</a>',
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
        "<noscript><style></noscript><img src=x onerror=alert(1)>",
        "<!--><img src=x onerror=alert(1)>-->",
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<iframe src="https://jahat.example/"></iframe>',
        "<object data=x></object><embed src=x>",
        "<form action=/logout><button formaction=/x>k</button><input name=csrf_token></form>",
        # X07-X11
        '<base href="https://jahat.example/"><meta http-equiv=refresh content="0;url=x">',
        "<link rel=stylesheet href=https://jahat.example/x.css>",
        "<style>@import 'x'</style>",
        '<p style="position:fixed;inset:0;background:url(//jahat)" class=a id=csrf_token name=location>x</p>',
        '<a href="https://x.id/" ping=x target=_blank>x</a>',
        '<img srcset="javascript:alert(1)"><video poster=javascript:alert(1)>',
    ],
)
def test_hostile_markup_leaves_nothing_behind(hostile: str, engine: Engine) -> None:
    clean = sanitise(hostile, base=BASE, engine=engine)
    assert_within_policy(clean)
    assert "alert" not in clean
    assert "jahat" not in clean


HOSTILE_SIZES = {
    "20,000 nested div": "<div>" * 20_000 + "isi",
    "52,000 nested b": "<b>" * 52_000 + "isi",
    "50,000 attributes": "isi<a " + " ".join(f"a{n}" for n in range(50_000)) + ">",
    "an attribute of 5 MB": 'isi<a href="' + "x" * 5_000_000 + '">',
    "200,000 <": "isi" + "<" * 200_000,
    "200,000 &a": "isi" + "&a" * 200_000,
    "formatting reopened in each paragraph": "isi<p>"
    + "".join(f"<b title={n}>" for n in range(200))
    + "<p>x" * 50_000,
    "20,000 images": "isi" + "<img src=x>" * 20_000,
    "nesting hidden from a tag counter": "isi" + "<svg><textarea><br><div>" * 10_000,
    "tags hidden in a twice escaped script": 'isi<script><!--<script></script><a b="</script>--></script>'
    + "<div>" * 40_000,
    "empty paragraphs": "isi" + "<p></p>" * 30_000,
    "links without address": "isi" + "<a>" * 19_000,
    "no-break spaces": "isi" + "\u00a0" * 120_000,
}


@pytest.mark.parametrize("name", HOSTILE_SIZES)
def test_hostile_size_is_bounded_in_time_and_never_lost(name: str) -> None:
    started = time.process_time()
    clean = sanitise(HOSTILE_SIZES[name], base=BASE)
    assert time.process_time() - started < 5
    assert len(clean.encode()) <= MAX_BYTES
    assert plain(clean).startswith("isi")
    assert sanitise(clean, base=BASE) == clean


def test_long_document_is_cut_not_dropped() -> None:
    clean = sanitise("<p>Warga Desa Bambu bergotong royong.</p>" * 12_000, base=BASE)
    assert MAX_BYTES * 0.8 < len(clean.encode()) <= MAX_BYTES
    assert clean.endswith("</p>")
    assert sanitise(clean, base=BASE) == clean


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("given_html", "shown"),
    [
        (
            '<a href="/berita" target="_blank" rel="x">B</a>',
            '<a rel="nofollow noopener ugc" href="https://desabambu.example.id/berita">B</a>',
        ),
        (
            '<img src="//cdn.id/a b.jpg">',
            '<img loading="lazy" decoding="async" src="https://cdn.id/a%20b.jpg" alt="">',
        ),
        (
            '<img data-src="/foto.jpg" src="data:image/gif;base64,R0" alt="Foto" width="300" height="50%">',
            '<img loading="lazy" decoding="async" src="https://desabambu.example.id/foto.jpg" '
            'alt="Foto" width="300">',
        ),
        (
            '<img srcset="/k.jpg 300w, /b.jpg 1024w" alt="Foto">',
            '<img loading="lazy" decoding="async" src="https://desabambu.example.id/b.jpg" alt="Foto">',
        ),
        (
            '<img data-lazy-src="/f.jpg" src="/wp-content/plugins/lazy/placeholder.png">'
            '<noscript><img src="/f.jpg"></noscript>',
            '<img loading="lazy" decoding="async" src="https://desabambu.example.id/f.jpg" alt="">',
        ),
        (
            '<p>a</p><img width="1" height="1" src="https://pantau.id/p.gif"><p>&nbsp;</p><p><br></p>',
            "<p>a</p>",
        ),
        ("<h1>Judul</h1><section><center>isi</center></section>", "<h2>Judul</h2><div><div>isi</div></div>"),
        (
            '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0"></iframe>',
            '<p><a rel="nofollow noopener ugc" href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">'
            "youtube.com/watch?v=dQw4w9WgXcQ</a></p>",
        ),
        (
            '<iframe src="https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Ffb.com%2Fv%2F1"></iframe>',
            '<p><a rel="nofollow noopener ugc" href="https://fb.com/v/1">fb.com/v/1</a></p>',
        ),
        (
            '<video controls><source src="/v.mp4">x</video>',
            '<p><a rel="nofollow noopener ugc" href="https://desabambu.example.id/v.mp4">/v.mp4</a></p>',
        ),
        (
            "<table><tr><th scope=col colspan=2>A</th></tr></table>",
            '<table><tbody><tr><th scope="col" colspan="2">A</th></tr></tbody></table>',
        ),
        ("<a href='javascript:x'>teks</a>", "teks"),
        ("<p><span style='color:red'>merah</span> &amp; <font>putih</font></p>", "<p>merah &amp; putih</p>"),
        ("\x00a\x08b\u202ec\ud800", "abc"),
        ("Rp 5 < 6 &lt;b&gt;", "Rp 5 &lt; 6 &lt;b&gt;"),
        ("", ""),
    ],
)
def test_what_readers_get(given_html: str, shown: str, engine: Engine) -> None:
    assert sanitise(given_html, base=BASE, engine=engine) == shown


def test_without_a_base_relative_addresses_are_dropped() -> None:
    assert sanitise('<a href="/admin/logout">x</a><img src="/admin/logout">', base="") == "x"


def test_threads_do_not_mix_their_bases() -> None:
    wrong: list[str] = []

    def work(host: str) -> None:
        for _ in range(60):
            clean = sanitise('<p><a href="/x">x</a></p>', base=f"https://{host}/")
            if f'"https://{host}/x"' not in clean:
                wrong.append(clean)

    threads = [threading.Thread(target=work, args=(f"desa{n}.example.id",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_answer_is_safe_html() -> None:
    assert isinstance(sanitise("<p>a</p>", base=BASE), SafeHtml)


# -- mark --------------------------------------------------------------------------------------------


def test_mark_escapes_and_wraps() -> None:
    assert mark("a <b> & c", [(2, 5)]) == "a <mark>&lt;b&gt;</mark> &amp; c"
    assert isinstance(mark("a", []), SafeHtml)


def test_mark_takes_spans_in_any_order() -> None:
    assert mark("posyandu desa", [(9, 13), (0, 5), (3, 8), (12, 99), (-4, 0)]) == (
        "<mark>posya</mark><mark>ndu</mark> <mark>desa</mark>"
    )


# -- markup ------------------------------------------------------------------------------------------


def test_limits_are_recognised() -> None:
    assert is_wild("<div>" * 257)
    assert not is_wild("<p>a" * 5000)
    assert not is_wild("<div>a</div>" * 2000)
    assert is_wild("x" * 20_000 + "<a " + "b " * 51 + ">")
    assert not is_wild("x" * 20_000 + "<a " + "b " * 50 + ">")


def test_raw_elements_are_emptied() -> None:
    assert emptied("a<script>'<div>'</script>b<title>c<p>") == "a<script></script>b<title></title>"


def test_cut_is_never_inside_a_tag_or_a_character() -> None:
    assert truncated("<p>é</p><a href=x>", 16) == "<p>é</p>"
    assert truncated("éééé", 5) == "éé"
    assert truncated("pendek", 100) == "pendek"


@given(st.lists(st.sampled_from(PIECES), max_size=15))
def test_both_ways_to_text_agree_on_clean_html(pieces: list[str]) -> None:
    clean = sanitise("".join(pieces), base=BASE)
    assert text_of_regular(clean) == text_of(clean)

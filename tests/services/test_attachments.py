"""Uploads are looked at by content, never by name."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from hub.errors import ConfigError
from hub.services.attachments import MAX_BYTES, MAX_SIDE, examine

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(form: str = "JPEG", size: tuple[int, int] = (60, 40), **extra: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **extra)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "type", "made"),
    [
        ("Surat Edaran No. 5.pdf", PDF, "application/pdf", "surat-edaran-no-5.pdf"),
        ("foto.png", picture("JPEG"), "image/jpeg", "foto.jpg"),
        ("../../etc/cron.d/x", picture("PNG"), "image/png", "x.png"),
        ("C:\\fotos\\balai.webp", picture("WEBP"), "image/webp", "balai.webp"),
        ('a"; filename=b.php\r\nX: y.jpg', picture(), "image/jpeg", "a-filename-b-php-x-y.jpg"),
        ("\x00", PDF, "application/pdf", "lampiran.pdf"),
    ],
)
def test_kinds_and_names_are_the_hubs_own(name: str, content: bytes, type: str, made: str) -> None:
    attachment, file = examine(name, content)
    assert (attachment.type, attachment.name) == (type, made)
    assert file.type == type
    assert attachment.size == len(file.content)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"<?xml version='1.0'?><x/>",
        b"<?php system($_GET[0]); ?>",
        b"PK\x03\x04 a zip",
        b"",
        b"GIF89a/*\x00*/=1;alert(1)",
        picture()[:200],
        PDF[:20],
    ],
)
def test_everything_else_is_refused_with_a_cure(content: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        examine("foto.jpg", content)
    (fault,) = caught.value.faults
    assert fault.key == "attachments"
    assert fault.cure


def test_positions_and_what_hides_behind_a_picture_are_gone() -> None:
    exif = Image.Exif()
    exif[Base.Make] = "HP"
    exif.get_ifd(IFD.GPSInfo)[2] = (2.0, 40.0, 12.5)
    _, file = examine("foto.jpg", picture(exif=exif) + b"<script>alert(1)</script>")
    with Image.open(io.BytesIO(file.content)) as redrawn:
        assert not redrawn.getexif()
    assert b"script" not in file.content


def test_size_is_bounded_in_bytes_and_in_pixels() -> None:
    with pytest.raises(ConfigError, match="10 MB"):
        examine("x.pdf", PDF + b" " * MAX_BYTES)
    with pytest.raises(ConfigError, match="25 juta"):
        examine("x.png", picture("PNG", (6000, 5000)))
    _, file = examine("x.png", picture("PNG", (4000, 1000)))
    with Image.open(io.BytesIO(file.content)) as made:
        assert made.size == (MAX_SIDE, MAX_SIDE // 4)


def test_the_same_file_has_the_same_name_of_bytes() -> None:
    assert examine("a.pdf", PDF)[0].sha256 == examine("b.pdf", PDF)[0].sha256

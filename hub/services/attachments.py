"""Files that editors attach: looked at by content, never by name, and kept as they will be sent.

Pictures are drawn anew, which takes out positions (EXIF), scripts behind the picture and other stowaways.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import PurePath
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from hub.errors import ConfigError
from hub.model import Attachment, StoredFile
from hub.text.faults import fault
from hub.text.normalise import fold, shortened, slug

MAX_BYTES: Final = 10 * 2**20
MAX_PIXELS: Final = 25_000_000
#: A picture is made smaller than this on its longer side: phones on slow lines fetch it.
MAX_SIDE: Final = 2000
MAX_FILES: Final = 10
PDF: Final = "application/pdf"
_PICTURES: Final = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
}


def examine(name: str, content: bytes, alt: str = "", *, lang: str = "id") -> tuple[Attachment, StoredFile]:
    """An uploaded file as it may be published.

    Args:
        name: as the editor's computer called it; the hub makes its own from it.
        lang: of complaints.

    Raises:
        ConfigError: it is too large, or neither a picture (JPEG, PNG, WebP) nor a PDF, whatever its name
            says.
    """
    shown = shortened(fold(PurePath(name.replace("\\", "/")).name), 80) or "?"
    if len(content) > MAX_BYTES:
        raise _refused(shown, "file_too_large", lang, most=MAX_BYTES // 2**20)
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise _refused(shown, "file_damaged", lang)
        kind, ending = PDF, "pdf"
    else:
        content, kind, ending = _redrawn(shown, content, lang)
    digest = hashlib.sha256(content).hexdigest()
    stem = slug(PurePath(shown).stem, 60) or "lampiran"
    attachment = Attachment(digest, f"{stem}.{ending}", kind, len(content), shortened(fold(alt), 200))
    return attachment, StoredFile(digest, kind, content)


def _redrawn(shown: str, content: bytes, lang: str) -> tuple[bytes, str, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(_PICTURES)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise _refused(shown, "file_too_many_pixels", lang)
                return _drawn(picture)
    except UnidentifiedImageError:
        raise _refused(shown, "file_kind", lang) from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _refused(shown, "file_damaged", lang) from None


def _drawn(picture: Image.Image) -> tuple[bytes, str, str]:
    form = picture.format or "PNG"
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    if form == "JPEG" and upright.mode not in ("RGB", "L"):
        upright = upright.convert("RGB")
    out = io.BytesIO()
    if form == "PNG":
        upright.save(out, "PNG", optimize=True)
    else:
        upright.save(out, form, quality=85)
    return out.getvalue(), *_PICTURES[form]


def _refused(name: str, what: str, lang: str, **values: object) -> ConfigError:
    return ConfigError([fault("attachments", f"manuscript.{what}", lang, file=name, **values)])

"""Administrative regions, keyed by Kemendagri code only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """A district, sub-district or village.

    ``code`` is the dotted Kemendagri code (``76.02``, ``76.02.01``, ``76.02.01.1002``): the only key,
    since seven kecamatan of Mamuju share their name with a village. ``kind`` is one of ``provinsi``,
    ``kabupaten``, ``kota``, ``kecamatan``, ``distrik``, ``kelurahan``, ``desa``, ``desa_adat``.
    """

    code: str
    name: str
    kind: str

    @property
    def parent(self) -> str:
        """Code of the region above (of a village its kecamatan); empty for a province."""
        return self.code.rpartition(".")[0]

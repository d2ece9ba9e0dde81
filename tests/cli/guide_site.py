"""The unknown site and the unknown API of docs/connectors.md."""

from __future__ import annotations

from hub.testing.stage import Answer, Asked

_PAGE = (
    '<!DOCTYPE html><html lang="id"><head><meta charset="utf-8">'
    "<title>{title}</title></head><body>{body}</body></html>"
)
NEWS = {
    12: (
        "Posyandu Melati buka Rabu ini",
        "24/11/2026 09:14",
        "Kader menimbang balita dan membagikan vitamin. Hubungi ibu kader di 0812-3456-7890.",
    ),
    11: (
        "Jalan tani Dusun Salunangka selesai",
        "21/11/2026 15:30",
        "Warga bergotong royong memperbaiki jalan tani sepanjang dua kilometer.",
    ),
    10: (
        "Pasar desa pindah ke lapangan",
        "18/11/2026 08:00",
        "Mulai pekan depan pasar desa dibuka di lapangan setiap Sabtu pagi.",
    ),
}
PER_PAGE = 2


def site(asked: Asked) -> Answer:
    """Lists at ``/kabar``, two on a page, an article at ``/kabar/NUMBER``; no feed anywhere."""
    if asked.path in ("/", "/kabar"):
        return _html("Desa Sejahtera", _list(int(asked.query.get("hal", "1"))))
    if asked.path.startswith("/kabar/"):
        number = int(asked.path.rpartition("/")[2])
        title, _, text = NEWS[number]
        body = f'<h1>{title}</h1><div class="tulisan"><p>{text}</p></div><div class="bagikan">Bagikan</div>'
        return _html(title, body)
    return Answer(b"tidak ada", 404, "text/plain")


def api(asked: Asked) -> Answer:
    """``/layanan/kabar``, two on a page."""
    if asked.path != "/layanan/kabar":
        return Answer(b"tidak ada", 404, "text/plain")
    page = int(asked.query.get("hal", "1"))
    shown = sorted(NEWS.items(), reverse=True)[(page - 1) * PER_PAGE : page * PER_PAGE]
    return Answer.json(
        {
            "hasil": {
                "kabar": [
                    {
                        "nomor": number,
                        "judul": title,
                        "waktu": when,
                        "naskah": f"<p>{text}</p>",
                        "tautan": f"/kabar/{number}",
                    }
                    for number, (title, when, text) in shown
                ],
                "lanjut": f"/layanan/kabar?hal={page + 1}" if page * PER_PAGE < len(NEWS) else None,
            }
        }
    )


def _list(page: int) -> str:
    shown = sorted(NEWS.items(), reverse=True)[(page - 1) * PER_PAGE : page * PER_PAGE]
    cards = "".join(
        f'<div class="kartu"><h3><a href="/kabar/{number}">{title}</a></h3>'
        f'<small class="waktu">{when}</small></div>'
        for number, (title, when, _) in shown
    )
    older = (
        f'<a class="lama" href="/kabar?hal={page + 1}">Kabar lama</a>' if page * PER_PAGE < len(NEWS) else ""
    )
    return f'<div id="kabar">{cards}</div>{older}'


def _html(title: str, body: str) -> Answer:
    return Answer(_PAGE.format(title=title, body=body).encode(), 200, "text/html; charset=utf-8")

"""News to residents by mail: plain text, one-click unsubscribing by RFC 8058, known as automatic to every
program that answers mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from hub.spec import Item, News, NotifyContext, Option, PublishError, RemoteError

#: One address, as people type it. Local parts in quotes and addresses without a dot are nobody's here.
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}", re.I)
_LONGEST = 254
_MARK = "■"


class MailNotifier:
    name = "mail"
    label: Mapping[str, str] = {"id": "Surel", "en": "E-mail"}
    options: tuple[Option, ...] = ()

    def ready(self, ctx: NotifyContext) -> str:
        return "" if ctx.mails else "no mail server is set: write [mail] url and sender in config.toml"

    def clean(self, address: str) -> str:
        """In lower case, all of it: mailboxes that differ in capitals alone are nobody's, and people write
        capitals as they like."""
        address = address.strip().lower()
        if len(address) > _LONGEST or not _ADDRESS.fullmatch(address):
            raise ValueError("is no mail address")
        local = address.partition("@")[0]
        if local.startswith(".") or local.endswith(".") or ".." in local:
            raise ValueError("is no mail address")
        return address

    def send(self, news: News, address: str, ctx: NotifyContext) -> None:
        host = urlsplit(ctx.hub_url).hostname or "localhost"
        headers = {
            "Message-ID": f"<{news.key}@{host}>",
            "List-Unsubscribe": f"<{news.stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-ID": f"<kabar.{host}>",
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
        }
        if news.urgent:
            headers["Importance"] = "high"
        try:
            ctx.mail([address], news.subject, text_of(news), headers)
        except PublishError as error:
            if error.hint == "no_mailbox":
                raise RemoteError("gone", error.detail, permanent=True) from error
            raise


def text_of(news: News) -> str:
    """The whole message. Addresses stand on lines of their own, so that every program makes links of them."""
    parts = [news.intro, *_items(news.items)]
    parts.append(f"{news.url_words}:\n{news.url}" if news.url_words else news.url)
    foot = [f"{words}: {url}" for words, url in _ways(news) if url]
    return "\n\n".join(parts) + "\n\n-- \n" + "\n".join(foot) + "\n"


def _ways(news: News) -> Iterator[tuple[str, str]]:
    yield news.manage_words, news.manage_url
    yield news.stop_words, news.stop_url


def _items(items: tuple[Item, ...]) -> Iterator[str]:
    heading = ""
    for item in items:
        if item.heading != heading:
            heading = item.heading
            yield f"{heading}\n{'-' * len(heading)}"
        title = f"{_MARK} {item.title}" if item.urgent else item.title
        yield "\n".join(line for line in (title, item.place, item.excerpt, item.url) if line)

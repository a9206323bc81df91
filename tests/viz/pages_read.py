"""A page of a report as a browser reads it."""

import re
from collections import Counter
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """A page's elements, ids and references, and what is wrong with how they are nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.ids: list[str] = []
        self.pointed: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        self._note(dict(attributes))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self._note(dict(attributes))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    def _note(self, attributes: dict[str, str | None]) -> None:
        for name, value in attributes.items():
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "xlink:href", "src", "srcset", "action", "data", "poster"):
                self.addresses.append(value or "")
            if name in ("aria-labelledby", "for"):
                self.pointed.add(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
            self.pointed |= set(re.findall(r"url\(#([^)]+)\)", value or ""))
        self.pointed |= {each[1:] for each in self.addresses if each.startswith("#")}

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

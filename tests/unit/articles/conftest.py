"""A reader of the report's pages."""

from html.parser import HTMLParser

import pytest

VOID = {"meta", "br", "input"}


class Reader(HTMLParser):
    """Collects tags, ids, links and words of a page, and complains of tags that do not close."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.ids, self.links, self.words, self.open, self.classes = [], [], [], [], [], set()
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self.classes |= set(found.get("class", "").split())
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def read_page():
    """Read a page's tags, ids, links and words."""
    return Reader

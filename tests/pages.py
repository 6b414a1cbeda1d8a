"""What a page of ours holds, as a reader of HTML finds it."""

import json
from html.parser import HTMLParser


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.scripts, self.inside, self.links = {}, None, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.inside = dict(attributes).get("id", "code") if tag == "script" else None
        self.links += [value for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.scripts[self.inside] = self.scripts.get(self.inside, "") + data


def data_of(path):
    page = Page(path.read_text(encoding="utf-8"))
    return json.loads(page.scripts["data"]), page

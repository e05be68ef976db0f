"""A browser of a kind: it fills in the forms of pages, and sends them as a browser does."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx


class FormReader(HTMLParser):
    """Reads the fields of the forms of a page that lead somewhere else than out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self._is_ours = False
        self._select: str | None = None
        self._area: list[str] | None = None
        self._name = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_ours = given.get("method") == "post" and given.get("action") != "/sign-out"
            self.action = given.get("action", "") if self._is_ours else self.action
        if not self._is_ours or ("name" not in given and tag not in ("option", "textarea")):
            return
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self._select = given["name"]
            self.fields.append((self._select, ""))
        elif tag == "option" and self._select is not None and "selected" in given:
            self.fields[-1] = (self._select, given.get("value", ""))
        elif tag == "textarea":
            self._name, self._area = given["name"], []

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_ours = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self.fields.append((self._name, "".join(self._area).removeprefix("\n")))
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)


class FormBrowser:
    """Fills in forms on a server."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.origin = str(client.base_url).rstrip("/")

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, headers={"Accept": "text/html"})

    def press(
        self, page: httpx.Response, button: str, *repeated: tuple[str, str], **filled: str
    ) -> httpx.Response:
        """Send the form of a page by one of its buttons; `filled` are fields by their names, `_` for a slash."""
        form = FormReader(page.text)
        values = {name.replace("__", "/"): value for name, value in filled.items()}
        fields = [(name, values.pop(name, value)) for name, value in form.fields]
        path = form.action.partition("#")[0] or page.request.url.path
        return self.send(path, [*fields, *values.items(), *repeated, *([("do", button)] if button else [])])

    def send(
        self, path: str, fields: list[tuple[str, str]], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        body = urlencode(fields)
        usual = {
            "Origin": self.origin,
            "Accept": "text/html",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self.client.post(path, content=body, headers={**usual, **(headers or {})})

"""Build the site without a network, and follow every link of every page.

    .venv/bin/python -m pip install "sphinx~=9.0.4" "myst-nb~=1.4.0" "furo==2025.12.19"
    .venv/bin/python tests/site/run.py [DIR]

This is a command of its own and no part of the tests. The status is 1 if a link, an anchor or an
image leads nowhere, or a page loads anything from outside.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
LOADS = ("src", "srcset", "data", "poster")  # and what a <link> names
NO_LOAD = {"index", "search", "next", "prev", "author", "copyright", "canonical"}
CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
ALONE = ("unshare", "--user", "--map-root-user", "--net")  # a network of its own, without anything


class Page(HTMLParser):
    """What a page names: anchors of its own, where its links lead, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors, self.links, self.unnamed = {"", "top"}, [], []
        self.loaded = [one or two for one, two in CSS_URL.findall(text)]
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        self.loaded += [given[name] for name in LOADS if name in given]
        if tag == "link" and not NO_LOAD & set(given.get("rel", "").split()):
            self.loaded.append(given["href"])
        elif "href" in given:
            self.links.append(given["href"])
        if tag == "img" and not given.get("alt"):
            self.unnamed.append(given.get("src", "")[:60])


def faults(site: Path) -> list[str]:
    """Say what is wrong with the links, images and loaded files of a site."""
    files = [*sorted(site.rglob("*.html")), *sorted(site.rglob("*.css"))]
    pages = {path: Page(path.read_text("utf-8")) for path in files}
    found, seen = [], 0
    for path, page in pages.items():
        name = path.relative_to(site)
        found += [f"{name}: an image without alternative text: {one}" for one in page.unnamed]
        for address in page.links + page.loaded:
            parts = urlsplit(address)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or parts.netloc:
                if address in page.loaded and parts.scheme != "data":
                    found.append(f"{name} loads {address}")
            elif not target.is_file():
                found.append(f"{name}: there is no {address}")
            elif target in pages and unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{name}: no such anchor: {address}")
            seen += not parts.scheme
    print(f"{len(pages)} pages and styles, {seen} internal links, images and files followed")
    return found


def main() -> int:
    """Build and crawl; the status is 1 if anything is wrong."""
    with tempfile.TemporaryDirectory() as scratch:
        site = Path(scratch, "site")
        command = [sys.executable, "-m", "course_utils", "site", str(site)]
        tried = shutil.which("unshare") and subprocess.run([*ALONE, "true"]).returncode == 0
        print("The network is cut." if tried else "This system cannot cut the network here.")
        start = time.perf_counter()
        subprocess.run([*ALONE, *command] if tried else command, cwd=ROOT, check=True)
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        print(f"built in {time.perf_counter() - start:.0f} s, {size / 1e6:.1f} MB")
        more = set(Path(scratch).iterdir()) - {site}
        found = [*faults(site), *(f"{one.name} was left beside it" for one in more)]
        if sys.argv[1:]:
            shutil.copytree(site, sys.argv[1])
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""``site`` shows readers what they should see. ``tests/site/run.py`` builds it for real."""

import re
import runpy
import sys
from pathlib import Path

import pytest

from course_utils import cli
from course_utils.cli import notebooks, site


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """What Sphinx would read."""
    folder = tmp_path_factory.mktemp("site") / "source"
    site.prepare(folder)
    return folder


def test_no_solution_and_no_note_is_on_the_site_and_every_page_is_in_the_menu(source):
    pages = sorted(source.glob("notebooks/*.ipynb"))
    assert [path.name for path in pages] == [path.name for path in notebooks.paths()]
    for path in pages:
        text = path.read_text("utf-8")
        assert not [one for one in ("BEGIN SOLUTION", "For the teacher") if one in text]
        assert "check(" in text
    front = (source / "index.md").read_text("utf-8")
    assert front.startswith("# A ConvNet course that runs\n")
    menu = re.findall(r"^(?:\d\d .+ <)?([\w/]+)>?$", front, re.MULTILINE)
    pages += source.rglob("*.md")
    names = {path.relative_to(source).with_suffix("").as_posix() for path in pages}
    assert names - set(menu) == {"index"}
    assert (source / "static" / "mathjax" / "LICENSE").is_file()


def test_links_of_units_and_pages_lead_to_what_is_there(source):
    link = re.compile(r"\]\(([\w/]+\.(?:ipynb|md|png|cff)|LICENSE)[#)]")
    for path in [*source.rglob("*.md"), *source.rglob("*.ipynb")]:
        for address in link.findall(path.read_text("utf-8")):
            assert (path.parent / address).is_file(), f"{path.name}: {address}"
    assert site.anchor("What is it? (3 minutes)") == "What-is-it?-(3-minutes)"


def test_what_is_missing_and_a_folder_with_something_in_it_are_one_sentence(monkeypatch, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    monkeypatch.setattr(site, "find_spec", lambda name: None if name == "furo" else name)
    assert site.missing() == ["furo==2025.12.19"]
    with pytest.raises(cli.ProblemError, match=re.escape(f'{sys.executable} -m pip install "sph')):
        site.main(str(tmp_path / "new"))
    monkeypatch.setattr(site, "find_spec", lambda name: name)
    with pytest.raises(cli.ProblemError, match="is not empty"):
        site.main(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_crawler_finds_what_leads_nowhere(tmp_path):
    script = Path(__file__).parents[1] / "site" / "run.py"
    faults = runpy.run_path(str(script))["faults"]
    good = (
        '<h1 id="a">A</h1><a href="#a"></a><a href="b.html#%C3%A4"></a><img src="data:," alt="x">'
    )
    (tmp_path / "a.html").write_text(good + '<a href="https://keras.io"></a>', "utf-8")
    (tmp_path / "b.html").write_text('<p id="ä"><a href="a.html"></a>', "utf-8")
    assert faults(tmp_path) == []
    bad = '<a href="#b"></a><a href="c.html"></a><img src="d.png"><script src="//cdn.org/x.js">'
    sheet = '<style>@import "http://e.org/f.css"; p {background: url(https://e.org/g.png)}</style>'
    (tmp_path / "a.html").write_text(sheet + bad, "utf-8")
    (tmp_path / "h.css").write_text("@font-face {src: url('https://e.org/i.woff2')}", "utf-8")
    found = "\n".join(faults(tmp_path))
    for what in ("#b", "c.html", "d.png", "//cdn.org/x.js", "f.css", "g.png", "i.woff2", "text"):
        assert what in found

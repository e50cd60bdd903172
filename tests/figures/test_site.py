"""The documentation's pages: what they link to is there, and cards say what was measured."""

import re
from pathlib import Path

import pytest

import replication
from figures import site
from replication.errors import UserError
from replication.metalearner.network_file import pretrained_names
from replication.recommendation import measured_by


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "pages"
    assert site.main([str(folder)]) == 0
    return folder


def test_every_link_of_every_page_leads_to_a_file(pages: Path) -> None:
    found = 0
    for page in pages.rglob("*.md"):
        for link in site.LINK.finditer(page.read_text(encoding="utf-8")):
            if not re.match("[a-z]+:", link[2]):
                assert (page.parent / link[2]).is_file(), (page, link[2])
                found += 1
    assert found > 100


def test_sources_are_shown_as_text(pages: Path) -> None:
    assert (pages / "replication/starts/ramp.py.txt").is_file()
    assert not [*pages.rglob("*.py")]
    assert "(../replication/starts/ramp.py.txt)" in (pages / "docs/extending.md").read_text("utf-8")


def test_a_link_to_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "one.md").write_text("see [this](two.md#part)", encoding="utf-8")
    monkeypatch.setattr(site, "ROOT", tmp_path)
    monkeypatch.setattr(site, "WRITTEN", ("docs",))
    assert site.main([str(tmp_path / "pages")]) == 2
    message = "docs/one.md links to two.md, which is no file of the repository"
    assert message in capsys.readouterr().err


def test_every_network_has_a_card_with_its_measured_errors(pages: Path) -> None:
    text = (pages / "docs/networks.md").read_text(encoding="utf-8")
    cards = dict(zip(pretrained_names(), re.split("^## ", text, flags=re.M)[1:], strict=True))
    for name, card in cards.items():
        assert card.startswith(f"{name}\n")
        measured = [*measured_by(name)]
        assert card.count("| ") > len(measured) > 0
        for test_set, one, _ in measured:
            assert f"| {test_set['words']} | {test_set['instances']} |" in card
            assert f"{100 * one.error.median:.2g} % [" in card
    # Larger instances than those of the training are said to be so.
    assert "number of spins 14" in cards["ising-p4"]
    assert "trained on: " in cards["maxcut-p4"]


def test_every_published_picture_is_in_the_gallery(pages: Path) -> None:
    text = (pages / "docs/gallery.md").read_text(encoding="utf-8")
    for picture in site.RENDERED.rglob("*.png"):
        assert f"(../{picture.relative_to(site.ROOT)})" in text
    assert "``" not in text
    assert ":math:" not in text


def test_every_public_name_is_in_the_reference() -> None:
    pages = dict(site.reference())
    listed = re.findall(r"::: .*\.(\w+)$", "\n".join(pages.values()), flags=re.M)
    assert set(replication.__all__) - {"__version__"} <= set(listed)
    assert "::: replication.problems.maxcut.maxcut" in pages["Problems"]
    assert "::: replication.landscapes.minima" in pages["Landscapes"]


def test_formulas_become_mathml() -> None:
    text = r'a <span class="arithmatex">\(x^2 &lt; \frac12\)</span> b'
    shown = site.on_page_content(text)
    assert shown.startswith('a <span class="formula"><math')
    assert re.search(r"<mfrac>\s*<mn>1</mn>\s*<mn>2</mn>\s*</mfrac>", shown)
    assert "arithmatex" not in shown
    with pytest.raises(UserError, match=r"formula '\\\\nonsense' cannot be shown"):
        site.on_page_content(r'<span class="arithmatex">\(\nonsense\)</span>')


def test_fences_stay_as_they_are() -> None:
    text = "Adds.\n\n```pycon\n>>> 1 + 1\n2\n\n```\n"
    assert site.fenced(text) == text
    assert site.fenced("One.\n\n>>> 1\n1\n\nTwo.") == "One.\n\n```pycon\n>>> 1\n1\n```\n\nTwo."

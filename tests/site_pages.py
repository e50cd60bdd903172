"""The documentation site in a browser, wide and narrow: `make docs` builds it, then runs this."""

from pathlib import Path

import pytest

from tests.browser import look

SITE = Path(__file__).resolve().parents[1] / ".site" / "html"
PAGES = sorted(
    page.relative_to(SITE).as_posix()
    for page in SITE.rglob("*.html")
    # The page for addresses that are not there is of servers, and its links begin at their root.
    if not page.name.startswith(".") and page.name != "404.html"
)


def test_the_site_is_there() -> None:
    assert "index.html" in PAGES
    assert any(page.startswith("docs/tutorials/") for page in PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sound_at_any_width(page: str, tmp_path: Path) -> None:
    """Everything loads from disk, no script fails, and nothing sticks out of the window."""
    seen, console = look(SITE / page, (1280, 400), tmp_path)
    assert console == []
    for one in seen:
        assert one.errors == []
        assert all(natural > 0 for _, natural in one.images)
        assert one.scroll_width <= one.width
        assert one.smallest_text >= 10
        assert len(one.text) > 100

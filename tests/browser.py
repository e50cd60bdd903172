"""Pages opened in headless Chromium: what loads, what fails and what sticks out."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",  # they would take a part of the width
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
)

# Goes first in the page, so that it hears of everything; answers when all has loaded.
PROBE = """<script>
const errors = [], log = console.error;
console.error = (...words) => { errors.push(words.join(" ")); log(...words); };
addEventListener("error", (event) => {
  const source = event.target;
  errors.push(event.message || `${source.tagName} ${source.src || source.href} did not load`);
}, true);
addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
addEventListener("load", () => setTimeout(() => {
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const texts = [...document.querySelectorAll("p, li, td, th, dt, dd, pre, code, summary")];
  parent.postMessage({
    width: innerWidth,
    scroll_width: document.documentElement.scrollWidth,
    images: [...document.images].map((one) => [one.getAttribute("src"), one.naturalWidth]),
    drawn_widths: [...document.images].map((one) => one.getBoundingClientRect().width),
    smallest_text: Math.min(...texts.map((one) => parseFloat(getComputedStyle(one).fontSize))),
    text: document.body.innerText,
    errors,
  }, "*");
}, 100));
</script>
"""

# The page is shown in frames, since a window cannot be made as narrow as a telephone.
FRAMES = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,">
<pre id="seen"></pre>
<script>
const seen = [];
addEventListener("message", (event) => {
  seen.push(event.data);
  document.getElementById("seen").textContent = JSON.stringify(seen);
});
</script>
"""


@dataclass(frozen=True)
class Seen:
    """What a reader meets at one width, every `<details>` opened.

    **Arguments:**

    - `width`: of the page's window, CSS pixels.
    - `scroll_width`: of its content; more than `width` where something sticks out.
    - `images`: each image's source and natural width, 0 where it did not load.
    - `drawn_widths`: each image's width on the page, CSS pixels.
    - `smallest_text`: smallest font size of running text and tables, CSS pixels.
    - `text`: all that can be read.
    - `errors`: script errors, failed loads, and what the page wrote to `console.error`.
    """

    width: int
    scroll_width: int
    images: list[tuple[str, int]]
    drawn_widths: list[float]
    smallest_text: float
    text: str
    errors: list[str]


def find() -> str:
    """Path of a Chromium; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on PATH (Debian's package chromium): page not opened in a browser")
    return found


def look(page: Path, widths: Sequence[int], scratch: Path) -> tuple[list[Seen], list[str]]:
    """Open a page from disk at several widths.

    **Arguments:**

    - `page`: an HTML file with a `<head>`; a copy with a probe in it is opened beside it.
    - `widths`: CSS pixels.
    - `scratch`: an empty folder for the browser's own files.

    **Returns:** what was seen, in the order of the widths, and the console's lines.
    """
    browser = find()
    copy, frames = page.with_name(f".probe-{page.name}"), page.with_name(".frames.html")
    probed = page.read_text(encoding="utf-8").replace("<head>", f"<head>{PROBE}", 1)
    copy.write_text(probed, encoding="utf-8")
    each = (
        f'<iframe src="{copy.name}" style="width: {width}px; height: 900px; border: 0"></iframe>'
        for width in widths
    )
    frames.write_text("\n".join((FRAMES, *each)), encoding="utf-8")
    try:
        done = subprocess.run(
            [browser, *OPTIONS, f"--user-data-dir={scratch}", "--dump-dom", frames.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
        )
    finally:
        copy.unlink()
        frames.unlink()
    found = re.search(r'<pre id="seen">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found, f"the browser saw nothing: {done.stderr}"
    each_seen = {answer["width"]: Seen(**answer) for answer in json.loads(html.unescape(found[1]))}
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return [each_seen[width] for width in widths], console

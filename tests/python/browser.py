"""Pages in headless Chromium, which `make test` installs, and what axe-core says of them."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

AXE = Path(__file__).parents[2] / ".cache" / "axe" / "axe.min.js"

# Every rule that has a say in WCAG 2.2 AA, what is good practice besides, and the experimental
# rules: those of tables are among them.
TAGS = [
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"),
    *("best-practice", "experimental"),
]


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    raise AssertionError("no Chromium: `scripts/install-packages test` installs it")


def browse(*arguments: str) -> str:
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    done = subprocess.run(
        [chromium(), *quiet, "--virtual-time-budget=20000", *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def asked(page: str, script: str, folder: Path, width: int = 1280, helpers: str = "") -> Any:
    """What `script`, the body of an async function, returns about the page at this width.

    The page stands in a frame, which the script has as `view`: a window of Chromium is never as
    narrow as a phone. `helpers` are functions that the script may call.
    """
    frame = (
        f'<iframe title="page" srcdoc="{html.escape(page)}" '
        f'style="border:0;width:{width}px;height:900px"></iframe>'
    )
    ask = f"""
<script>
{helpers}
window.onload = async () => {{
  const view = document.querySelector('iframe').contentWindow;
  const ask = async () => {{ {script} }};
  const said = await ask().catch(error => ({{error: String(error)}}));
  document.body.innerHTML = '';
  const out = document.createElement('pre');
  out.id = 'said';
  out.textContent = JSON.stringify(said);
  document.body.append(out);
}};
</script>"""
    host = folder / f"host-{width}.html"
    host.write_text(f"<!DOCTYPE html><meta charset=utf-8>{frame}{ask}", "utf-8")
    dom = browse("--window-size=1600,1000", "--dump-dom", host.as_uri())
    found = re.search(r'<pre id="said">(.*?)</pre>', dom, flags=re.DOTALL)
    assert found is not None, dom[-500:]
    said = json.loads(html.unescape(found[1]))
    assert not (isinstance(said, dict) and "error" in said), said
    return said


# ---- how a page is laid out ----

# WCAG 2.2, success criterion 1.4.3 (level AA): text this large may do with less contrast.
LARGE_TEXT_PIXELS = 24.0
CONTRAST, CONTRAST_OF_LARGE_TEXT = 4.5, 3.0

MEASURE = """
function channels(colour) {
  const parts = colour.match(/[\\d.]+/g).map(Number);
  return parts.length === 4 ? parts : [...parts, 1];
}
function over(top, bottom) {
  return [0, 1, 2].map(i => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
}
function luminance(colour) {
  const [r, g, b] = colour.slice(0, 3).map(c => {
    c /= 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function background(element) {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    layers.push(channels(getComputedStyle(e).backgroundColor));
  }
  return layers.reverse().reduce((below, above) => over(above, below), [255, 255, 255, 1]);
}
function contrast(view, element) {
  const style = view.getComputedStyle(element);
  const svg = element instanceof view.SVGElement;
  const ground = background(element);
  const text = over(channels(svg ? style.fill : style.color), ground);
  const [a, b] = [luminance(text), luminance(ground)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}
function texts(view) {
  const walker = view.document.createTreeWalker(view.document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim()) continue;
    if (element.closest('[aria-hidden], title, desc, script, style, .skip')) continue;
    found.push(element);
  }
  return [...new Set(found)];
}
function collisions(view) {
  const found = [];
  for (const chart of view.document.querySelectorAll('svg.chart')) {
    const labels = [...chart.querySelectorAll('text:not([aria-hidden])')];
    const boxes = labels.map(label => label.getBoundingClientRect());
    const frame = chart.getBoundingClientRect();
    boxes.forEach((box, i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 ||
          box.top < frame.top - 1 || box.bottom > frame.bottom + 1) {
        found.push('outside: ' + labels[i].textContent);
      }
      for (let j = i + 1; j < boxes.length; ++j) {
        const other = boxes[j];
        if (box.left < other.right - 1 && other.left < box.right - 1 &&
            box.top < other.bottom - 3 && other.top < box.bottom - 3) {
          found.push(labels[i].textContent + ' / ' + labels[j].textContent);
        }
      }
    });
  }
  return found;
}
function measure(view) {
  view.document.querySelectorAll('details').forEach(d => d.open = true);
  const root = view.document.documentElement;
  const pale = texts(view).map(e => [
    contrast(view, e), parseFloat(view.getComputedStyle(e).fontSize), e.textContent.slice(0, 60)
  ]);
  const wide = [...view.document.querySelectorAll(
      'caption .fit, caption > span, p, li, h1, h2, h3, figcaption')]
    .filter(e => e.getBoundingClientRect().width > root.clientWidth)
    .map(e => e.textContent.slice(0, 60));
  return {
    width: root.clientWidth, scrolls: root.scrollWidth - root.clientWidth, texts: pale, wide: wide,
    collisions: collisions(view), resources: view.performance.getEntriesByType('resource').length,
    cut: [...view.document.querySelectorAll('.scroll')]
      .filter(e => e.scrollWidth > e.clientWidth + 1)
      .map(e => e.textContent.slice(0, 60)),
  };
}
"""


def measured(page: str, width: int, folder: Path) -> dict[str, Any]:
    """What a browser finds when it lays the page out at this width, everything opened."""
    found: dict[str, Any] = asked(page, "return measure(view);", folder, width, MEASURE)
    return found


def too_pale(layout: dict[str, Any]) -> list[tuple[float, str]]:
    """Texts of a measured page that have too little contrast, with how much they have."""
    return [
        (round(ratio, 2), text)
        for ratio, size, text in layout["texts"]
        if ratio < (CONTRAST_OF_LARGE_TEXT if size >= LARGE_TEXT_PIXELS else CONTRAST)
    ]


# ---- axe-core ----


def with_axe(page: str) -> str:
    """The page with axe-core in it."""
    assert AXE.exists(), "no axe-core: `scripts/fetch-axe` fetches it"
    return page.replace("</body>", f"<script>{AXE.read_text('utf-8')}</script></body>")


def axe(page: str, folder: Path, width: int = 1280) -> dict[str, Any]:
    """Rules that are broken, that need a human's eye, that were kept; and how the page lies."""
    said: dict[str, Any] = asked(
        with_axe(page),
        f"""
  const found = await view.axe.run(view.document, {{
    runOnly: {{type: 'tag', values: {json.dumps(TAGS)}}},
  }});
  const plain = list => list.map(
    rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 200) + ' ' + node.failureSummary)]
  );
  const root = view.document.documentElement;
  const texts = 'p, li, dt, dd, h1, h2, h3, caption span';
  return {{
    width: root.clientWidth,
    scrolls: root.scrollWidth - root.clientWidth,
    wide: [...view.document.querySelectorAll(texts)]
      .filter(element => element.getBoundingClientRect().right > root.clientWidth + 1)
      .map(element => element.textContent.slice(0, 60)),
    resources: view.performance.getEntriesByType('resource').length,
    version: found.testEngine.version,
    violations: plain(found.violations),
    incomplete: plain(found.incomplete),
    passes: found.passes.map(rule => rule.id),
  }};""",
        folder,
        width,
    )
    return said

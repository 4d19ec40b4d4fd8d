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


def answer(page: str, script: str, folder: Path, width: int = 1280) -> Any:
    """What a promise comes to that `script` makes within the page, laid out at this width.

    The page stands in a frame: a window of Chromium is never as narrow as a phone.
    """
    assert AXE.exists(), "no axe-core: `scripts/fetch-axe` fetches it"
    framed = page.replace("</body>", f"<script>{AXE.read_text('utf-8')}</script></body>")
    frame = (
        f'<iframe title="page" srcdoc="{html.escape(framed)}" '
        f'style="border:0;width:{width}px;height:900px"></iframe>'
    )
    ask = f"""
<script>
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


def axe(page: str, folder: Path, width: int = 1280) -> dict[str, Any]:
    """Rules that are broken, that need a human's eye, that were kept; and how the page lies."""
    said: dict[str, Any] = answer(
        page,
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

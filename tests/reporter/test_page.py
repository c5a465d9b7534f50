"""The page in a real browser: Chromium, driven by Selenium."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from matrix.report.chapters import Report
from matrix.site.files import rendered
from matrix.verdicts import STYLES
from tests.conftest import ROOT

# Without these, Chromium talks to its maker from the start.
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, report: Report) -> Iterator[webdriver.Chrome]:
    """A report in Chromium; without it the tests fail in CI, and are skipped with the reason elsewhere."""
    found = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    absent = [name for name, path in found.items() if path is None]
    if absent and os.environ.get("CI"):
        pytest.fail(f"{' and '.join(absent)} not installed, and in CI the page must be seen: run nox -s tools first")
    if absent:
        pytest.skip(f"{' and '.join(absent)} not installed; nox -s tools installs them on Debian")
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text(rendered(report)["index.html"], "utf-8")
    options = Options()
    options.binary_location = str(found["chromium"])
    for word in (*QUIET, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(found["chromedriver"])))
    driver.get((folder / "index.html").as_uri())
    yield driver
    driver.quit()


def screenshot(browser: webdriver.Chrome, name: str) -> None:
    """For a person to look at, in build/page/."""
    folder = ROOT / "build" / "page"
    folder.mkdir(parents=True, exist_ok=True)
    assert browser.save_screenshot(str(folder / name))


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_window(browser: webdriver.Chrome, width: int) -> None:
    """Wide tables scroll in a frame of their own, folded or not."""
    browser.set_window_size(width, 900)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": True})
    browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = false)")
    screenshot(browser, f"{width}.png")
    browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]") == [width, width]
    screenshot(browser, f"{width}-open.png")
    browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = false)")


def test_a_fold_opens_by_click_and_by_key(browser: webdriver.Chrome) -> None:
    """Without a script."""
    details = browser.find_element(By.TAG_NAME, "details")
    summary, table = details.find_element(By.TAG_NAME, "summary"), details.find_element(By.TAG_NAME, "table")
    assert not table.is_displayed()
    summary.click()
    assert table.is_displayed()
    summary.send_keys("\n")
    assert not table.is_displayed()


def test_every_link_of_the_contents_leads_to_a_heading(browser: webdriver.Chrome) -> None:
    """And every sentence has a name to link to."""
    links = [link.get_attribute("href") or "" for link in browser.find_elements(By.CSS_SELECTOR, "a[href^='#']")]
    names = {heading.get_attribute("id") for heading in browser.find_elements(By.CSS_SELECTOR, "h1, h2, h3, h4")}
    assert len(links) > 10
    assert [link for link in links if link.split("#")[1] not in names] == []
    assert {"what-to-believe", "reuseaddr-indeterminate-microsoft-guide"} <= names


def test_the_page_has_no_script_asks_for_nothing_and_says_nothing_to_the_console(browser: webdriver.Chrome) -> None:
    """It can be kept as a file, and what a run says can't become one."""
    assert browser.find_elements(By.TAG_NAME, "script") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]  # selenium says no types here


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_in_the_dark(browser: webdriver.Chrome, scheme: str, tmp_path: Path) -> None:
    """At least 7 to 1, as WCAG's AAA asks for text, links and verdicts included."""
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    screenshot(browser, f"{scheme}.png")
    names = ["body", "a", *(f".{style.colour}" for style in STYLES.values() if style.colour != "none")]
    colours = "return arguments[0].map(name => getComputedStyle(document.querySelector(name)).color).concat(getComputedStyle(document.body).backgroundColor)"
    *fronts, back = (luminance(colour) for colour in browser.execute_script(colours, names))
    for front in fronts:
        assert (max(front, back) + 0.05) / (min(front, back) + 0.05) >= 7


def luminance(colour: str) -> float:
    """The relative luminance of `rgb(r, g, b)`, by WCAG 2's formula."""
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

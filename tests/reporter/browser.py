"""Chromium for the tests of the page, driven by Selenium, and what they do in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.conftest import ROOT

# Without these, Chromium talks to its maker from the start.
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
AXE = (ROOT / "build" / "page" / "node_modules" / "axe-core" / "axe.min.js", ROOT / "matrix/site/source/node_modules/axe-core/axe.min.js")
VIOLATIONS = """const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
  .then(found => done(found.violations.map(each => [each.id, each.nodes.length, each.nodes[0].html.slice(0, 200)])), problem => done([String(problem)]))"""


def absent(what: str, remedy: str) -> None:
    """In CI nothing may be left out; elsewhere the reason is said."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and in CI the page must be seen: run {remedy} first")
    pytest.skip(f"{what}; {remedy} installs it")


@contextmanager
def chromium(profile: Path, javascript: bool = True) -> Iterator[webdriver.Chrome]:
    """A browser of its own."""
    found = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        absent(f"{' and '.join(missing)} not installed", "nox -s tools")
    options = Options()
    options.binary_location = str(found["chromium"])
    for word in (*QUIET, f"--user-data-dir={profile}"):
        options.add_argument(word)
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(found["chromedriver"])))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """The page under test."""

    def __init__(self, driver: webdriver.Chrome, path: Path) -> None:
        self.driver, self.address = driver, path.as_uri()

    def open(self, hash_: str = "", width: int = 1280, scheme: str = "light") -> None:
        """Anew, at a width and in a scheme."""
        self.size(width, scheme)
        self.driver.get("about:blank")
        self.driver.get(self.address + hash_)
        self.driver.execute_cdp_cmd("Page.resetNavigationHistory", {})  # a full one forgets steps that a test goes back by

    def size(self, width: int, scheme: str = "light") -> None:
        """The window's width in CSS pixels, and the colours that the system asks for."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *arguments)

    def text(self, place: str) -> str:
        """The text of a part of the page, blanks as one."""
        return " ".join(str(self.run("return document.querySelector(arguments[0]).textContent", place)).split())

    def count(self, selector: str) -> int:
        """How many elements."""
        return int(self.run("return document.querySelectorAll(arguments[0]).length", selector))

    def click(self, selector: str) -> None:
        """As a script does it, wherever the element is."""
        self.run("document.querySelector(arguments[0]).click()", selector)

    def wait(self, condition: str) -> None:
        """Until a condition holds; the driver gives up after its own time."""
        self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1]; const look = () => " + condition + " ? done(true) : setTimeout(look, 20); look()"
        )

    def ask(self, question: str) -> None:
        """Type into the question box, as the reader does."""
        self.run(
            "const box = document.querySelector('#page-question'); box.value = arguments[0]; box.dispatchEvent(new Event('input'))",
            question,
        )

    def choose(self, selector: str, value: str) -> None:
        """In a list."""
        self.run(
            "const list = document.querySelector(arguments[0]); list.value = arguments[1]; list.dispatchEvent(new Event('change'))",
            selector,
            value,
        )
        assert self.run("return document.querySelector(arguments[0]).value", selector) == value

    @property
    def hash(self) -> str:
        """The part of the address behind the #, decoded."""
        return str(self.run("return decodeURIComponent(location.hash.replaceAll('+', ' '))"))

    @property
    def console(self) -> list[str]:
        """What was written to the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]  # selenium says no types here

    def violations(self) -> list[Any]:
        """What axe-core finds wrong with the page as it stands."""
        script = next((path for path in AXE if path.exists()), None)
        if script is None:
            absent("axe-core not installed", "nox -s page")
        assert script is not None
        if not self.run("return typeof axe !== 'undefined'"):
            self.driver.execute_script(script.read_text("utf-8"))
        return list(self.driver.execute_async_script(VIOLATIONS))

    def screenshot(self, name: str) -> None:
        """For a person to look at, in build/screenshots/."""
        folder = ROOT / "build" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        assert self.driver.save_screenshot(str(folder / name))

/* Puts the page together. Nothing here asks the network for anything. */

import { App } from "./app.ts";
import { ask } from "./ask.ts";
import { cases } from "./cases.ts";
import type { PageData } from "./data.ts";
import { lead, part, replace } from "./dom.ts";
import { drawer } from "./drawer.ts";
import { goals } from "./goals.ts";
import { guide, legend } from "./guide.ts";
import { own } from "./own.ts";
import { pinned } from "./pinned.ts";
import { platforms } from "./platforms.ts";
import { reported } from "./reported.ts";
import { sentences } from "./sentences.ts";
import { sideways } from "./sideways.ts";
import { traffic } from "./traffic.ts";
import { comparison, versions } from "./versions.ts";

/** Light, dark, or as the system has it; remembered where the browser allows it. */
function theme(): void {
  const button = part("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const remembered = (): string | null => {
    try {
      return localStorage.getItem("bind-matrix-theme");
    } catch {
      return null;
    }
  };
  let chosen = remembered();
  const show = () => {
    const isDark = chosen ? chosen === "dark" : dark.matches;
    if (chosen) document.documentElement.dataset.theme = chosen;
    replace(button, isDark ? "Light" : "Dark");
    button.setAttribute("aria-label", isDark ? "Light colours" : "Dark colours");
  };
  button.addEventListener("click", () => {
    chosen = (chosen ? chosen === "dark" : dark.matches) ? "light" : "dark";
    try {
      localStorage.setItem("bind-matrix-theme", chosen);
    } catch {
      // it lasts until the page is left
    }
    show();
  });
  dark.addEventListener("change", show);
  show();
}

/** A heading of the report that the address names. */
function openReport(): void {
  const name = decodeURIComponent(location.hash.slice(1));
  const target = name && !name.includes("=") ? document.getElementById(name) : null;
  if (!target) return;
  for (let each = target.parentElement; each; each = each.parentElement) if (each instanceof HTMLDetailsElement) each.open = true;
  target.scrollIntoView();
}

function start(): void {
  const data = JSON.parse(part("data").textContent ?? "") as PageData;
  const app = new App(data);
  part("app").hidden = false;
  part("nav").hidden = false;
  (part("report") as HTMLDetailsElement).open = false;
  theme();
  reported(app);
  sideways();
  replace(part("guide-legend"), legend(data.words));
  for (const mount of [pinned, ask, guide, goals, cases, comparison, versions, traffic, sentences, platforms, own, drawer]) mount(app);
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-state]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.getAttribute("href"));
    app.read();
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-to]");
    if (!link) return;
    event.preventDefault(); // the address keeps its state
    lead(link.dataset.to ?? "");
  });
  addEventListener("hashchange", () => (app.read(), openReport()));
  addEventListener("popstate", () => (app.read(), openReport()));
  app.start();
  openReport();
  document.documentElement.dataset.ready = "1";
}

start();

/* Which runs stand on this page; each has an address, and some of them together have one. */

import type { App } from "./app.ts";
import { systemName } from "./classes.ts";
import type { Platform } from "./data.ts";
import { h, part, replace, thousands } from "./dom.ts";
import { copyLink } from "./drawer.ts";
import { pinsOf } from "./pins.ts";

const HEAD = ["", "run", "system", "version", "imitates", "measured", "rows", "Python", "account", "probe"];

export function platforms(app: App): void {
  app.on([], () => {
    const boxes = app.matrix.platforms.map((each) => h("input", { type: "checkbox", "aria-label": `Choose ${each.target}`, disabled: each.own, onchange: () => count() }));
    const chosen = () => app.matrix.platforms.filter((_, at) => boxes[at].checked);
    const show = h("button", { type: "button", onclick: () => { app.set({ pin: pinsOf(chosen()) }); scrollTo({ top: 0 }); } }); // prettier-ignore
    const count = () => {
      const number = chosen().length;
      show.disabled = !number;
      replace(show, number ? `Show only the ${number > 1 ? `${number} chosen` : "chosen one"}` : "Show only the chosen");
    };
    count();
    replace(part("platform-table"),
      h("p", {}, "A link to exactly these runs names each by the SHA-256 of its observations. On a later page it tells which of them are still there, which were measured anew, and which are gone. ", copyLink(app, {})),
      h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Runs" }, h("table", {},
        h("thead", {}, h("tr", {}, HEAD.map((name) => name ? h("th", { scope: "col" }, name) : h("td", {})))),
        h("tbody", {}, app.matrix.platforms.map((each, at) => h("tr", {}, h("td", {}, boxes[at]), cells(app, each)))))),
      h("p", {}, show)); // prettier-ignore
  });
}

function cells(app: App, each: Platform): HTMLElement[] {
  const { words } = app.matrix;
  return [
    h("th", { scope: "row" }, runLink(app, each), each.own && h("small", {}, " yours")),
    h("td", {}, systemName(app.matrix, each.system), each.container && `, in ${each.container}`),
    h("td", {}, each.release || "not known"),
    h("td", {}, each.imitates ? `${words.same_kernel.includes(each.system) ? "same kernel: " : ""}${systemName(app.matrix, each.imitates.system)} ${each.imitates.version}` : "–"),
    h("td", { class: "number" }, each.measured),
    h("td", { class: "number" }, thousands(each.rows), each.selection && ` (only ${each.selection})`, each.older && " (older vocabulary)"),
    h("td", {}, each.python), h("td", {}, each.account),
    h("td", {}, h("code", { title: each.probe[1] }, each.probe[1].slice(0, 12))),
  ]; // prettier-ignore
}

/** A run by its name; its drawer has its facts, its files and what is near it. */
export function runLink(app: App, platform: Platform): HTMLElement {
  return h("a", { href: app.link({ run: platform.target }), "data-run": platform.target }, h("code", {}, platform.target));
}

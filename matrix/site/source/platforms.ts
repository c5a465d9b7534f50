/* Which runs stand on this page. */

import type { App } from "./app.ts";
import { systemName } from "./classes.ts";
import { h, part, replace, thousands } from "./dom.ts";

export function platforms(app: App): void {
  app.on([], () => {
    const head = ["platform", "system", "version", "imitates", "measured", "rows", "Python", "account", "probe"];
    replace(part("platform-table"),
      h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Platforms" }, h("table", {},
        h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, app.matrix.platforms.map((each) => h("tr", {},
          h("th", { scope: "row" }, each.target, each.own && h("small", {}, " yours")),
          h("td", {}, systemName(app.matrix, each.system), each.container && `, in ${each.container}`),
          h("td", {}, each.version || Object.entries(each.stated).map(([name, value]) => `${name} ${value}`).join(", ") || "not known"),
          h("td", {}, each.imitates ? `${app.matrix.words.same_kernel.includes(each.system) ? "same kernel: " : ""}${systemName(app.matrix, each.imitates.system)} ${each.imitates.version}` : "–"),
          h("td", { class: "number" }, each.measured),
          h("td", { class: "number" }, thousands(each.rows), each.selection && ` (only ${each.selection})`, each.older && " (older vocabulary)"),
          h("td", {}, each.python), h("td", {}, each.account),
          h("td", {}, h("code", { title: each.probe[1] }, each.probe[1].slice(0, 12))))))))); // prettier-ignore
  });
}

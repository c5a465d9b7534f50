/* Who receives what is sent to 127.0.0.1, as bars: two sockets with the same option on IPv4. */

import type { App } from "./app.ts";
import { classesOf, note, shares } from "./answer.ts";
import { bar } from "./bars.ts";
import { h, part, replace } from "./dom.ts";
import { compact } from "./cases.ts";
import { named } from "./classes.ts";

const PLACES = [["specific", "specific"], ["wildcard", "specific"], ["specific", "wildcard"]]; // prettier-ignore

export function traffic(app: App): void {
  const choose = h("select", { id: "page-traffic-protocol", onchange: () => render() }, h("option", { value: "udp" }, "UDP"), h("option", { value: "tcp" }, "TCP listeners"));
  replace(part("traffic-choices"), h("label", { for: "page-traffic-protocol" }, "Two sockets of ", choose));
  const render = () => {
    const { matrix } = app;
    const measure = matrix.measure("deliver-ipv4");
    const rows: HTMLElement[] = [];
    for (const [option] of matrix.words.options)
      for (const [address, address2] of PLACES) {
        const state = choose.value === "udp" ? "bound" : "listening";
        const number = matrix.caseOf([choose.value, "ipv4", option, address, state, "ipv4", option, address2, "same"]);
        if (number === undefined) continue;
        const groups = new Map<string, number[]>();
        for (const group of classesOf(app, number)) {
          const found = shares(app, number, measure, group);
          const key = found.map((share) => share.receiver).join();
          if (found.length) groups.set(key, [...(groups.get(key) ?? []), ...group.members]);
        }
        if (!groups.size) continue;
        rows.push(h("li", { class: "line" },
          h("div", { class: "who" }, h("button", { type: "button", class: "link", "data-case": matrix.idOf(number) }, compact(matrix, number))),
          h("div", { class: "what" }, [...groups.values()].map((members) => {
            const group = { members, name: named(matrix, members) };
            const said = note(app, members);
            return h("div", { class: "receives" }, h("span", { class: "receives-what" }, group.name, said && h("small", {}, ` ${said}`)), bar(shares(app, number, measure, group), "connections or datagrams"));
          })))); // prettier-ignore
      }
    replace(part("traffic-bars"), rows.length ? h("ul", { class: "lines" }, rows) : h("p", { class: "aside" }, "No two such sockets were had anywhere."));
  };
  app.on([], render);
}

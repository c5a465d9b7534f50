/* Where a question has a better answer than two sockets: another section of the page, or what a runtime sets by default. */

import type { App } from "./app.ts";
import { compareVersions, systemName } from "./classes.ts";
import { DOCUMENTED } from "./compare.ts";
import { type Child, h, lead } from "./dom.ts";
import { checked, GOALS, key } from "./goals.ts";
import type { Meaning } from "./questions/reader.ts";
import { recipes } from "./recipes.ts";

const chip = (text: string, onclick: () => void): HTMLElement => h("p", {}, h("button", { type: "button", class: "chip", onclick }, text));

/** The run of a system's newest version; blank where there is none. */
export function newest(app: App, system: string): string {
  const runs = app.matrix.platforms.filter((each) => each.system === system && !each.own);
  return runs.sort((a, b) => compareVersions(b.release, a.release))[0]?.target ?? "";
}

/** The way to the section that answers better. */
export function leading(app: App, meaning: Meaning): Child {
  if (meaning.leads === "compare") return compared(app, meaning);
  if (meaning.runtimes.length && meaning.kind !== "command") return chip(`What ${meaning.runtimes.join(", ")} set${meaning.runtimes.length > 1 ? "" : "s"} by default`, () => app.set({ q: meaning.runtimes.join(" ") }));
  if (meaning.leads !== "advise" || !meaning.goals.length) return null;
  const protocol = meaning.protocols.length === 1 ? meaning.protocols[0] : "tcp";
  const goal = app.data.goals.find((each) => each.protocol === protocol && each.goals.length === meaning.goals.length && each.goals.every((one) => meaning.goals.includes(one)));
  if (!goal) return chip("Which options a server should set", () => lead("goals"));
  return chip(`Which options a server needs that ${meaning.goals.map((each) => GOALS[each] ?? each).join(" and ")}`, () => (app.set({ goal: key(goal) }), lead("goals")));
}

function compared(app: App, meaning: Meaning): Child {
  const systems = [...new Set(meaning.platforms.map(([system]) => system))];
  const missing = systems.filter((system) => !newest(app, system) && system !== "windows");
  const [a, b] = systems.filter((system) => newest(app, system));
  return [
    missing.length > 0 && h("p", { class: "warning" }, `Not measured by us: ${missing.map((system) => systemName(app.matrix, system)).join(", ")}.`),
    a && chip(`${systemName(app.matrix, a)} beside ${b ? systemName(app.matrix, b) : "Windows, as documented"}`, () => (app.set({ a: newest(app, a), b: b ? newest(app, b) : DOCUMENTED }), lead("compare"))),
  ];
}

/** What the runtimes of a question set by default. */
export function ofRuntimes(app: App, meaning: Meaning): Child {
  if (!meaning.runtimes.length) return null;
  const protocols = meaning.protocols.length ? meaning.protocols : ["tcp", "udp"];
  return protocols.map((protocol) => recipes(app, protocol, new Set(), (each) => checked(app, each), meaning.runtimes));
}

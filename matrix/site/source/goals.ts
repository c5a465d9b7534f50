/* "What should I set?": the smallest set of options that reaches a goal, by class of platforms. */

import type { App } from "./app.ts";
import type { Advice, Check, SecondHand } from "./data.ts";
import { named, systemName } from "./classes.ts";
import { h, part, replace, counted, thousands } from "./dom.ts";
import { note } from "./answer.ts";
import { recipes } from "./recipes.ts";
import { optionName } from "./phrases.ts";

/** What a server does that reaches a goal. */
export const GOALS: Record<string, string> = {
  protect: "keeps its traffic",
  restart: "starts again at once",
  share: "shares its port",
  "dual-stack": "serves IPv4 and IPv6",
};
const CRITERIA: Record<string, [met: string, unmet: string, unknown: string]> = {
  "keeps-own": ["keeps its traffic from one other socket of its own account", "another socket of its own account can take its traffic", "not measured whether another socket of its account can take its traffic"],
  "keeps-other": ["keeps its traffic from another account", "another account can take its traffic", "not measured with another account"],
  restarts: ["binds and listens again at once", "can't always bind again at once", "not measured whether it can bind again at once"],
  shares: ["two of them share what is sent", "two of them don't share what is sent", "not measured whether two of them share"],
  "one-socket": ["one socket on :: serves both families", "one socket on :: doesn't serve both families", "not measured with one socket on ::"],
  "two-sockets": ["one socket for each family, side by side", "two sockets can't live side by side", "not measured with two sockets"],
}; // prettier-ignore

export const key = (advice: Advice): string => [...advice.goals, advice.protocol].join("+");

export function goals(app: App): void {
  const { goals: advices } = app.data;
  const all = part("goal-choices");
  if (!advices.length) {
    part("goals").hidden = true;
    return;
  }
  const name = (advice: Advice) => `${advice.protocol.toUpperCase()}: ${advice.goals.map((goal) => GOALS[goal] ?? goal).join(", and ")}`;
  const select = h("select", { id: "page-goal", onchange: () => app.set({ goal: select.value }) }, advices.map((advice) => h("option", { value: key(advice) }, name(advice))));
  replace(all, h("label", { for: "page-goal" }, "A server that …"), select);
  app.on(["goal"], () => {
    const advice = advices.find((each) => key(each) === app.state.goal) ?? advices[0];
    select.value = key(advice);
    replace(part("goal-answer"), answers(app, advice));
  });
}

function answers(app: App, advice: Advice): HTMLElement {
  const required = new Set(advice.answers.flatMap((each) => each.chosen.flatMap((one) => one.checks.filter((check) => check[1]).map(([criterion]) => criterion))));
  return h("div", {},
    h("ul", { class: "lines" }, app.data.heard.filter((each) => each.protocol === advice.protocol).map((each) => secondHand(app, each, key(advice), required)), shownAlike(advice.answers).map((each) => {
      const places = each.targets.map((target) => app.matrix.indexOf(target)).filter((place) => place >= 0);
      if (!places.length) return null;
      const said = note(app, places);
      return h("li", { class: "line" },
        h("div", { class: "who" }, named(app.matrix, places), said && h("small", {}, said)),
        h("div", { class: "what" },
          !each.complete && h("p", { class: "aside" }, !each.chosen.length ? "Nothing was measured." : each.chosen.some((one) => one.checks.some((check) => check[1] && check[2] === false)) ? "Nothing that was measured reaches this; the nearest:" : "Not known in full; the nearest:"),
          each.chosen.map((one) => h("div", { class: "chosen" },
            h("b", {}, optionName(one.option)), one.way && h("span", { class: "aside" }, ` ${one.way}`),
            one.python.length > 0 && h("details", {}, h("summary", {}, "How it is set"), h("pre", { tabindex: "0" }, ["Before bind, in Python:", ...one.python, "", "in C:", ...one.c].join("\n"))),
            h("ul", { class: "checks" }, one.checks.filter(([, required, , cases]) => required || cases).map((check) => checked(app, check)))))));
    })),
    recipes(app, advice.protocol, required, (check) => checked(app, check))); // prettier-ignore
}

/** The answers whose chosen options come to the same, together; what sets them apart is not shown here. */
function shownAlike(answers: Advice["answers"]): Advice["answers"] {
  const found = new Map<string, Advice["answers"][number]>();
  for (const each of answers) {
    const key = JSON.stringify([each.complete, each.chosen]);
    const known = found.get(key);
    found.set(key, known ? { ...known, targets: [...known.targets, ...each.targets] } : each);
  }
  return [...found.values()].sort((a, b) => Number(b.complete) - Number(a.complete));
}

/** A system without a run: which options do, by what others say, and how much of it anybody says. */
function secondHand(app: App, { system, options, meeting }: SecondHand, goal: string, required: ReadonlySet<string>): HTMLElement {
  const doing = meeting[goal];
  const shown = doing?.length ? options.filter(([option]) => doing.includes(option)) : options;
  return h("li", { class: "line" },
    h("div", { class: "who" }, systemName(app.matrix, system), h("small", {}, "not measured by us")),
    h("div", { class: "what" },
      h("p", { class: "aside" }, !options.length || doing === null || doing === undefined ? "Nothing that others say decides this." : doing.length ? "By documents, published tests and reports, second-hand; nothing that is known speaks against:" : "By documents, published tests and reports, second-hand, no option does:"),
      shown.map(([option, heard]) => h("div", { class: "chosen" }, h("b", {}, optionName(option)),
        h("ul", { class: "checks" }, heard.map(([criterion, known, against, rungs, example]) => [
          checked(app, [criterion, required.has(criterion), known ? !against : null, known, against, example], rungs.map(([rung, cases]) => `${thousands(cases)} ${rung}`).join(", "))])))))); // prettier-ignore
}

export function checked(app: App, [criterion, required, met, cases, against, example]: Check, known?: string): HTMLElement {
  const words = CRITERIA[criterion] ?? [criterion, `not ${criterion}`, `${criterion}: not measured`];
  const glyph = met === null ? "·" : met ? "✓" : "✕";
  const kind = met === null ? "none" : met ? "yes" : "no";
  const number = example === undefined ? undefined : app.matrix.caseById(example);
  return h("li", { class: required ? "required" : "besides" },
    h("span", { class: `outcome ${kind}` }, h("span", { class: "glyph", "aria-hidden": "true" }, glyph), ` ${met === null ? (known === undefined ? words[2] : words[2].replace("not measured", "not known")) : met ? words[0] : words[1]}`),
    cases > 0 && h("small", {}, against ? ` in ${against.toLocaleString("en-US")} of ${counted(cases, "case")}` : ` in ${counted(cases, "case")}`, known ? `: ${known}` : ""),
    number !== undefined && [" ", h("button", { type: "button", class: "link", "data-case": example }, "an example")],
    !required && h("small", {}, " (not asked for)")); // prettier-ignore
}

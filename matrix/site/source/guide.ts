/* Microsoft's table for one account, three times: what it says, beside what is known by rung. */

import type { App } from "./app.ts";
import { byRung, RUNG_MARK, rungLabel } from "./answer.ts";
import { compareVersions } from "./classes.ts";
import { h, part, replace } from "./dom.ts";
import type { Rung } from "./judge.ts";
import type { Words } from "./records.ts";
import { errorNames, literal, optionName, outcomeStyle, shortWords } from "./phrases.ts";

const SITUATIONS: [title: string, protocol: string, state: string][] = [
  ["TCP, the first is bound", "tcp", "bound"],
  ["TCP, the first listens", "tcp", "listening"],
  ["UDP", "udp", "bound"],
];
const OPTIONS = ["default", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE"];
const ADDRESSES = ["wildcard", "specific"];
const specs = OPTIONS.flatMap((option) => ADDRESSES.map((address) => [option, address] as const));

/** Whether an outcome is a success, for telling rungs that disagree: an error's name is another matter. */
const kind = (outcome: string): string => outcomeStyle(outcome.split("|")[0]).kind;
/** The kinds among some outcomes that say anything: what is left open contradicts nothing. */
const kinds = (outcomes: readonly string[]): Set<string> => new Set(outcomes.map(kind).filter((each) => each !== "open" && each !== "odd"));

export function guide(app: App): void {
  app.on([], () => {
    replace(part("guide-tables"), SITUATIONS.map(([title, protocol, state]) => table(app, title, protocol, state)));
  });
}

function table(app: App, title: string, protocol: string, state: string): HTMLElement {
  const { words } = app.matrix;
  return h("div", { class: "guide" },
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": title },
      h("table", { class: "grid" },
        h("caption", {}, title),
        h("thead", {},
          h("tr", {}, h("th", { class: "corner", rowspan: "2", colspan: "2", scope: "col" }, "first ↓  second →"), OPTIONS.map((option) => h("th", { colspan: "2", scope: "colgroup" }, optionName(option)))),
          h("tr", {}, specs.map(([, address]) => h("th", { scope: "col" }, literal(words, "ipv4", address))))),
        OPTIONS.map((option) => h("tbody", {}, ADDRESSES.map((address, at) =>
          h("tr", {},
            at === 0 && h("th", { rowspan: "2", scope: "rowgroup" }, optionName(option)),
            h("th", { scope: "row" }, literal(words, "ipv4", address)),
            specs.map(([option2, address2]) => cell(app, [protocol, "ipv4", option, address, state, "ipv4", option2, address2, "same"]))))))))); // prettier-ignore
}

function cell(app: App, words: string[]): HTMLElement {
  const { matrix, judge } = app;
  const number = matrix.caseOf(words);
  if (number === undefined) return h("td", {}, "–");
  const [source, section] = app.data.guide;
  const bind = matrix.measure("bind");
  const said = judge.speaking(matrix, number).find(({ claim, measure }) => claim.source === source && claim.section === section && measure === bind);
  const since = said?.claim.since ?? ""; // what is said of earlier versions is no answer to this table
  const known = judge.known(matrix, number).filter((each) => !each.until || !since || compareVersions(each.until, since) >= 0);
  const measured = matrix.platforms.map((platform, place) => ({ platform, outcome: matrix.outcome(number, bind, place) })).filter((each) => each.platform.system === "windows" && each.outcome);
  const rungs: { rung: Rung; outcomes: string[] }[] = byRung(known, "windows", bind).map(({ rung, outcomes }) => ({ rung, outcomes: [...outcomes.keys()] }));
  if (measured.length) rungs.unshift({ rung: "measured", outcomes: [...new Set(measured.map((each) => each.outcome))] });
  const better = rungs.filter((each) => each.rung !== "documented");
  const disagree = kinds([...(said ? [said.expected] : []), ...rungs.flatMap((each) => each.outcomes)]).size > 1;
  const words2 = better.map((each) => `${each.rung}: ${each.outcomes.map((outcome) => shortWords(matrix.words, outcome, { systems: ["windows"] })).join(", ")}`).join("; ");
  return h("td", { class: disagree ? "disagree" : "" },
    h("button", { type: "button", class: "cell", "data-case": matrix.idOf(number), title: words2 || (disagree ? "documented only, and otherwise by another document" : "documented only") },
      said ? h("span", { class: "documented" }, short(said.expected)) : "–",
      h("span", { class: "marks" },
        better.length ? better.map((each) => h("span", { class: `mark ${each.rung}` }, h("span", { "aria-hidden": "true" }, RUNG_MARK[each.rung]), h("span", { class: "hidden" }, ` ${each.rung} `), each.outcomes.map((outcome) => glyph(outcome)))) : h("span", { class: "mark documented" }, h("span", { "aria-hidden": "true" }, RUNG_MARK.documented), h("span", { class: "hidden" }, "documented only")),
        disagree && h("span", { class: "odds" }, "≠", h("span", { class: "hidden" }, " they disagree"))))); // prettier-ignore
}

function short(expected: string): HTMLElement {
  const style = outcomeStyle(expected);
  return h("span", { class: `outcome ${style.kind}` }, h("span", { class: "glyph", "aria-hidden": "true" }, style.glyph), style.kind === "no" && expected !== "REFUSED" ? ` ${expected}` : ` ${style.word}`);
}

function glyph(outcome: string): HTMLElement {
  const style = outcomeStyle(outcome);
  return h("span", { class: `outcome ${style.kind}` }, h("span", { "aria-hidden": "true" }, style.glyph), h("span", { class: "hidden" }, style.word));
}

/** What the marks mean. */
export function legend(words: Words): HTMLElement {
  return h("ul", { class: "legend" },
    (["measured", "asserted", "reported", "documented"] as Rung[]).map((rung) => h("li", {}, rungLabel(rung))),
    h("li", {}, h("span", { class: "odds" }, "≠"), " some of these disagree, or documents among themselves"),
    ["INUSE", "ACCESS"].map((error) => h("li", {}, short(error), ": ", errorNames(words, error, { systems: ["windows"] }).map((name) => h("code", {}, name))))); // prettier-ignore
}

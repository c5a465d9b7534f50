/* What Microsoft's pages say in sentences, and what each platform shows of it. Each has an address of its own. */

import type { App } from "./app.ts";
import { sourceLink } from "./answer.ts";
import { named } from "./classes.ts";
import type { Sentence } from "./data.ts";
import { copyLink } from "./drawer.ts";
import { type Child, h, part, thousands } from "./dom.ts";

export function sentences(app: App): void {
  const all = app.data.sentences;
  if (!all.length) {
    part("sentences").hidden = true;
    return;
  }
  const list = part("sentence-list") as HTMLDetailsElement;
  let shown: HTMLElement | undefined;
  const choose = () => {
    const chosen = document.getElementById(`page-s-${addressed(all, app.state.sentence)}`);
    for (const each of list.querySelectorAll(".sentence")) each.classList.toggle("chosen", each === chosen);
    if (!chosen) return;
    list.open = true;
    chosen.scrollIntoView({ block: "center" });
  };
  app.on([], () => {
    shown?.remove();
    shown = h("ul", { class: "plain" }, all.map((sentence) => item(app, sentence)));
    list.append(shown);
  });
  app.on(["sentence"], choose);
}

/** What a sentence is called in an address: a document's own name for it is no other document's. */
export const addressOf = (sentence: Sentence): string => `${sentence.source}.${sentence.name}`;

/** The address of the sentence that a link names; older links have no source and find the first of that name. */
export function addressed(all: readonly Sentence[], link: string): string {
  const found = all.find((each) => addressOf(each) === link) ?? all.find((each) => each.name === link);
  return found ? addressOf(found) : "";
}

function item(app: App, sentence: Sentence): HTMLElement {
  return h("li", { id: `page-s-${addressOf(sentence)}`, class: "sentence" },
    h("p", {}, sentence.statement),
    h("p", { class: "aside" }, sourceLink(app, sentence.source, sentence.section), sentence.section && `, ${sentence.section}. `, copyLink(app, { sentence: addressOf(sentence) })),
    h("ul", { class: "checks" }, sentence.answers.map((answer) => answered(app, answer)),
      sentence.against.map(([table, cells]) => h("li", {}, `Contradicted by the table “${table}” in ${thousands(cells)} of its cells`)))); // prettier-ignore
}

/** What a sentence comes to on those of some platforms that are shown. */
function answered(app: App, [targets, relation, verdicts, reasons]: Sentence["answers"][number]): Child {
  const places = targets.map((target) => app.matrix.indexOf(target)).filter((place) => place >= 0);
  if (!places.length) return null;
  return h("li", {}, h("span", { class: "nobreak-words" }, named(app.matrix, places)), ": ",
    verdicts.length ? verdicts.map(([verdict, count], at) => [at > 0 && ", ", verdictMark(app, verdict), ` ${thousands(count)}`]) : relation ? `not measured: ${reasons.join("; ")}` : "the sentence does not speak of it",
    relation === "comparison" && h("small", {}, " (compared only)")); // prettier-ignore
}

/** A verdict as symbol and word. */
export function verdictMark(app: App, verdict: string): HTMLElement {
  const [symbol, colour, meaning] = app.data.styles[verdict] ?? ["", "none", ""];
  return h("span", { class: `verdict ${colour}`, title: meaning }, h("span", { "aria-hidden": "true" }, symbol), ` ${verdict}`);
}

/* What Microsoft's pages say in sentences, and what each platform shows of it. Each has an address of its own. */

import type { App } from "./app.ts";
import { sourceLink } from "./answer.ts";
import { copyLink } from "./drawer.ts";
import { h, part, thousands } from "./dom.ts";

export function sentences(app: App): void {
  const all = app.data.sentences;
  if (!all.length) {
    part("sentences").hidden = true;
    return;
  }
  const made = all.map((sentence) =>
    h("li", { id: `page-s-${sentence.name}`, class: "sentence" },
      h("p", {}, sentence.statement),
      h("p", { class: "aside" }, sourceLink(app, sentence.source, sentence.section), sentence.section && `, ${sentence.section}. `, copyLink(app, { sentence: sentence.name })),
      h("ul", { class: "checks" }, sentence.answers.map(([platforms, relation, verdicts, reasons]) =>
        h("li", {}, h("span", { class: "nobreak-words" }, platforms), ": ",
          verdicts.length ? verdicts.map(([verdict, count], at) => [at > 0 && ", ", verdictMark(app, verdict), ` ${thousands(count)}`]) : relation ? `not measured: ${reasons.join("; ")}` : "the sentence does not speak of it",
          relation === "comparison" && h("small", {}, " (compared only)"))),
        sentence.against.map(([table, cells]) => h("li", {}, `Contradicted by the table “${table}” in ${thousands(cells)} of its cells`)))),
  ); // prettier-ignore
  const list = part("sentence-list") as HTMLDetailsElement;
  list.append(h("ul", { class: "plain" }, made));
  app.on(["sentence"], () => {
    for (const each of made) each.classList.toggle("chosen", each.id === `page-s-${app.state.sentence}`);
    const chosen = made.find((each) => each.id === `page-s-${app.state.sentence}`);
    if (!chosen) return;
    list.open = true;
    chosen.scrollIntoView({ block: "center" });
  });
}

/** A verdict as symbol and word. */
export function verdictMark(app: App, verdict: string): HTMLElement {
  const [symbol, colour, meaning] = app.data.styles[verdict] ?? ["", "none", ""];
  return h("span", { class: `verdict ${colour}`, title: meaning }, h("span", { "aria-hidden": "true" }, symbol), ` ${verdict}`);
}

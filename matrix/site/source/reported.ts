/* The report's own answers and its drawing, once more where the page asks the same. They speak of all runs: with some runs only, they are hidden. */

import { h, part } from "./dom.ts";

// Section of the page → heading of the report's part that answers it, and how many of its first paragraphs and lists.
const ANSWERS: [section: string, heading: string, blocks: number][] = [
  ["guide", "what-windows-does", 9],
  ["goals", "what-should-i-set", 1],
  ["versions", "how-systems-differ-and-since-when", 1],
  ["traffic", "who-receives", 1],
  ["sentences", "where-the-documents-are-wrong", 1],
];

export function reported(): void {
  for (const [section, heading, blocks] of ANSWERS) {
    const found: Node[] = [];
    let each = document.getElementById(heading)?.nextElementSibling;
    for (; each && found.length < blocks && /^(P|UL)$/.test(each.tagName); each = each.nextElementSibling) found.push(each.cloneNode(true));
    if (found.length) part(section).querySelector("h2")!.after(h("div", { class: "of-all-runs" }, found));
  }
  const drawn = document.getElementById("picture-second-socket")?.cloneNode(true) as HTMLElement | undefined;
  part("glance").hidden = !drawn;
  if (!drawn) return;
  drawn.removeAttribute("id");
  part("glance-picture").append(drawn);
}

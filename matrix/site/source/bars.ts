/* Who receives, as a bar of parts with their words beside it. */

import { h } from "./dom.ts";
import { outcomeStyle } from "./phrases.ts";

export interface Share {
  receiver: string;
  count: number;
}

/** A bar whose parts are shares of a whole; its words say the same. */
export function bar(shares: readonly Share[], unit: string): HTMLElement {
  const shown = shares.filter((share) => share.count > 0);
  const total = shown.reduce((sum, share) => sum + share.count, 0);
  const parts = shown.map((share) => {
    const made = h("span", { class: `share ${outcomeStyle(share.receiver).kind}` });
    made.style.flexGrow = String(share.count);
    return made;
  });
  const words = shown.map((share) => {
    const percent = Math.round((100 * share.count) / total);
    return h("span", { class: "share-word" }, h("span", { class: `swatch ${outcomeStyle(share.receiver).kind}`, "aria-hidden": "true" }), `${outcomeStyle(share.receiver).word}${shown.length > 1 ? ` ${percent || "<1"} %` : ""}`);
  });
  return h("div", { class: "bar", title: `${total} ${unit}` }, h("div", { class: "shares", "aria-hidden": "true" }, parts), h("div", { class: "share-words" }, words));
}

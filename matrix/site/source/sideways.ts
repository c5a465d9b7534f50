/* A sign on every box that scrolls sideways: its edge fades where more is hidden, and a line above a table says so. */

import { h } from "./dom.ts";

const BOXES = ".wide, nav, pre";

export function sideways(): void {
  const mark = (box: HTMLElement) => {
    const hidden = box.scrollWidth - box.clientWidth;
    box.classList.toggle("more-left", hidden > 1 && box.scrollLeft > 1);
    box.classList.toggle("more-right", hidden > 1 && box.scrollLeft < hidden - 1);
    if (!box.matches(".wide")) return;
    const before = box.previousElementSibling;
    const hint = before?.classList.contains("sideways") ? before : undefined;
    if (hidden <= 1) hint?.remove();
    else if (!hint) box.before(h("p", { class: "sideways", "aria-hidden": "true" }, "Wider than the screen: scroll sideways ↔"));
  };
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const box = target.closest<HTMLElement>(BOXES);
      if (box) mark(box);
    }
  });
  const watched = new WeakSet<Element>();
  const watch = (inside: Element) => {
    for (const box of [...(inside.matches(BOXES) ? [inside as HTMLElement] : []), ...inside.querySelectorAll<HTMLElement>(BOXES)]) {
      if (watched.has(box)) continue;
      watched.add(box);
      sizes.observe(box);
      if (box.firstElementChild) sizes.observe(box.firstElementChild);
      box.addEventListener("scroll", () => mark(box), { passive: true });
    }
  };
  watch(document.body);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node instanceof Element) watch(node);
  }).observe(document.body, { childList: true, subtree: true });
}

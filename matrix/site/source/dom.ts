/* Elements. Whatever a text says, it stays text. */

export type Child = Node | string | number | null | undefined | false | readonly Child[];
type Handlers = { [event in keyof HTMLElementEventMap as `on${event}`]?: (event: HTMLElementEventMap[event]) => void };
export type Attributes = Handlers & Record<string, unknown>;

/** An element: `class`, `data-…`, `aria-…` and other attributes by name, `on…` for what happens. */
export function h<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value as EventListener);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  add(made, children);
  return made;
}

function add(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(parent, child as readonly Child[]);
    else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  add(parent, children);
}

/** The element of the page with an id; it is there, or the page is broken. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(`page-${id}`);
  if (!found) throw new Error(`the page has no part ${id}`);
  return found;
}

/** Lead the reader to a section: it is opened, in sight, and has the focus. */
export function lead(section: string): void {
  const target = part(section);
  for (const each of [target, ...target.querySelectorAll("#page-sentence-list")]) if (each instanceof HTMLDetailsElement) each.open = true;
  target.scrollIntoView();
  (target.querySelector<HTMLElement>("h1, h2, summary, input") ?? target).focus({ preventScroll: true });
}

export const thousands = (number: number): string => number.toLocaleString("en-US");
export const counted = (number: number, noun: string): string => `${thousands(number)} ${noun}${number === 1 ? "" : "s"}`;

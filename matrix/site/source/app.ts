/* What the parts of the page share: the data, the state, and who is told when it changes. */

import { Judge } from "./judge.ts";
import { type Grammar, parsed } from "./questions/grammar.ts";
import { Matrix, type PageData } from "./data.ts";
import { pinned, type Pinned } from "./pins.ts";
import { EMPTY, fromHash, type State, toHash } from "./state.ts";

type Part = keyof State;

export class App {
  all: Matrix; // every run of the page, and the reader's own
  matrix: Matrix; // those that are shown
  pinned: Pinned | undefined; // what became of the runs that the address pins
  readonly judge: Judge;
  readonly grammar: Grammar;
  state: State = { ...EMPTY };
  private readonly listeners: { parts: readonly Part[]; render: () => void }[] = [];

  constructor(readonly data: PageData) {
    this.all = this.matrix = Matrix.of(data);
    this.judge = new Judge(data);
    this.grammar = parsed(data.grammar);
  }

  /** Render at the start, and again whenever one of these parts of the state changes, or the platforms do. */
  on(parts: readonly Part[], render: () => void): void {
    this.listeners.push({ parts, render });
  }

  /** Change the state: with `push` as a step that the back button takes back. */
  set(change: Partial<State>, push = true): void {
    const before = this.state;
    this.state = { ...before, ...change };
    const hash = toHash(this.state);
    if (hash !== toHash(before)) history[push ? "pushState" : "replaceState"](null, "", hash ? `#${hash}` : "#");
    this.tell(before);
  }

  /** The first rendering, of what the address says. */
  start(): void {
    this.state = fromHash(location.hash) ?? this.state;
    this.choose();
    this.everything();
  }

  /** Take the state from the address. */
  read(): void {
    const before = this.state;
    const found = fromHash(location.hash);
    if (!found) return;
    this.state = found;
    this.tell(before);
  }

  /** The address that shows just this. */
  link(change: Partial<State>): string {
    return `#${toHash({ ...EMPTY, pin: this.state.pin, ...change })}`;
  }

  /** Have other platforms than before. */
  take(all: Matrix): void {
    this.all = all;
    this.choose();
    this.everything();
  }

  /** Which platforms are shown: all, or those that the address pins and the reader's own. */
  private choose(): void {
    const { platforms } = this.all;
    this.pinned = this.state.pin ? pinned(this.state.pin, platforms) : undefined;
    const places = this.pinned?.places;
    this.matrix = places ? this.all.only(platforms.flatMap((each, place) => (each.own || places.includes(place) ? [place] : []))) : this.all;
  }

  everything(): void {
    for (const { render } of this.listeners) render();
  }

  private tell(before: State): void {
    if (before.pin !== this.state.pin) {
      this.choose();
      this.everything();
      return;
    }
    for (const { parts, render } of this.listeners)
      if (parts.some((part) => JSON.stringify(before[part]) !== JSON.stringify(this.state[part]))) render();
  }
}

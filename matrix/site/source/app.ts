/* What the parts of the page share: the data, the state, and who is told when it changes. */

import { Judge } from "./judge.ts";
import { type Grammar, parsed } from "./questions/grammar.ts";
import { Matrix, type PageData } from "./data.ts";
import { EMPTY, fromHash, type State, toHash } from "./state.ts";

type Part = keyof State;

export class App {
  matrix: Matrix;
  readonly judge: Judge;
  readonly grammar: Grammar;
  state: State = { ...EMPTY };
  private readonly listeners: { parts: readonly Part[]; render: () => void }[] = [];

  constructor(readonly data: PageData) {
    this.matrix = Matrix.of(data);
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
    return `#${toHash({ ...EMPTY, ...change })}`;
  }

  everything(): void {
    for (const { render } of this.listeners) render();
  }

  private tell(before: State): void {
    for (const { parts, render } of this.listeners)
      if (parts.some((part) => JSON.stringify(before[part]) !== JSON.stringify(this.state[part]))) render();
  }
}

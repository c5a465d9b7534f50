/* Shell globs over the words of a case's id, as the probe's --only has them. */

/** The regular expression of a glob, as Python's fnmatch reads it: `*`, `?`, `[seq]` and `[!seq]`. */
export function globbed(pattern: string): RegExp {
  let made = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    const end = char === "[" ? pattern.indexOf("]", at + (pattern[at + 1] === "!" ? 3 : 2)) : -1;
    if (char === "*") made += ".*";
    else if (char === "?") made += ".";
    else if (end > 0) {
      const inside = pattern.slice(at + 1, end).replace(/[\\^\]]/g, "\\$&").replace(/^!/, "^"); // prettier-ignore
      made += `[${inside}]`;
      at = end;
    } else made += char.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  }
  try {
    return new RegExp(`^${made}$`);
  } catch {
    return /^(?!)/; // a range that is none fits nothing
  }
}

/** Whether each glob fits a word of the id, in their order. */
export function matches(id: string, globs: readonly RegExp[]): boolean {
  let at = 0;
  for (const word of id.split(" ")) if (at < globs.length && globs[at].test(word)) at++;
  return at === globs.length;
}

/** The patterns of an --only, with commas between them, each as the globs of its words. */
export function patternsIn(selection: string): RegExp[][] {
  const words = (pattern: string) => pattern.split(/\s+/).filter(Boolean);
  return selection.split(",").map(words).filter((pattern) => pattern.length).map((pattern) => pattern.map(globbed)); // prettier-ignore
}

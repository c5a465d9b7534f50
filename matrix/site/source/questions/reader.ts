/* From a question in anybody's words to what it asks. The steps are those of matrix/questions/reader.py, and both are held to
   matrix/questions/questions.csv. */

import type { Words } from "../data.ts";
import { blankless, cut } from "./cut.ts";
import type { Grammar, Token, Topic } from "./grammar.ts";
import { cutAt, described, DESCRIBING, type Draft, type Shared, shared } from "./sockets.ts";

export const ANY = "*";
const BOUND_MEASURES = ["late-option", "first-listen"];
const ORDER = ["protocol", "first-option", "first-address", "second-option", "second-address", "v6only", "state", "account"];
// Whose the first and the second socket are: the word for the pair. A blank is the other one of the two.
const OWNERS: Record<string, string> = {
  "-other": "other", "own-other": "other", "own-": "other",
  "-own": "other-first", "other-own": "other-first", "other-": "other-first",
  "other-other": "others", "own-own": "same",
}; // prettier-ignore
const FAMILIES: Record<string, string[]> = { ipv6: ["ipv6", "dual"], v6only: ["ipv6"] }; // that a family's word may stand for, where it is not its own
const ASKING = [...DESCRIBING, "state", "twin", "measure", "wanted", "inverse", "account"];

export interface Socket {
  family: string;
  option: string;
  address: string;
}

export interface Meaning {
  kind: "case" | "find" | "fact" | "error" | "topic" | "command" | "pattern" | "empty" | "unknown";
  text: string;
  protocols: string[];
  first: Socket | undefined;
  states: string[];
  second: Socket | undefined;
  account: string;
  measures: string[];
  wanted: string;
  options: string[]; // that a fact of the host is about; empty for all
  errors: string[];
  topic: string;
  platforms: [system: string, version: string][];
  port: number | undefined;
  versions: boolean; // asked is what changed from version to version
  goals: string[]; // what a server wants
  runtimes: string[]; // as the recipes name them
  leads: string; // what answers better: advise, compare
  privileged: boolean; // root or an administrator was named
  assumed: string[];
  corrected: [string, string][];
  unknown: string[];
  near: [string, string[]][];
}

/** The case in the words of an id, `|` between alternatives and `*` for any; blank where no sockets are asked about. */
export function caseText(meaning: Meaning): string {
  if (meaning.kind === "pattern") return meaning.text;
  const { first, second } = meaning;
  if (!first || !second) return "";
  const spec = (socket: Socket) => `${socket.family} ${socket.option}@${socket.address}`;
  return `${meaning.protocols.join("|")} ${spec(first)} ${meaning.states.join("|")} ${spec(second)} ${meaning.account}`;
}

export class Reader {
  private readonly options: string[];
  private readonly states: string[];
  private readonly closedStates: string[];
  private readonly hostMeasures: string[];
  private readonly places: Set<string>;

  constructor(
    readonly grammar: Grammar,
    words: Words,
  ) {
    this.options = words.codes.first_option;
    this.states = words.codes.first_state;
    const live = words.live.map(([name]) => name);
    this.closedStates = this.states.filter((state) => !live.includes(state));
    this.hostMeasures = words.measures.filter(([, about]) => about === "host").map(([name]) => name);
    this.places = new Set(words.addresses.map(([family, address]) => `${family} ${address}`));
  }

  read(text: string, inverse = false): Meaning {
    const stripped = blankless(text).join(" ");
    const blank: Meaning = { kind: "empty", text: stripped, protocols: [], first: undefined, states: [], second: undefined, account: "", measures: [], wanted: "", options: [],
      errors: [], topic: "", platforms: [], port: undefined, versions: false, goals: [], runtimes: [], leads: "", privileged: false, assumed: [], corrected: [], unknown: [], near: [] }; // prettier-ignore
    if (stripped.split(" ").some((word) => word.includes("@") && word.includes(ANY))) return { ...blank, kind: "pattern" };
    const found = cut(stripped, this.grammar);
    const values = (slot: string) => found.tokens.filter((token) => token.slot === slot).map((token) => token.value);
    const sockets = shared(found.tokens, this.grammar, this.options);
    const topic = this.topicOf(found.tokens, sockets);
    const port = values("port")[0];
    const spokenOf: Meaning = {
      ...blank,
      kind: found.unknown.length ? "unknown" : "empty",
      protocols: distinct(values("protocol")),
      measures: measuresOf(values("measure")),
      wanted: wantedOf(values("wanted")[0] ?? ""),
      errors: distinct(values("error")),
      topic: topic?.id ?? "",
      platforms: [...new Set(values("platform"))].map((value) => {
        const at = value.indexOf(" ");
        return at < 0 ? [value, ""] : [value.slice(0, at), value.slice(at + 1)];
      }),
      port: port === undefined ? undefined : Number(port),
      versions: values("versions").length > 0,
      goals: this.goalsOf(found.tokens),
      runtimes: distinct(values("runtime")),
      privileged: values("owner").includes("own"),
      corrected: found.corrected,
      unknown: [...found.unknown, ...spare(found.tokens)],
      near: found.near,
    };
    const spoken = new Set(found.tokens.map((token) => token.slot).filter((slot) => slot !== "separator"));
    if (!spoken.size) return spokenOf;
    const asked: Meaning = { ...spokenOf, leads: leadsOf(spokenOf, values) };
    const speaks = (slots: readonly string[]) => slots.some((slot) => spoken.has(slot));
    if (topic && !topic.partly) return { ...asked, kind: "topic" };
    if (asked.errors.length && !inverse && !speaks(ASKING)) return { ...asked, kind: "error" };
    if (asked.measures.length && asked.measures.every((measure) => this.hostMeasures.includes(measure)) && !speaks([...DESCRIBING, "twin"].filter((slot) => slot !== "option")))
      return { ...asked, kind: "fact", options: distinct(values("option")) };
    if (asked.leads && !inverse && !speaks([...DESCRIBING, "twin"])) {
      if (asked.leads === "compare" ? !speaks(ASKING) : asked.runtimes.length || bothGoals(asked)) return { ...asked, kind: "command" };
    }
    return this.ofSockets(found.tokens, sockets, asked, inverse);
  }

  private ofSockets(tokens: Token[], sockets: Shared, asked: Meaning, inverse: boolean): Meaning {
    const there = (slot: string) => tokens.filter((token) => token.slot === slot).map((token) => token.value);
    const { first, second } = sockets;
    const assumed = new Set<string>();
    const [typed, by] = this.statesOf(tokens);
    let { protocols } = asked;
    if (!protocols.length) {
      assumed.add("protocol");
      protocols = [this.guessedProtocol(typed, asked)];
    }
    let [states, stateAssumed] = settledStates(typed, protocols, asked.measures);
    if (stateAssumed) assumed.add("state");
    const ofHosts = tokens.filter((token) => token.slot === "measure" && token.value.split("|").every((measure) => this.hostMeasures.includes(measure)));
    const closed = this.closedStates.includes(states[0]);
    const twin = there("twin").length > 0;
    const restarted = closed && Boolean(first.option) && !described(second);
    if (twin && states.length === 2 && states.includes("accepted") && states.includes("time-wait")) states = ["listening", ...states];
    const account = there("account");
    const several = account.length > 0 && account[0] !== "same";
    const alone = !(described(second) || second.owner || twin || restarted || several);
    const undescribed = !(described(first) || described(second) || twin);
    const isInverse = inverse || alone || undescribed || there("inverse").length > 0 || asked.wanted === "live";
    const options = settledOptions(first, second, twin, isInverse, restarted, assumed);
    const places = this.settledPlaces(first, second, twin, closed, states.includes("client-ephemeral"), assumed);
    const [one, other] = places.map(([family, address], place) => ({ family, address, option: options[place] }));
    const byError = asked.errors.length ? this.grammar.errors.get(asked.errors[0])!.outcome : "";
    const unused = [
      ...tokens.filter((token) => token.slot === "state" && !by.some((each) => each.value === token.value) && !token.value.split("|").some((state) => states.includes(state))),
      ...tokens.filter((token) => ["family", "literal"].includes(token.slot) && !this.serves(token, places)),
      ...ofHosts,
    ].map((token) => token.typed);
    const whose = settledAccount(account, sockets, assumed);
    return {
      ...asked,
      kind: isInverse ? "find" : "case",
      protocols,
      first: one,
      states,
      second: other,
      measures: asked.measures.filter((measure) => !this.hostMeasures.includes(measure)),
      account: whose,
      wanted: isInverse ? (byError && ["", "REFUSED"].includes(asked.wanted) ? byError : asked.wanted) : "",
      assumed: ORDER.filter((each) => assumed.has(each)),
      unknown: [...new Set([...asked.unknown, ...sockets.leftOver, ...unused])],
    };
  }

  private topicOf(tokens: Token[], sockets: Shared): Topic | undefined {
    const there = new Set(tokens.map((token) => `${token.slot}=${token.value.split(" ")[0]}`));
    if (sockets.more) there.add("mark=three");
    return this.grammar.topics.find((topic) => topic.when.some((wanted) => wanted.every((each) => there.has(each))));
  }

  private goalsOf(tokens: Token[]): string[] {
    const there = new Set(tokens.map((token) => `${token.slot}=${token.value}`));
    return this.grammar.goals.filter(([, alternatives]) => alternatives.some((wanted) => wanted.every((each) => there.has(each)))).map(([goal]) => goal);
  }

  private statesOf(tokens: Token[]): [states: string[], part: Token[]] {
    for (const part of cutAt(tokens, "0")) {
      const named = part.filter((token) => token.slot === "state").map((token) => token.value);
      const alone = named.filter((value) => this.closedStates.includes(value));
      const found = distinct(named.filter((value) => !value.includes("|") || alone.every((state) => value.split("|").includes(state))));
      if (found.length) return [this.states.filter((state) => found.includes(state)), part];
    }
    return [[], []];
  }

  private guessedProtocol(states: string[], asked: Meaning): string {
    if (asked.measures.some((measure) => measure.startsWith("multicast-"))) return "udp";
    const tcpOnly = states.some((state) => state === "listening" || this.closedStates.includes(state));
    return asked.port !== undefined && this.grammar.udpPorts.has(asked.port) && !tcpOnly ? "udp" : "tcp";
  }

  private serves(token: Token, places: [string, string][]): boolean {
    const meant = token.slot === "family" ? (FAMILIES[token.value] ?? [token.value]) : this.grammar.literals[token.value].families;
    return places.some(([family]) => meant.includes(family));
  }

  private settledPlaces(first: Draft, second: Draft, twin: boolean, closed: boolean, ephemeral: boolean, assumed: Set<string>): [string, string][] {
    const drafts = [first, second];
    const literals = drafts.map((draft) => (Object.hasOwn(this.grammar.literals, draft.literal) ? this.grammar.literals[draft.literal] : undefined));
    const addresses = drafts.map((draft, place) => literals[place]?.address ?? draft.address);
    const typed = drafts.map((draft) => draft.family);
    for (const [here, other] of [[0, 1], [1, 0]]) { // prettier-ignore
      const [literal, beside] = [literals[here], literals[other]];
      if (literal && typed[here] && !literal.families.includes(typed[here])) {
        if (beside && !typed[other] && beside.families.includes(typed[here])) typed[other] = typed[here];
        typed[here] = "";
      }
    }
    const known = typed.map((family, place) => (addresses[place].startsWith("mapped-") ? "dual" : family || literals[place]?.families[0] || ""));
    let families = [known[0] || known[1] || "ipv4", known[1] || known[0] || "ipv4"];
    ["first-address", "second-address"].forEach((name, place) => {
      if (!addresses[place] && !(twin && addresses[1 - place])) assumed.add(name);
    });
    if (literals.some((literal, place) => literal && literal.families[0] === "dual" && literal.families.length > 1 && !typed[place])) assumed.add("v6only");
    let chosen = [addresses[0] || addresses[1] || "wildcard", addresses[1] || addresses[0] || "wildcard"];
    if (closed) {
      families = ["ipv4", "ipv4"];
      chosen = chosen.map((address) => (address.endsWith("wildcard") ? "wildcard" : "specific"));
    }
    if (ephemeral) chosen = ["specific", addresses[1] ? chosen[1] : "wildcard"];
    return families.map((family, place) => {
      const address = chosen[place];
      return [family, this.places.has(`${family} ${address}`) ? address : address.endsWith("wildcard") ? "wildcard" : "specific"];
    });
  }
}

function distinct(values: string[]): string[] {
  return [...new Set(values.flatMap((value) => value.split("|")))];
}

/** What is wanted: a server that protects its port wants refusals. */
const wantedOf = (value: string): string => (value === "protect" ? "REFUSED" : value);

/** What was typed of ports, accounts and wanted answers beside the first of each, which alone counts. */
function spare(tokens: Token[]): string[] {
  const found = ["port", "account", "wanted"].flatMap((slot) => {
    const these = tokens.filter((token) => token.slot === slot);
    return these.filter((token) => wantedOf(token.value) !== wantedOf(these[0].value));
  });
  return [...new Set(found.map((token) => token.typed))];
}

const bothGoals = (asked: Meaning): boolean => asked.goals.includes("protect") && asked.goals.includes("restart");

function leadsOf(asked: Meaning, values: (slot: string) => string[]): string {
  if (values("mark").includes("compare") && asked.platforms.length) return "compare";
  return asked.runtimes.length || bothGoals(asked) || (asked.goals.length && values("inverse").length) ? "advise" : "";
}

function measuresOf(values: string[]): string[] {
  const found = distinct(values);
  const special = found.some((measure) => measure.startsWith("multicast-") || measure.startsWith("inherit-"));
  return found.filter((measure) => !(special && measure.startsWith("deliver-")));
}

function settledStates(typed: string[], protocols: string[], measures: string[]): [string[], boolean] {
  if (protocols.length === 1 && protocols[0] === "udp") return [["bound"], !typed.length];
  if (typed.length) return [typed, false];
  const onlyBound = measures.some((measure) => BOUND_MEASURES.includes(measure) || measure.startsWith("multicast-"));
  return [onlyBound ? ["bound"] : protocols.includes("udp") ? ["listening", "bound"] : ["listening"], true];
}

function settledOptions(first: Draft, second: Draft, twin: boolean, inverse: boolean, restarted: boolean, assumed: Set<string>): [string, string] {
  if (twin || restarted) {
    if (restarted && !twin) assumed.add("second-option");
    if (!inverse && !first.option && !second.option) assumed.add("first-option").add("second-option");
    const usual = inverse ? ANY : "default";
    return [first.option || second.option || usual, second.option || first.option || usual];
  }
  if (inverse) return [first.option || ANY, second.option || ANY];
  if (!first.option) assumed.add("first-option");
  if (!second.option) assumed.add("second-option");
  const one = first.option || "default";
  return [one, second.option || (described(second) ? "default" : one)];
}

function settledAccount(typed: string[], sockets: Shared, assumed: Set<string>): string {
  if (typed.length) return typed[0];
  const [first, second] = [sockets.first.owner, sockets.second.owner];
  if (!first && !second) {
    assumed.add("account");
    return "same";
  }
  return first && !second && !sockets.separated ? OWNERS[`-${first}`] : OWNERS[`${first}-${second}`];
}

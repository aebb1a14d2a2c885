import { buildDfa } from '../regex/build-dfa.ts';
import { uniteDfas } from '../regex/combine-dfa.ts';
import { Dfa, type DfaState } from '../regex/dfa.ts';
import { parseRegex } from '../regex/parse-regex.ts';

const shortMonthDay = '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8])';
const leapYear = '(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const date = `(?:[0-9]{4}-(?:${shortMonthDay})|${leapYear}-02-29)`;
const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
const offset = `[+-]${clock}`;
const time = `${clock}:[0-5][0-9](?:\\.[0-9]+)?`;
const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ipv4 = `${byte}(?:\\.${byte}){3}`;
const h16 = '[0-9A-Fa-f]{1,4}';
const last32 = `(?:${h16}:${h16}|${ipv4})`;
const ipv6 = [
  `(?:${h16}:){6}${last32}`,
  `::(?:${h16}:){5}${last32}`,
  `(?:${h16})?::(?:${h16}:){4}${last32}`,
  `(?:(?:${h16}:){0,1}${h16})?::(?:${h16}:){3}${last32}`,
  `(?:(?:${h16}:){0,2}${h16})?::(?:${h16}:){2}${last32}`,
  `(?:(?:${h16}:){0,3}${h16})?::${h16}:${last32}`,
  `(?:(?:${h16}:){0,4}${h16})?::${last32}`,
  `(?:(?:${h16}:){0,5}${h16})?::${h16}`,
  `(?:(?:${h16}:){0,6}${h16})?::`,
].join('|');
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const quotedLocal = '"(?:[ !#-\\[\\]-~]|\\\\[ -~])*"';
const escaped = '%[0-9A-Fa-f]{2}';
const unreserved = "A-Za-z0-9._~!$&'()*+,;=\\-";
const pathCharacter = `(?:[${unreserved}:@]|${escaped})`;
const host = `(?:\\[(?:${ipv6}|v[0-9A-Fa-f]+\\.[${unreserved}:]+)\\]|(?:[${unreserved}]|${escaped})*)`;
const authority = `(?:(?:[${unreserved}:]|${escaped})*@)?${host}(?::[0-9]*)?`;
const hierarchy = `(?://${authority}(?:/${pathCharacter}*)*|/(?:${pathCharacter}+(?:/${pathCharacter}*)*)?|${pathCharacter}+(?:/${pathCharacter}*)*|)`;
const uri = `[A-Za-z][A-Za-z0-9+.-]*:${hierarchy}(?:\\?(?:${pathCharacter}|[/?])*)?(?:#(?:${pathCharacter}|[/?])*)?`;
const webHost = `${label}(?:\\.${label})*`;

/** Each format as a pattern for the whole text: what the standard allows, and the part of it that a model is let write. */
const patterns: Readonly<Record<string, { readonly schema: string; readonly decoding: string }>> = {
  date: { schema: date, decoding: date },
  // RFC 3339 has leap seconds; they are added below, where the hour and the offset decide over them.
  time: { schema: `${time}(?:[Zz]|${offset})`, decoding: `${clock}:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|${offset})` },
  'date-time': { schema: `${date}[Tt]${time}(?:[Zz]|${offset})`, decoding: `${date}T${clock}:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|${offset})` },
  email: {
    schema: `(?:${atom}(?:\\.${atom})*|${quotedLocal})@(?:${label}(?:\\.${label})*|\\[(?:${ipv4}|IPv6:(?:${ipv6}))\\])`,
    decoding: `${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}`,
  },
  uri: {
    schema: uri,
    decoding: `(?:https?|ftp)://${webHost}(?::[0-9]{1,5})?(?:/${pathCharacter}*)*(?:\\?(?:${pathCharacter}|[/?])*)?(?:#(?:${pathCharacter}|[/?])*)?|mailto:[A-Za-z0-9._+-]+@${webHost}|urn:[A-Za-z0-9][A-Za-z0-9-]{1,30}:${pathCharacter}+`,
  },
  uuid: {
    schema: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
    decoding: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
  },
  ipv4: { schema: ipv4, decoding: ipv4 },
  ipv6: { schema: ipv6, decoding: ipv6 },
};

const maxLeapStates = 40_000; // 1,440 local times with an offset each
const made = new Map<string, Dfa>();

/** The texts of a format, or undefined for one that is not enforced. Made once per process. */
export function formatDfa(format: string, profile: 'schema' | 'decoding'): Dfa | undefined {
  const pattern = Object.hasOwn(patterns, format) ? patterns[format]?.[profile] : undefined;
  if (pattern === undefined) return undefined;
  const key = `${profile} ${format}`;
  let dfa = made.get(key);
  if (dfa === undefined) {
    const plain = buildDfa(parseRegex(`^(?:${pattern})$`));
    const hasLeapSeconds = profile === 'schema' && (format === 'time' || format === 'date-time');
    dfa = hasLeapSeconds ? uniteDfas([plain, leapSeconds(format === 'time' ? '' : `${date}[Tt]`)], maxLeapStates) : plain;
    made.set(key, dfa);
  }
  return dfa;
}

/** A second 60 exists at 23:59 in UTC alone: for each local time the one offset, in either sign, that makes it so. */
function leapSeconds(before: string): Dfa {
  const prefix = buildDfa(parseRegex(`^${before}$`));
  const states: { isAccepting: boolean; transitions: { low: number; high: number; target: number }[] }[] = [];
  const shared = new Map<string, number>();
  const add = (isAccepting: boolean): number => states.push({ isAccepting, transitions: [] }) - 1;
  const link = (from: number, characters: string, target: number): void => {
    for (const character of characters) {
      const code = character.charCodeAt(0);
      (states[from] as (typeof states)[number]).transitions.push({ low: code, high: code, target });
    }
  };
  for (let index = 0; index < prefix.size; index += 1) add(false);
  const entry = prefix.size;
  add(false);
  for (let index = 0; index < prefix.size; index += 1) {
    for (const { low, high, target } of prefix.transitionsOf(index)) {
      (states[index] as (typeof states)[number]).transitions.push({ low, high, target: prefix.isAccepting(target) ? entry : target });
    }
  }
  const start = prefix.isAccepting(0) ? 0 : entry; // without a date the clock comes first
  const end = add(true);
  /** Writes a text between two states, along states that are there already. */
  const spell = (text: string, from: number, to: number): void => {
    let state = from;
    for (const character of text.slice(0, -1)) {
      const known = (states[state] as (typeof states)[number]).transitions.find(({ low }) => low === character.charCodeAt(0));
      const next = known?.target ?? add(false);
      if (known === undefined) link(state, character, next);
      state = next;
    }
    link(state, text.slice(-1), to);
  };
  /** The state from which exactly `text` is left. */
  const tailOf = (text: string): number => {
    if (text === '') return end;
    let state = shared.get(text);
    if (state === undefined) {
      state = add(false);
      shared.set(text, state);
      link(state, text[0] as string, tailOf(text.slice(1)));
    }
    return state;
  };
  for (let hour = 0; hour < 24; hour += 1) {
    for (let minute = 0; minute < 60; minute += 1) {
      const ahead = (hour * 60 + minute + 1) % 1440; // minutes from 23:59 on
      const zone = add(false);
      const isUtc = ahead === 0;
      if (isUtc) link(zone, 'Zz', end);
      link(zone, '+', tailOf(clockText(ahead)));
      link(zone, '-', tailOf(clockText((1440 - ahead) % 1440)));
      const fraction = add(false);
      (states[fraction] as (typeof states)[number]).transitions.push(...(states[zone] as (typeof states)[number]).transitions);
      link(fraction, '0123456789', fraction);
      const point = add(false);
      link(point, '0123456789', fraction);
      link(zone, '.', point);
      spell(`${clockText(hour * 60 + minute)}:60`, start, zone);
    }
  }
  return new Dfa(
    states.map(({ isAccepting, transitions }): DfaState => ({ isAccepting, transitions: transitions.sort((a, b) => a.low - b.low) })),
  );
}

function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

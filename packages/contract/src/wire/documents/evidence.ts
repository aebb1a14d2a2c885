import type { EvidenceLabel, EvidencePlace, SecondReading, ValueCheck, ValueEvidence } from '../../evidence.ts';
import type { MissingLine, PageSupport, UnseenLine } from '../../support.ts';
import { toCount, toList, toRecord } from '../read-values.ts';
import { readBox } from './lines.ts';

/** The library's `PageSupport`; `share` is null where nothing could be judged. */
export interface WireSupport {
  readonly share: number | null;
  readonly unseen: readonly UnseenLine[];
  readonly missing: readonly MissingLine[];
  readonly not_judged: number;
}

/** The library's `SecondReading`. */
export interface WireSecondReading extends Omit<SecondReading, 'isTaken'> {
  readonly is_taken: boolean;
}

/** The library's `ValueEvidence`. */
export interface WireEvidence extends Omit<ValueEvidence, 'second'> {
  readonly second?: WireSecondReading;
}

/** The library's `ValueCheck`. */
export interface WireCheck extends Omit<ValueCheck, 'second'> {
  readonly second?: WireSecondReading;
}

export function writeSupport({ share, unseen, missing, notJudged }: PageSupport): WireSupport {
  return { share: share ?? null, unseen, missing, not_judged: notJudged };
}

export function writeEvidence({ second, ...evidence }: ValueEvidence): WireEvidence {
  return { ...evidence, ...(second && { second: writeSecond(second) }) };
}

export function writeCheck({ second, ...check }: ValueCheck): WireCheck {
  return { ...check, ...(second && { second: writeSecond(second) }) };
}

function writeSecond({ isTaken, ...second }: SecondReading): WireSecondReading {
  return { ...second, is_taken: isTaken };
}

export function readSupport(value: unknown): PageSupport | undefined {
  const support = toRecord(value);
  if (support === undefined) return undefined;
  return {
    share: typeof support.share === 'number' ? support.share : undefined,
    unseen: toList(support.unseen).flatMap(readUnseen),
    missing: toList(support.missing).flatMap(readLine),
    notJudged: toCount(support.not_judged),
  };
}

function readUnseen(value: unknown): readonly UnseenLine[] {
  const line = toRecord(value);
  if (typeof line?.text !== 'string') return [];
  const [instead] = readLine(line.instead);
  return [{ text: line.text, at: toCount(line.at), ...(instead && { instead }) }];
}

/** Words of a page with their place; none where the place is missing. */
function readLine(value: unknown): readonly MissingLine[] {
  const line = toRecord(value);
  const box = readBox(line?.box);
  return typeof line?.text === 'string' && box !== undefined ? [{ text: line.text, box }] : [];
}

const matches: readonly ValueEvidence['match'][] = ['exact', 'near', 'none', 'not-judged'];

export function readEvidence(value: unknown): readonly ValueEvidence[] {
  const entry = toRecord(value);
  const match = matches.find((known) => known === entry?.match);
  if (entry === undefined || typeof entry.path !== 'string' || match === undefined) return [];
  const [label]: readonly EvidenceLabel[] = readLine(entry.label);
  const second = readSecond(entry.second);
  return [
    {
      path: entry.path,
      match,
      page: toCount(entry.page),
      places: toList(entry.places).flatMap(readPlace),
      ...(label && { label }),
      ...(typeof entry.probability === 'number' && { probability: entry.probability }),
      ...(second && { second }),
    },
  ];
}

function readPlace(value: unknown): readonly EvidencePlace[] {
  const place = toRecord(value);
  if (typeof place?.text !== 'string') return [];
  return [
    {
      text: place.text,
      boxes: toList(place.boxes)
        .map(readBox)
        .filter((box) => box !== undefined),
    },
  ];
}

const outcomes: readonly ValueCheck['outcome'][] = ['passed', 'failed', 'not-judged'];

export function readCheck(value: unknown): readonly ValueCheck[] {
  const entry = toRecord(value);
  const outcome = outcomes.find((known) => known === entry?.outcome);
  if (entry === undefined || typeof entry.check !== 'string' || outcome === undefined) return [];
  const paths = toList(entry.paths).filter((path) => typeof path === 'string');
  const second = readSecond(entry.second);
  const message = typeof entry.message === 'string' ? entry.message : '';
  return [{ paths, check: entry.check, outcome, message, ...(second && { second }) }];
}

function readSecond(value: unknown): SecondReading | undefined {
  const second = toRecord(value);
  const region = toRecord(second?.region);
  if (second === undefined || region === undefined || typeof second.path !== 'string') return undefined;
  const [left, top, width, height] = [region.left, region.top, region.width, region.height].map(toCount) as [
    number,
    number,
    number,
    number,
  ];
  return { path: second.path, region: { left, top, width, height }, value: second.value ?? null, isTaken: second.is_taken === true };
}

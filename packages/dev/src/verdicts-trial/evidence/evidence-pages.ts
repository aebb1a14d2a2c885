import sharp from 'sharp';
import { type DocumentKind, type DrawnDocument, type DrawnValue, drawDocument } from '../../extraction/documents.ts';
import { Random } from '../../lines-trial/random.ts';
import { makeSheet, type SheetKind, sheetKinds, type ValueSpot } from './evidence-sheets.ts';

/** A page with its values, where each stands, and the object that a faultless reader would extract. */
export interface EvidencePage {
  readonly kind: string;
  readonly png: Uint8Array;
  readonly object: Readonly<Record<string, unknown>>;
  readonly spots: Readonly<Record<string, ValueSpot>>;
}

/** The kinds that the rules were tried on, and those that were looked at when everything stood. */
export const evidenceKinds = {
  tried: ['receipt', 'invoice', 'form', 'order'],
  kept: ['boxes', 'bill', 'statement'],
} as const;
export type EvidencePart = keyof typeof evidenceKinds;

/** Pages of all kinds of a part in turn, `count` in all. */
export async function* drawEvidencePages(part: EvidencePart, count: number, firstSeed: number): AsyncIterable<EvidencePage> {
  const kinds = evidenceKinds[part];
  for (let index = 0; index < count; index += 1) {
    const seed = firstSeed + Math.floor(index / kinds.length);
    const kind = kinds[index % kinds.length] as (typeof kinds)[number];
    yield sheetKinds.includes(kind as SheetKind)
      ? await drawSheet(kind as SheetKind, seed)
      : ofDocument(await drawDocument(kind as DocumentKind, seed));
  }
}

function ofDocument({ kind, png, values, places }: DrawnDocument): EvidencePage {
  const plain = (value: DrawnValue): unknown => {
    if (Array.isArray(value)) return (value as readonly Readonly<Record<string, DrawnValue>>[]).map(plainRecord);
    return typeof value === 'string' ? value : 'iso' in value ? value.printed : 'value' in value ? value.value : value;
  };
  const plainRecord = (record: Readonly<Record<string, DrawnValue>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, plain(value)]));
  const spots = Object.entries(places).map(([path, { column, x, y, size }]) => [path, { edge: column, x, y, size }] as const);
  return { kind, png, object: plainRecord(values), spots: Object.fromEntries(spots) };
}

async function drawSheet(kind: SheetKind, seed: number): Promise<EvidencePage> {
  const random = new Random(seed * 257 + sheetKinds.indexOf(kind));
  const { sheet, object } = makeSheet(kind, random);
  const png = await sharp(Buffer.from(sheet.drawing.finish(kind).svg))
    .png()
    .toBuffer();
  return { kind, png, object, spots: sheet.spots };
}

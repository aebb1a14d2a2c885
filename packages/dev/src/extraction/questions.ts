import { presets } from '@h2ovl/contract';
import type { DocumentKind } from './documents.ts';

/** What is asked of a document: five fields, or one of the presets. */
export interface ExtractionQuestion {
  readonly name: string;
  readonly kind: DocumentKind;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** How a date is asked for: as it stands on the page, or rewritten as YYYY-MM-DD. */
export const dateForms = ['printed', 'rewritten'] as const;
export type DateForm = (typeof dateForms)[number];

const text = { type: ['string', 'null'] };
const number = { type: ['number', 'null'] };
const rewritten = { type: ['string', 'null'], format: 'date' };

const fieldsOf = (date: object): Readonly<Record<DocumentKind, Readonly<Record<string, object>>>> => ({
  receipt: { company: text, receipt_number: text, date, total: number, payment_method: text },
  invoice: { seller: text, invoice_number: text, invoice_date: date, total: number, buyer: text },
  form: { name: text, date_of_birth: date, city: text, phone: text, reference: text },
});

/** Every question of a kind of document. */
export function questionsOf(kind: DocumentKind, form: DateForm): readonly ExtractionQuestion[] {
  const properties = fieldsOf(form === 'rewritten' ? rewritten : text)[kind];
  const fields = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
  const asked: ExtractionQuestion[] = [{ name: `${kind}, five fields`, kind, schema: fields }];
  if (kind !== 'form') asked.push({ name: `${kind}, preset`, kind, schema: withDates(presets[kind], form) });
  return asked;
}

/** A preset with its dates asked for in another form. */
function withDates(schema: Readonly<Record<string, unknown>>, form: DateForm): Readonly<Record<string, unknown>> {
  const properties = Object.entries(schema.properties as Readonly<Record<string, object>>);
  const changed = properties.map(([name, part]) => [name, /date/.test(name) ? (form === 'rewritten' ? rewritten : text) : part]);
  return { ...schema, properties: Object.fromEntries(changed) };
}

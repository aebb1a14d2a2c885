import { bankStatementSchema } from './bank-statement.ts';
import { businessCardSchema } from './business-card.ts';
import { idCardSchema } from './id-card.ts';
import { invoiceSchema } from './invoice.ts';
import { labelSchema } from './label.ts';
import { receiptSchema } from './receipt.ts';
import { tableSchema } from './table.ts';

/** Names of the ready-made schemas. */
export type PresetName = 'receipt' | 'invoice' | 'id-card' | 'business-card' | 'bank-statement' | 'label' | 'table';

/**
 * Ready-made JSON Schemas for common pages. Every member comes in the answer; what a page does not show is null. Dates are text, as the page prints
 * them. Lists come last: an answer that is cut in a long list has all else, and small models take the end of a list for the end of the answer.
 */
export const presets: Readonly<Record<PresetName, Readonly<Record<string, unknown>>>> = {
  receipt: receiptSchema,
  invoice: invoiceSchema,
  'id-card': idCardSchema,
  'business-card': businessCardSchema,
  'bank-statement': bankStatementSchema,
  label: labelSchema,
  table: tableSchema,
};

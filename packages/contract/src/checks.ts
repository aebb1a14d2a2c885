/**
 * Checks in a schema: `x-check` beside any part of it. They are annotations: the model is not told of them and nothing is refused because of them; what
 * was extracted is held against them, and `checks` of the result says how each came out.
 *
 * On a value: the name of a code, such as `"x-check": "iban"`, or a list of them. On an object: a list of conditions between its values, such as
 * `"x-check": [{ "check": "sum", "of": ["items[].amount"], "equals": "subtotal" }]`. Paths begin at that object; `[]` stands for all entries of a list.
 */
export type SchemaCheck = CodeCheckName | ValueCondition;

/** Codes that hold together by themselves. */
export const codeCheckNames = ['iban', 'vat-id', 'isbn', 'ean', 'luhn'] as const;
export type CodeCheckName = (typeof codeCheckNames)[number];

export type ValueCondition = SumCheck | TaxCheck | OrderCheck;

/** Numbers that add up to another one. */
export interface SumCheck {
  readonly check: 'sum';
  /** What is added: `["items[].amount"]`, `["net", "tax"]`. */
  readonly of: readonly string[];
  readonly equals: string;
  /** What may belong to the sum or not, such as a tax that is within the prices on one page and beside them on another. */
  readonly optional?: readonly string[] | undefined;
  /** The entries' quantities, where what is added may be the price of one: `items[].quantity`. The check passes with them, or without. */
  readonly times?: string | undefined;
  /** By how much the sum may differ. @default 0 */
  readonly tolerance?: number | undefined;
}

/** Net and tax make gross; with a rate, the tax is that share of the net. */
export interface TaxCheck {
  readonly check: 'tax';
  readonly net: string;
  readonly tax: string;
  readonly gross: string;
  /** Percent: a path, or the rate itself. */
  readonly rate?: string | number | undefined;
  /** By how much the tax may differ from the rate's share: taxes are rounded, at times line by line. @default 0.01 */
  readonly tolerance?: number | undefined;
}

/** Dates of which none is before the one ahead of it. */
export interface OrderCheck {
  readonly check: 'order';
  readonly of: readonly string[];
}

/** Names of the conditions between values. */
export const conditionNames = ['sum', 'tax', 'order'] as const;

import type { CodeCheckName, SchemaCheck, ValueCheck } from '@h2ovl/contract';
import type { JsonSchema } from '../../json/copy-schema.ts';
import { isRecord } from '../../json/is-record.ts';
import { writePath } from '../../json/structured-prompt.ts';
import { partsOf, schemaOf } from '../evidence/list-values.ts';
import { checkEan, checkIsbn, checkLuhn } from './codes/book-numbers.ts';
import type { CodeVerdict } from './codes/code-verdict.ts';
import { checkIban } from './codes/iban.ts';
import { checkVatId } from './codes/vat-id.ts';
import { checkCondition } from './conditions.ts';
import { checksIn } from './read-checks.ts';

const codes: Readonly<Record<CodeCheckName, (text: string) => CodeVerdict>> = {
  iban: checkIban,
  'vat-id': checkVatId,
  isbn: checkIsbn,
  ean: checkEan,
  luhn: checkLuhn,
};

/** Holds an extracted object against the checks of its schema, in the order of the object. */
export function runChecks(object: unknown, schema: JsonSchema): readonly ValueCheck[] {
  const found: ValueCheck[] = [];
  const visit = (value: unknown, node: unknown, keys: readonly (string | number)[]): void => {
    const children = Array.isArray(value) ? [...value.entries()] : isRecord(value) ? Object.entries(value) : [];
    for (const [key, child] of children) visit(child, schemaOf(schema, node, key), [...keys, key]);
    const checks = new Set(partsOf(schema, node).flatMap((part): readonly SchemaCheck[] => checksIn(part)));
    for (const check of checks) {
      if (typeof check === 'string') found.push(...checkCode(check, value, keys));
      else if (isRecord(value)) found.push(checkCondition(check, value, writePath(keys)));
    }
  };
  visit(object, schema, []);
  return found;
}

/** A code, or each of a list of codes. */
function checkCode(check: CodeCheckName, value: unknown, keys: readonly (string | number)[]): readonly ValueCheck[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => checkCode(check, entry, [...keys, index]));
  const about = { paths: [writePath(keys)], check };
  if (value === null || value === undefined || value === '') return [{ ...about, outcome: 'not-judged', message: 'There is no value.' }];
  if (typeof value !== 'string' && typeof value !== 'number')
    return [{ ...about, outcome: 'not-judged', message: 'The value is no text.' }];
  const { passes, reason } = codes[check](String(value));
  const message = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
  return [{ ...about, outcome: passes === undefined ? 'not-judged' : passes ? 'passed' : 'failed', message }];
}

import type { OutputSchema, Page } from '@h2ovl/contract';
import { toJsonSchema } from '../../json/output-schema.ts';
import { type PageModel, readsPrintOnly } from '../page-model.ts';
import { lookBeside } from '../support/look-beside.ts';
import type { PageLook } from '../verdicts/look-at-page.ts';
import type { Examination } from './examine-object.ts';
import { checkChecks } from './read-checks.ts';

/** What a caller may say of it; what is left out depends on the model. */
export interface ExaminationOptions<T> {
  readonly schema: OutputSchema<T>;
  readonly support?: boolean | undefined;
  readonly evidence?: boolean | undefined;
  readonly secondReading?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What is wanted beside the object of a page, and the lines where that takes them.
 * @param look what the line reader saw already
 * @throws the signal's reason when aborted
 */
export async function prepareExamination<T>(
  page: Page,
  look: PageLook | undefined,
  model: PageModel,
  { schema, support, evidence = false, secondReading, signal }: ExaminationOptions<T>,
): Promise<Omit<Examination<T>, 'shown' | 'time' | 'certainty'>> {
  const isReal = !readsPrintOnly(model);
  const wanted = { support: support ?? isReal, evidence, secondReading: secondReading ?? isReal };
  const takesLines = wanted.support || evidence || (wanted.secondReading && checkChecks(toJsonSchema(schema)) > 0);
  // What nobody asked for is not looked for, though the lines may be at hand.
  const lines = takesLines ? (look ?? (await lookBeside(page, signal))).lines : undefined;
  return { ...wanted, page, model, schema, signal, lines };
}

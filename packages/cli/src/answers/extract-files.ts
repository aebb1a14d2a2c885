import { jsonSchema, type OutputSchema } from '@h2ovl/contract';
import { extractDocument, type PageObject } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import type { DocumentFlags } from '../flags/document-flags.ts';
import type { RunFlags } from '../flags/run-flags.ts';
import { findInputs } from '../inputs/find-inputs.ts';
import { answerOptions, parallelAnswers } from './answer-request.ts';
import { toStandardOutput } from './destination.ts';
import { DocumentPages } from './document-pages.ts';
import { type ExtractForm, ExtractWriter } from './extract-writer.ts';
import { firstOf } from './first-of.ts';
import { followPages } from './follow-pages.ts';
import { LazyModel } from './lazy-model.ts';
import { openOptions } from './open-options.ts';
import { openOutFolder } from './out-folder.ts';

/** What `extract` is told. */
export interface ExtractRequest extends RunFlags, DocumentFlags {
  readonly files: readonly string[];
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly form: ExtractForm;
  /** The model is asked about blank pages, too. */
  readonly readBlank: boolean;
}

/** `extract`: one object for each page, in their order. Exit code 1 when one of them failed. */
export async function extractFiles(request: ExtractRequest, context: CommandContext): Promise<number> {
  const { signal, status, world, output } = context;
  const options = await openOptions(request, context);
  const schema: OutputSchema = jsonSchema(request.schema);
  const inputs = await findInputs(request.files, world, {
    signal,
    allowUrls: request.urlHosts !== undefined,
    isRecursive: request.recursive,
  });
  const { out, form, json: isDetailed, overwrite: isOverwriting } = request;
  const onWritten = (path: string): void => status.logPhase(`Written: ${path}`);
  const ending = isDetailed ? '.jsonl' : `.${form}`;
  const model = new LazyModel(request, context);
  const writer = new ExtractWriter({
    destination: out === undefined ? toStandardOutput(output) : await openOutFolder(out, inputs, { ending, isOverwriting, onWritten }),
    status,
    h2ovl: world.h2ovl,
    form,
    isDetailed,
    inputCount: inputs.length,
    origin: () => model.origin,
  });
  try {
    await followPages<PageObject>({
      pages: new DocumentPages(inputs, options),
      inputCount: inputs.length,
      concurrency: request.concurrency ?? parallelAnswers,
      model,
      writer,
      context,
      work: ({ document, page }, report, stop) =>
        firstOf(
          extractDocument(document, {
            model: model.get,
            schema,
            readBlank: request.readBlank,
            pages: [page],
            signal: stop,
            ...answerOptions(request),
            onProgress: ({ event }) => {
              if (event?.type === 'progress') report(event);
            },
          }),
        ),
    });
  } finally {
    await model[Symbol.asyncDispose]();
  }
  return writer.hasFailed ? 1 : 0;
}

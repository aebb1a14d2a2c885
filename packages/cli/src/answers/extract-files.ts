import { jsonSchema, type OutputSchema, type SchemaEnforcement } from '@h2ovl/contract';
import { closeLineReader, extractDocument, type PageObject } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import type { DocumentFlags } from '../flags/document-flags.ts';
import type { RunFlags } from '../flags/run-flags.ts';
import { findInputs } from '../inputs/find-inputs.ts';
import { answerOptions, budgetOptions, parallelAnswers } from './answer-request.ts';
import { toStandardOutput } from './destination.ts';
import { DocumentPages } from './document-pages.ts';
import { EvidencePictures } from './evidence-pictures.ts';
import { type ExtractForm, ExtractWriter } from './extract-writer.ts';
import { firstOf } from './first-of.ts';
import { followPages } from './follow-pages.ts';
import { LazyModel } from './lazy-model.ts';
import { openOptions } from './open-options.ts';
import { openOutFolder } from './out-folder.ts';

/** What is wanted beside the objects; undefined where the default holds. */
export interface ExamineFlags {
  /** The model is asked about blank pages, too. */
  readonly readBlank: boolean;
  readonly evidence: boolean;
  /** Writes each page with its values framed. */
  readonly draw: boolean;
  readonly support: boolean | undefined;
  readonly secondReading: boolean | undefined;
}

/** What `extract` is told. */
export interface ExtractRequest extends RunFlags, DocumentFlags, ExamineFlags {
  readonly files: readonly string[];
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly form: ExtractForm;
  /** What to extract, where the schema does not say it; undefined: the sentence of the model cards. */
  readonly instruction: string | undefined;
  readonly enforcement: SchemaEnforcement | undefined;
  /** The model is asked again where it goes round in circles. */
  readonly retry: boolean;
}

/** `extract`: one object for each page, in their order. Exit code 1 when one of them failed. */
export async function extractFiles(request: ExtractRequest, context: CommandContext): Promise<number> {
  const { signal, status, world, output } = context;
  const options = await openOptions(request, context);
  const schema: OutputSchema = jsonSchema(request.schema);
  const inputs = await findInputs(request.files, world, {
    command: 'extract',
    signal,
    allowUrls: request.urlHosts !== undefined,
    isRecursive: request.recursive,
  });
  const { out, form, json: isDetailed, overwrite: isOverwriting, evidence, draw } = request;
  const onWritten = (path: string): void => status.logPhase(`Written: ${path}`);
  const ending = isDetailed ? '.jsonl' : `.${form}`;
  const pictures = draw && out !== undefined ? await EvidencePictures.open(out, inputs, { isOverwriting, onWritten }) : undefined;
  const model = new LazyModel(request, context);
  const writer = new ExtractWriter({
    destination: out === undefined ? toStandardOutput(output) : await openOutFolder(out, inputs, { ending, isOverwriting, onWritten }),
    status,
    h2ovl: world.h2ovl,
    form,
    isDetailed,
    withEvidence: evidence,
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
      work: async (item, report, stop) => {
        const { document, page } = item;
        const result = await firstOf(
          extractDocument(document, {
            model: model.get,
            schema,
            instruction: request.instruction,
            enforcement: request.enforcement,
            readBlank: request.readBlank,
            evidence: evidence || draw,
            support: request.support,
            secondReading: request.secondReading,
            retry: request.retry,
            pages: [page],
            signal: stop,
            ...answerOptions(request),
            ...budgetOptions(request),
            rotate: request.rotate,
            onProgress: ({ event }) => {
              if (event?.type === 'progress') report(event);
            },
          }),
        );
        await pictures?.write(item, result, stop);
        return result;
      },
    });
  } finally {
    await model[Symbol.asyncDispose]();
    await closeLineReader();
  }
  return writer.hasFailed ? 1 : 0;
}

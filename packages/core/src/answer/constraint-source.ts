import { setImmediate as nextTurn } from 'node:timers/promises';
import { nameParam, type SchemaEnforcement } from '@h2ovl/contract';
import type { CompiledSchema } from '../constraints/compile-schema.ts';
import { createConstraint } from '../constraints/constraint.ts';
import { findTruncated } from '../constraints/find-truncated.ts';
import { decodingBounds, type JsonLayout } from '../constraints/limits.ts';
import { Machine } from '../constraints/machine/machine.ts';
import type { ValuePath } from '../constraints/path-tracker.ts';
import { SchemaRefusedError } from '../constraints/schema/refusals.ts';
import { type PreparedVocabulary, prepareVocabulary, TokenMasks } from '../constraints/tokens/token-masks.ts';
import type { HeldAnswer } from '../generation/decode-rules.ts';
import { ForcedChoices } from '../generation/forced-choices.ts';
import { type JsonSchema, schemaKey } from '../json/copy-schema.ts';
import { schemaThread } from '../json/schema-thread/schema-thread.ts';
import type { Manifest } from '../model-files/manifest.ts';
import { RecentMap } from '../store/recent-map.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/** One schema, ready to be enforced over one model's answers. */
export interface EnforcedSchema {
  /** Whether all conditions are enforced: none was left to a check of the answer. */
  readonly isWhole: boolean;
  /** For one answer. */
  begin(): HeldAnswer & { readonly choices: ForcedChoices };
  /** The values of a complete answer that reached one of our own bounds. */
  truncated(text: string): readonly ValuePath[];
}

const maxKept = 32; // a compiled schema with its masks takes a few megabytes

const layouts: Readonly<Record<Manifest['model']['jsonLayout'], JsonLayout>> = {
  line: { indent: undefined, gap: ' ' },
  'indent-2': { indent: 2, gap: ' ' },
  'indent-4': { indent: 4, gap: ' ' },
};

/** The schemas of a model: each is compiled once and shared by all answers that use it. */
export class ConstraintSource {
  readonly #tokenizer: Tokenizer;
  readonly #model: Manifest['model'];
  readonly #kept = new RecentMap<Promise<EnforcedSchema>>({ maxCount: maxKept });
  #prepared: Promise<PreparedVocabulary> | undefined;

  constructor(tokenizer: Tokenizer, model: Manifest['model']) {
    this.#tokenizer = tokenizer;
    this.#model = model;
  }

  /**
   * A schema to hold answers to; undefined when only a check afterwards can do it, which `after` allows.
   * @param isPlain whether nobody but us looks at whether it is a valid JSON Schema
   * @throws SchemaRefusedError with `decoding`, naming the option at fault; VisionError INVALID_ARGUMENT for a schema that is not valid
   */
  async open(
    schema: JsonSchema,
    { isPlain, enforcement }: { readonly isPlain: boolean; readonly enforcement: SchemaEnforcement },
  ): Promise<EnforcedSchema | undefined> {
    const unsupported = enforcement === 'decoding' ? 'refuse' : 'leave';
    return this.#open(schema, isPlain, unsupported).catch((error: unknown) => {
      if (unsupported === 'leave' && error instanceof SchemaRefusedError) return undefined;
      throw nameParam(error, 'schema');
    });
  }

  async #open(schema: JsonSchema, isPlain: boolean, unsupported: 'refuse' | 'leave'): Promise<EnforcedSchema> {
    const key = `${unsupported} ${isPlain ? 'plain' : ''} ${schemaKey(schema)}`;
    const opened = this.#kept.get(key) ?? this.#compile(schema, isPlain, unsupported);
    this.#kept.set(key, opened);
    opened.catch(() => this.#kept.delete(key));
    return opened;
  }

  async #compile(schema: JsonSchema, isPlain: boolean, unsupported: 'refuse' | 'leave'): Promise<EnforcedSchema> {
    if (isPlain) await schemaThread.validate(schema);
    const compiled = await this.#compileGoals(schema, unsupported).catch(async (error: unknown) => {
      if (isPlain && unsupported === 'leave') await schemaThread.prepare(schema); // then the check alone decides
      throw error;
    });
    // Last, since it may cost the most: compiling ends a hostile schema by its counted work.
    if (isPlain) await schemaThread.prepare(schema);
    const machine = new Machine(compiled);
    this.#prepared ??= this.#prepare();
    const masks = new TokenMasks(machine, await this.#prepared);
    const tokenizer = this.#tokenizer;
    return {
      isWhole: compiled.isWhole,
      begin: () => ({ of: createConstraint(masks), tokenizer, choices: new ForcedChoices((token) => tokenizer.pieceBytes(token)) }),
      truncated: (text) => findTruncated(machine, text, decodingBounds),
    };
  }

  #compileGoals(schema: JsonSchema, unsupported: 'refuse' | 'leave'): Promise<CompiledSchema> {
    const layout = layouts[this.#model.jsonLayout];
    return schemaThread.compile(schema, { type: 'decoding', layout, memberOrder: 'declared', bounds: decodingBounds, unsupported });
  }

  #prepare(): Promise<PreparedVocabulary> {
    const tokenizer = this.#tokenizer;
    const losesSpace = tokenizer.hasDummyPrefix || tokenizer.removesExtraSpaces;
    const steps = prepareVocabulary({
      size: tokenizer.vocabularySize,
      bytesOf: (id) => tokenizer.pieceBytes(id),
      endTokens: this.#model.endTokenIds,
      losesFirstSpace: (id) => losesSpace && tokenizer.contentOf(id).type === 'text',
    });
    return inTurns(steps);
  }
}

/** Runs steps to their end, each in a turn of the event loop of its own. */
async function inTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}

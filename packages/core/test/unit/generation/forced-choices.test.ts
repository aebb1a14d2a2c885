import { expect, test, vi } from 'vitest';
import { findForced } from '../../../src/answer/find-forced.ts';
import { createConstraint } from '../../../src/constraints/constraint.ts';
import { Machine } from '../../../src/constraints/machine/machine.ts';
import { TokenMasks } from '../../../src/constraints/tokens/token-masks.ts';
import { createDecodeRules } from '../../../src/generation/decode-rules.ts';
import type { DecoderSequence } from '../../../src/generation/decoder-port.ts';
import { ForcedChoices } from '../../../src/generation/forced-choices.ts';
import { generateText } from '../../../src/generation/generate-text.ts';
import { resolveSampling } from '../../../src/generation/sampling-options.ts';
import { createDetokenizer } from '../../../src/text/detokenizer.ts';
import { closingTokens, compileFor, decodingProfile, endToken, openVocabulary } from '../../helpers/constraint-walks.ts';

const { tokenizer, prepared } = openVocabulary('mini');
const closing = closingTokens(tokenizer);

/** A model that would write one text, and, once it has been led away from it, nothing but what closes. */
function modelThatWants(wanted: readonly number[]): DecoderSequence & { readonly reads: string[] } {
  const read: number[] = [];
  const reads: string[] = [];
  const after = (tokens: readonly number[]): Float32Array => {
    read.push(...tokens);
    const logits = new Float32Array(tokenizer.vocabularySize);
    const next = wanted[read.length];
    if (next !== undefined && read.every((token, index) => token === wanted[index])) logits[next] = 9;
    else for (const token of closing) logits[token] = 5;
    return logits;
  };
  return {
    reads,
    length: 0,
    prefill: async () => after([]),
    step: async (token) => after([token]),
    extend: async (tokens, kind) => {
      reads.push(kind);
      const rows = tokens.map((token) => after([token]));
      if (kind === 'last') return rows.at(-1) as Float32Array;
      return Float32Array.from(rows.flatMap((row) => [...row]));
    },
    truncate: () => {},
    dispose: async () => {},
  };
}

async function answer(properties: Record<string, object>, wanted: string) {
  const schema = { type: 'object', properties, required: Object.keys(properties) };
  const machine = new Machine(await compileFor(schema, decodingProfile()));
  const choices = new ForcedChoices((token) => tokenizer.pieceBytes(token));
  const sequence = modelThatWants(tokenizer.encodeText(wanted));
  const rules = createDecodeRules({
    sampling: resolveSampling({ maxOutputTokens: 200 }),
    endTokens: [endToken],
    isBlank: () => false,
    constraint: { of: createConstraint(new TokenMasks(machine, prepared)), tokenizer, choices },
  });
  const { signal } = new AbortController();
  const events = generateText({ sequence, rules, detokenizer: createDetokenizer(tokenizer), stopSequences: [], signal });
  let turn = await events.next();
  while (!turn.done) turn = await events.next();
  const { text, finishReason } = turn.value;
  return { text, finishReason, reads: sequence.reads, forced: findForced(text, choices.all, choices.length) };
}

const text = { type: 'string' };
const number = { type: 'number' };

test('a model that writes what fits is forced to nothing', async () => {
  const wanted = '{"date": "2023-12-24", "total": 1061.20, "name": "Ann"}';
  const { forced, ...made } = await answer({ date: { type: 'string', format: 'date' }, total: number, name: text }, wanted);
  expect(made).toMatchObject({ text: wanted, finishReason: 'stop' });
  expect(forced).toEqual([]);
});

test('a printed date that has to become another is named', async () => {
  const { text: written, forced } = await answer(
    { name: text, date: { type: 'string', format: 'date' } },
    '{"name": "Ann", "date": "24.12.2023"}',
  );
  expect(written).toMatch(/"name": "Ann", "date": "24\d\d-\d\d-\d\d"/);
  expect(forced).toEqual([['date']]);
});

test('a number that ends before its decimal comma is named, though the comma itself fits', async () => {
  const { text: written, forced, reads } = await answer({ total: number, name: text }, '{"total": 1.061,20, "name": "Ann"}');
  expect(written).toContain('{"total": 1.061, "name": "');
  expect(forced).toEqual([['total']]);
  expect(reads).toContain('each');
});

test('sums odds only where the mask removed a choice: else a token costs one look for the largest logit', () => {
  const choices = new ForcedChoices(() => Uint8Array.of(65));
  const exp = vi.spyOn(Math, 'exp');
  const logits = Float32Array.from({ length: 64 }, (_, index) => index / 8);
  choices.hear(logits, Uint32Array.of(0, 0x80000000)); // the best one alone
  expect(exp).toHaveBeenCalledTimes(0);
  choices.hear(logits, Uint32Array.of(1, 0));
  expect(exp).toHaveBeenCalledTimes(64);
  expect(choices.all).toHaveLength(1);
  exp.mockRestore();
});

import { expect, test } from 'vitest';
import { createConstraint } from '../../../src/constraints/constraint.ts';
import { decodingBounds } from '../../../src/constraints/limits.ts';
import { Machine } from '../../../src/constraints/machine/machine.ts';
import { TokenMasks } from '../../../src/constraints/tokens/token-masks.ts';
import { createDecodeRules } from '../../../src/generation/decode-rules.ts';
import type { DecoderSequence } from '../../../src/generation/decoder-port.ts';
import { generateText } from '../../../src/generation/generate-text.ts';
import { resolveSampling } from '../../../src/generation/sampling-options.ts';
import { makeChecker as compileCheck } from '../../../src/json/make-checker.ts';
import { createDetokenizer } from '../../../src/text/detokenizer.ts';
import { closingTokens, compileFor, endToken, oneLine, openVocabulary, seeded } from '../../helpers/constraint-walks.ts';
import { peopleSchemas } from '../../helpers/people-schemas.ts';

// `npm run trial:constraints` is the whole trial: 10,000 runs on the real 32,000 pieces.
const isFull = process.env.H2OVL_TRIAL === 'full';
const runsPerSchema = isFull ? 200 : 4;
const maxOutputTokens = 300;
const { tokenizer, prepared } = openVocabulary(isFull ? 'real' : 'mini');
const closing = [...closingTokens(tokenizer)];

/** A model that has learnt nothing: every logit is drawn anew. A liking for what closes lets more of its answers come to an end. */
function randomSequence(random: () => number, liking: number): DecoderSequence {
  const logits = new Float32Array(tokenizer.vocabularySize);
  const draw = async (): Promise<Float32Array> => {
    for (let id = 0; id < logits.length; id += 1) logits[id] = random();
    for (const id of closing) logits[id] = (logits[id] as number) + liking * random();
    return logits;
  };
  return { length: 0, prefill: draw, step: draw, extend: draw, truncate: () => {}, dispose: async () => {} };
}

test(`a decoder with random logits writes documents that fit, or is cut at its limit: ${Object.keys(peopleSchemas).length} schemas`, async () => {
  let finished = 0;
  let cut = 0;
  for (const [name, schema] of Object.entries(peopleSchemas)) {
    const compiled = await compileFor(schema, {
      type: 'decoding',
      layout: oneLine,
      memberOrder: 'declared',
      bounds: decodingBounds,
      unsupported: 'refuse',
    });
    const masks = new TokenMasks(new Machine(compiled), prepared);
    const findIssues = compileCheck(
      JSON.parse(JSON.stringify(schema), (key, value: unknown) => (key === 'multipleOf' && value === 0.01 ? undefined : value)),
    );
    for (let seed = 1; seed <= runsPerSchema; seed += 1) {
      const random = seeded(seed * 7919);
      const rules = createDecodeRules({
        sampling: resolveSampling({ maxOutputTokens }),
        endTokens: [endToken],
        isBlank: () => false,
        constraint: { of: createConstraint(masks), tokenizer },
      });
      const events = generateText({
        sequence: randomSequence(random, seed % 4),
        rules,
        detokenizer: createDetokenizer(tokenizer),
        stopSequences: [],
        signal: new AbortController().signal,
      });
      let turn = await events.next();
      while (!turn.done) turn = await events.next();
      const { text, finishReason } = turn.value;
      if (finishReason === 'length') {
        cut += 1;
        continue;
      }
      finished += 1;
      expect(finishReason).toBe('stop');
      expect(findIssues(JSON.parse(text)), `${name}, seed ${seed}: ${text}`).toEqual([]);
    }
  }
  if (isFull) console.log(`${finished + cut} runs: ${finished} documents complete and valid, ${cut} cut at ${maxOutputTokens} tokens`);
  expect(finished + cut).toBe(Object.keys(peopleSchemas).length * runsPerSchema);
  expect(finished).toBeGreaterThan(cut);
}, 14_400_000);

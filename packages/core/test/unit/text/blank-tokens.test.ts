import { expect, it } from 'vitest';
import { isBlankToken } from '../../../src/text/blank-tokens.ts';
import { bytePieces, head, openVocabulary } from './small-vocabulary.ts';

it('takes pieces and bytes of white space for blank, and no token without text', () => {
  const pieces = [...head, ...bytePieces, ['\u2581', -1], ['\u2581\u2581', -2], ['\u2581a', -3], ['\u3000', -4]] as const;
  const tokenizer = openVocabulary({ pieces, byteFallback: true }, { '<|end|>': 263 });
  const lineEnd = 3 + 0x0a;
  expect([259, 260, 262, lineEnd].map((id) => isBlankToken(tokenizer, id))).toEqual([true, true, true, true]);
  expect([261, 0, 2, 263, 3 + 0x41, 3 + 0xc2].map((id) => isBlankToken(tokenizer, id))).toEqual(Array(6).fill(false));
});

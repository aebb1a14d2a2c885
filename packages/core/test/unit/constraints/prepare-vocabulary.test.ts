import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { prepareVocabulary } from '../../../src/constraints/tokens/token-masks.ts';
import { createTokenizer } from '../../../src/text/tokenizer.ts';
import { isAllowed } from '../../helpers/constraint-walks.ts';

const modelBytes = readFileSync(new URL('../../golden/reference/tokenizer.model', import.meta.url));
const tokenizer = createTokenizer({ modelBytes, addedTokens: {} });

test('makes 32,000 pieces ready in many short steps, none of which asks for more than a thirtieth of them', () => {
  let asked = 0;
  const steps = prepareVocabulary({
    size: tokenizer.vocabularySize,
    bytesOf: (id) => {
      asked += 1;
      return tokenizer.pieceBytes(id);
    },
    endTokens: [tokenizer.eosId],
    losesFirstSpace: (id) => tokenizer.contentOf(id).type === 'text',
  });
  let count = 0;
  for (;;) {
    asked = 0;
    const step = steps.next();
    expect(asked).toBeLessThanOrEqual(tokenizer.vocabularySize / 30);
    if (!step.done) {
      count += 1;
      continue;
    }
    const { inside, trie } = step.value;
    expect(trie.tokens.length).toBe([...Array(tokenizer.vocabularySize).keys()].filter((id) => tokenizer.pieceBytes(id).length > 0).length);
    const staysInside = (id: number): boolean => isAllowed(inside, id);
    const [word, quote] = [tokenizer.encodeText('house').at(-1) as number, tokenizer.encodeText('a"').at(-1) as number];
    expect([staysInside(word), staysInside(quote), staysInside(tokenizer.eosId)]).toEqual([true, false, false]);
    break;
  }
  expect(count).toBeGreaterThan(100);
});

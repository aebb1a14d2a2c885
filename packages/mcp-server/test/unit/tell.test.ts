import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { wireWords } from '../../src/http/wire-param.ts';
import { tellAgent } from '../../src/mcp/tool-result.ts';
import { tell } from '../../src/tell.ts';

test('a sentence is bounded, keeps its beginning and its end, and hides nothing', () => {
  const told = tell(`"${'a'.repeat(3_000_000)}" is not a file.`, {});
  expect(told.length).toBeLessThan(1050);
  expect([told.slice(0, 3), told.slice(-16)]).toEqual(['"aa', '" is not a file.']);
  expect(tell('a\u202eb\u200bc\u0007d', {})).toBe('abcd');
  expect(tell(`There is no folder ${join(homedir(), 'models')}.`, {})).toBe(`There is no folder ${join('~', 'models')}.`);
});

test('options have the names of the interface', () => {
  expect(tell('Raise maxOutputTokens, or lower topK.', wireWords)).toBe('Raise max_completion_tokens, or lower top_k.');
  expect(tellAgent('Raise maxOutputTokens, or lower the option tiles.')).toBe('Raise max_tokens, or lower the option tiles.');
  expect(tellAgent('Raise pageBudgetMs, or lower maxOutputTokens.')).toBe('Ask for less at once, or lower max_tokens.');
});

/** The sentences of errors and warnings in the library's source, as they are written there. */
function sentences(): string[] {
  const found: string[] = [];
  for (const folder of ['documents', 'answer', 'operations', 'tiles', 'generation', 'json', 'constraints', 'text', 'model']) {
    const base = fileURLToPath(new URL(`../../../core/src/${folder}`, import.meta.url));
    for (const name of readdirSync(base, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const source = readFileSync(join(base, name), 'utf8');
      for (const [, , text = ''] of source.matchAll(/(?:hint: |message: |Error\(\s*'[A-Z_]+',\s*)(['"`])((?:\\.|(?!\1).)*)\1/gs)) {
        found.push(text.replace(/\$\{[^}]*\}/g, '5'));
      }
    }
  }
  return found;
}

/** Said only to who loads the model, converts it, or calls the library with values that a server checks before. */
const notSaidByServers =
  /The model is disposed|imageLimits\.5|loadModel|Load the (?:original|checkpoint)|Load it again|openDocument|Pass a model|maxCacheBytes is|maxPixels is a number|dpi|Raise maxCacheBytes, or leave|featureCache|'~standard'|toJSON|wrap a plain JSON Schema/;

/** Options that the tools do not have. */
const notSaidByTools = /stopSequences/;

test('no sentence of the library reaches a client with the name of an option that its interface does not have', () => {
  const all = sentences();
  expect(all.length).toBeGreaterThan(80);
  const offences = all
    .filter((text) => !notSaidByServers.test(text) && !text.includes('${'))
    .flatMap((sentence) => [tell(sentence, wireWords), ...(notSaidByTools.test(sentence) ? [] : [tellAgent(sentence)])])
    .filter((told) => /\b[a-z]{2,}[A-Z]\w*/.test(told.replace('iVBORw0', '')));
  expect(offences).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createConstraint } from '../../../src/constraints/constraint.ts';
import { Machine } from '../../../src/constraints/machine/machine.ts';
import { SchemaRefusedError } from '../../../src/constraints/schema/refusals.ts';
import { TokenMasks } from '../../../src/constraints/tokens/token-masks.ts';
import {
  accepts,
  closingTokens,
  compileFor,
  decodingProfile,
  openVocabulary,
  type PlainSchema,
  seeded,
  walkAtRandom,
  writeJson,
} from '../../helpers/constraint-walks.ts';

interface Group {
  readonly description: string;
  readonly schema: PlainSchema;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

const suite = JSON.parse(readFileSync(new URL('../../golden/json-schema-suite/draft2020-12.json', import.meta.url), 'utf8')) as Record<
  string,
  Group[]
>;

/** The suite's main files take `format` as an annotation; those below `optional/format` take it as an assertion. */
const formatsOf = (file: string): 'assert' | 'annotate' => (file.startsWith('optional/format/') ? 'assert' : 'annotate');

/** The machine of a schema, or why it is refused. A schema that allows nothing decides all its cases by that. */
async function open(group: Group, file: string): Promise<Machine | SchemaRefusedError> {
  try {
    return new Machine(await compileFor(group.schema, { type: 'schema', formats: formatsOf(file) }));
  } catch (error) {
    if (error instanceof SchemaRefusedError) return error;
    throw error;
  }
}

const allowsNothing = ({ refusals }: SchemaRefusedError): boolean => refusals.some(({ reason }) => reason === 'allows no value');

interface Row {
  readonly file: string;
  readonly decided: number;
  readonly refused: number;
  readonly keywords: readonly string[];
}

async function runFile(file: string, groups: readonly Group[]): Promise<{ readonly row: Row; readonly wrong: readonly string[] }> {
  let decided = 0;
  let refused = 0;
  const keywords = new Set<string>();
  const wrong: string[] = [];
  for (const group of groups) {
    const opened = await open(group, file);
    if (opened instanceof SchemaRefusedError && !allowsNothing(opened)) {
      refused += group.tests.length;
      for (const { keyword } of opened.refusals) keywords.add(keyword ?? '');
      continue;
    }
    for (const { description, data, valid } of group.tests) {
      decided += 1;
      const isAccepted =
        opened instanceof Machine && [writeJson(data), JSON.stringify(data, undefined, '\t')].some((text) => accepts(opened, text));
      if (isAccepted !== valid) wrong.push(`${file}: ${group.description}: ${description}`);
    }
  }
  return { row: { file, decided, refused, keywords: [...keywords].sort() }, wrong };
}

const writeRow = ({ file, decided, refused, keywords }: Row): string =>
  `| ${file} | ${decided} | ${refused === 0 ? '' : refused} | ${keywords.map((keyword) => `\`${keyword}\``).join(' ')} |`;

test('the automaton decides each case of the official suite as the suite says, or names the keyword that it refuses', async () => {
  const rows: Row[] = [];
  for (const [file, groups] of Object.entries(suite)) {
    if (groups.length === 0) continue;
    const { row, wrong } = await runFile(file, groups);
    expect(wrong).toEqual([]);
    rows.push(row);
  }
  const page = readFileSync(new URL('../../../../../docs/structured-output.md', import.meta.url), 'utf8');
  const table = page.split('\n').filter((line) => /^\| [\w/-]+ \| \d+ \|/.test(line));
  expect(table).toEqual(rows.map(writeRow));
}, 600_000);

test('what the decoding profile lets write is valid in the schema profile too: walks and documents of every group of the suite', async () => {
  const { tokenizer, prepared } = openVocabulary('mini');
  const closing = closingTokens(tokenizer);
  const random = seeded(20);
  let walks = 0;
  let documents = 0;
  for (const [file, groups] of Object.entries(suite)) {
    for (const group of groups) {
      const schemaMachine = await open(group, file);
      if (schemaMachine instanceof SchemaRefusedError) continue;
      let machine: Machine;
      try {
        machine = new Machine(await compileFor(group.schema, decodingProfile()));
      } catch (error) {
        if (error instanceof SchemaRefusedError) continue; // formats are always enforced while decoding, and some cannot be
        throw error;
      }
      for (const { data } of group.tests) {
        const text = writeJson(data);
        if (!accepts(machine, text)) continue;
        documents += 1;
        expect(accepts(schemaMachine, text), `${file}: ${group.description}: ${text}`).toBe(true);
      }
      const masks = new TokenMasks(machine, prepared);
      for (let index = 0; index < 2; index += 1) {
        const { tokens, isComplete } = walkAtRandom(createConstraint(masks), random, { closing, maxTokens: 120 });
        if (!isComplete) continue;
        walks += 1;
        const text = tokenizer.decode(tokens);
        expect(accepts(schemaMachine, text), `${file}: ${group.description}: ${text}`).toBe(true);
      }
    }
  }
  expect(documents).toBeGreaterThan(250);
  expect(walks).toBeGreaterThan(400);
}, 600_000);

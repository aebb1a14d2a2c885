import { documentOptionNames, takesOption } from '@h2ovl/contract/wire';
import { modelOptionNames } from '@h2ovl/core/internal/operations/refuse-model-options';
import { modelOnly } from 'h2ovl/internal/flags/model-only-flags';
import { buildProgram } from 'h2ovl/internal/program';
import { expect, test } from 'vitest';
import { parseDocumentOptions } from '../../mcp-server/src/http/documents/document-schema.ts';
import { nodeProperties } from '../../n8n-node/nodes/H2ovl/description.ts';
import { optionNames } from '../../sdk/src/documents/document-options.ts';
import { optionReach } from './helpers/option-reach.ts';

type Name = keyof typeof documentOptionNames;

const names = Object.keys(documentOptionNames) as Name[];
const operations = ['read', 'ask', 'extract'] as const;

function flagsOf(command: string): readonly string[] {
  const program = buildProgram({ version: '0', print: () => {}, h2ovl: 'h2ovl', env: {}, run: () => {} });
  return program.commands.find((known) => known.name() === command)?.options.flatMap(({ long }) => (long == null ? [] : [long])) ?? [];
}

/** All fields of the node, those of its collections, too. */
function fieldsOf(properties: readonly object[]): readonly string[] {
  return properties.flatMap((property) => {
    const { name, options } = property as { readonly name?: string; readonly options?: readonly object[] };
    return [...(name === undefined ? [] : [name]), ...fieldsOf(options ?? [])];
  });
}

test('the command line and the library refuse the same options where no model is asked', () => {
  const flagOf = (name: string): string => {
    const { flag } = optionReach[name as Name];
    return typeof flag === 'string' ? flag : '';
  };
  // What leaves something out, or on as it is, holds without a model, too; the system's sentence and the limit of time are the command line's own.
  const asksNothing = ['', '--no-end-loops', '--no-retry', '--drafts'];
  const ofLibrary = modelOptionNames.map(flagOf).filter((flag) => !asksNothing.includes(flag));
  expect(
    Object.values(modelOnly)
      .filter((flag) => flag !== '--system' && flag !== '--timeout')
      .sort(),
  ).toEqual(ofLibrary.sort());
});

test('every option of a document has its place on the command line and in the n8n node, or a reason why not', () => {
  const flags = new Map(operations.map((operation) => [operation, flagsOf(operation)]));
  const fields = fieldsOf(nodeProperties);
  const missing = names.flatMap((name) => {
    const { flag, field } = optionReach[name];
    const lacking = operations.filter(
      (operation) => takesOption(operation, name) && typeof flag === 'string' && !flags.get(operation)?.includes(flag),
    );
    return [
      ...lacking.map((operation) => `${operation} has no ${JSON.stringify(flag)} for ${name}`),
      ...(typeof field === 'string' && !fields.includes(field) ? [`the node has no field ${field} for ${name}`] : []),
    ];
  });
  expect(missing).toEqual([]);
  expect(Object.keys(optionReach).sort()).toEqual([...names].sort());
  for (const { flag, field } of Object.values(optionReach)) {
    for (const place of [flag, field]) if (typeof place !== 'string') expect(place.left).toMatch(/^[A-Z].{20,}\.$/);
  }
});

/** The SDK writes the three forms of a schema by itself. */
const ofSchema: readonly Name[] = ['fields', 'preset'];

test('the client takes every option of an operation', () => {
  for (const operation of operations) {
    const taken = names.filter((name) => takesOption(operation, name) && !ofSchema.includes(name));
    expect(Object.keys(optionNames[operation])).toEqual(expect.arrayContaining(taken));
  }
});

test('HTTP reads every option: a value of the wrong kind is refused by its name, and not as unknown', () => {
  for (const name of names) {
    const operation = operations.find((known) => takesOption(known, name)) ?? 'read';
    const wire = documentOptionNames[name];
    const wrong = name === 'schema' ? 7 : { wrong: true };
    expect(() => parseDocumentOptions(operation, { [wire]: wrong }), name).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        param: expect.stringMatching(new RegExp(`^${wire}\\b`)),
        message: expect.not.stringMatching(/has no option/),
      }),
    );
  }
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonSchema as contractSchema } from '../../../contract/src/index.ts';
import { convertCheckpoint } from '../../src/convert/index.ts';
import { loadModel, type VisionModel } from '../../src/index.ts';

const checkpoint = join(import.meta.dirname, '../../../nano/checkpoint');
const home = mkdtempSync(join(tmpdir(), 'h2ovl-options-'));
const converted = join(home, 'nano-exact');
let model: VisionModel;

beforeAll(async () => {
  process.env.H2OVL_HOME = home;
  await convertCheckpoint(checkpoint, converted, { precision: 'exact' });
  model = await loadModel(converted, { precision: 'exact' });
});
afterAll(async () => {
  await model.dispose();
  delete process.env.H2OVL_HOME;
  rmSync(home, { recursive: true, force: true });
});

it('opens a converted model at the precision it has, and refuses to call it another', async () => {
  expect((await model.info()).weights).toMatchObject({ name: 'exact', vision: 'float32' });
  await expect(loadModel(converted, { precision: 'balanced' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    param: 'precision',
    message: `${converted} was converted to the precision exact; it cannot be opened as balanced.`,
  });
});

it('tells in fields what the model is and how it runs', async () => {
  const { runtime, contextLength, directory, tokensPerTile } = await model.info();
  expect(runtime).toMatchObject({ name: 'onnxruntime', device: 'cpu', version: expect.stringMatching(/^\d+\.\d+/) });
  expect(runtime.threads).toBeGreaterThan(0);
  expect([contextLength > 100, tokensPerTile > 0, directory]).toEqual([true, true, converted]);
});

it.each([
  [{ image: 'page.png' }, 'Did you mean images?'],
  [{ maxTokens: 5 }, 'Did you mean maxOutputTokens?'],
])('refuses %j instead of dropping it', async (wrong, hint) => {
  const options = { prompt: 'Read.', ...wrong } as { readonly prompt: string };
  const refusal = { code: 'INVALID_ARGUMENT', param: Object.keys(wrong)[0], hint };
  await expect(model.generate(options)).rejects.toMatchObject(refusal);
  await expect(model.stream(options).result).rejects.toMatchObject(refusal);
  await expect(model.countTokens(options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

it('counts what would be generated: the same options, a schema and all', async () => {
  const schema = contractSchema({ type: 'object', properties: { total: { type: 'string' } }, required: ['total'] });
  for (const request of [
    { prompt: 'Read.', maxOutputTokens: 2 },
    { prompt: 'What is the total?', schema, maxOutputTokens: 40 },
  ]) {
    const { usage } = await model.generate<unknown>(request);
    expect(await model.countTokens(request)).toEqual({ inputTokens: usage.inputTokens, imageTokens: 0 });
  }
});

it('checks the answer to a plain JSON Schema of the client too, which leaves that to whoever runs the model', async () => {
  const schema = contractSchema<{ total: number }>({ type: 'object', properties: { total: { type: 'number' } }, required: ['total'] });
  const answer = await model.generate({ prompt: 'Hi', schema, maxOutputTokens: 3 }).catch((error: unknown) => error);
  expect(answer).toMatchObject({ code: 'OUTPUT_INVALID', name: 'OutputInvalidError' });
});

import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { ensureConverted } from '../../src/convert/index.ts';
import { cpuForm, type GraphForm, type ModelForm, type SizedModel } from '../../src/model-files/manifest.ts';
import { useOwnHome } from '../helpers/own-home.ts';

const home = useOwnHome();
const checkpoint = join(home, 'checkpoint');
const gpuForm: GraphForm = { device: 'webgpu', values: 'float16', attention: 'fused' };
beforeAll(() => writeMiniCheckpoint(checkpoint, tinyConfig()));

it.each<readonly ['exact' | 'balanced' | 'fast', ModelForm]>([
  ['exact', cpuForm],
  ['balanced', cpuForm],
  ['exact', { ...gpuForm, values: 'float32' }],
  ['balanced', gpuForm],
  ['fast', { ...cpuForm, vision: gpuForm }],
])('what is planned before a conversion is what is made, and no weights take less: %s, %j', async (precision, form) => {
  const planned: SizedModel[] = [];
  const options = { precision, form, home, onPlan: (model: SizedModel) => void planned.push(model) };
  const { manifest } = await ensureConverted(checkpoint, options);
  expect(planned).toHaveLength(1);
  const { files, ...known } = planned[0] as SizedModel;
  expect(manifest).toMatchObject(known);
  for (const { data } of [manifest.graphs.vision, manifest.graphs.decoder]) {
    const [least, made] = [files[data]?.size ?? 0, manifest.files[data]?.size ?? 0];
    expect([data, least <= made, least > made / 3]).toEqual([data, true, true]); // small matrices have many scales
  }
  await ensureConverted(checkpoint, options);
  expect(planned).toHaveLength(1);
});

it('what the plan is refused for is not made', async () => {
  const onPlan = (): never => {
    throw new Error('too large');
  };
  const options = { precision: 'exact', form: gpuForm, home } as const;
  await expect(ensureConverted(checkpoint, { ...options, onPlan })).rejects.toThrow('too large');
  expect((await ensureConverted(checkpoint, options)).report).toBeDefined();
});

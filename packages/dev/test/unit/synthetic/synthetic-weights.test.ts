import { readFile } from 'node:fs/promises';
import { tensorShapes } from '@h2ovl/core/internal/convert/tensor-shapes';
import { bfloat16ToFloat32 } from '@h2ovl/core/internal/tensor/half-float';
import { describe, expect, it } from 'vitest';
import { fullSizeConfig } from '../../../src/synthetic/full-size-configs.ts';
import { fillSynthetic, tensorHash, valueRule } from '../../../src/synthetic/synthetic-weights.ts';
import { miniConfig, modelConfigOf } from '../../../src/testing/mini-checkpoint.ts';

describe('synthetic weights', () => {
  it.each(['mini-800m', 'mini-2b'] as const)('equal the probe values of %s, made with numpy and PyTorch', async (name) => {
    const file = new URL(`../../../../core/test/golden/reference/${name}.json`, import.meta.url);
    const { seed, weight_probe: probe } = JSON.parse(await readFile(file, 'utf8'));
    const shapes = tensorShapes(await modelConfigOf(miniConfig(name)));
    for (const [tensor, values] of Object.entries(probe as Record<string, number[]>)) {
      const bits = new Uint16Array(values.length);
      fillSynthetic(bits, 0, tensorHash(seed, tensor), valueRule(tensor, shapes.get(tensor) as readonly number[]));
      expect([...bfloat16ToFloat32(bits)], tensor).toEqual(values);
    }
    expect(Object.keys(probe).length).toBeGreaterThan(8);
  });

  it('do not depend on where a block begins', () => {
    const rule = { offset: 0, scale: 1 };
    const whole = new Uint16Array(10);
    const end = new Uint16Array(4);
    fillSynthetic(whole, 0, 99, rule);
    fillSynthetic(end, 6, 99, rule);
    expect([...end]).toEqual([...whole.subarray(6)]);
  });
});

describe('tensorShapes', () => {
  it.each([
    ['0.8b', 493, 826_295_808],
    ['2b', 565, 2_152_317_440],
  ] as const)('lists the tensors and parameters of the published %s', async (model, tensors, parameters) => {
    const shapes = tensorShapes(await modelConfigOf(fullSizeConfig(model)));
    expect(shapes.size).toBe(tensors);
    expect([...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, dim) => product * dim, 1), 0)).toBe(parameters);
  });
});

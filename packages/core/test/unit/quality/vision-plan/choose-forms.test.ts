import { describe, expect, it } from 'vitest';
import type { TowerMatrix } from '../../../../src/convert/tower.ts';
import type { MatrixForm } from '../../../../src/model-files/vision-plan.ts';
import {
  chooseColumnsApart,
  chooseForms,
  chooseSmoothing,
  estimateShare,
  type TriedForms,
  tightenForms,
} from '../../../../src/quality/vision-plan/choose-forms.ts';

const matrix = (more: Partial<TowerMatrix> = {}): TowerMatrix =>
  ({
    address: 'a',
    parts: ['a'],
    kind: 'fc1',
    rows: 64,
    columns: 64,
    tokens: 17,
    canSmooth: true,
    tensor: '',
    rowScale: undefined,
    ...more,
  }) as TowerMatrix;
const ones = (changes: Readonly<Record<number, number>> = {}): number[] => Array.from({ length: 64 }, (_, i) => changes[i] ?? 1);

describe('chooseSmoothing', () => {
  it('undoes outlier channels whose columns are as small as the inputs are large', () => {
    const observed = { matrix: matrix(), inputs: ones({ 3: 64, 9: 1024 }), weights: ones({ 3: 1 / 64, 9: 1 / 1024 }) };
    expect(chooseSmoothing(observed)).toEqual([
      [3, 6],
      [9, 10],
    ]);
  });

  it('shares an outlier between both sides where the weights are ordinary', () => {
    expect(chooseSmoothing({ matrix: matrix(), inputs: ones({ 3: 256 }), weights: ones() })).toEqual([[3, 4]]);
  });

  it('moves nothing through a GELU, nothing of channels that are alike, and nothing of dead ones', () => {
    const inputs = ones({ 3: 256, 4: 2, 5: 0 });
    expect(chooseSmoothing({ matrix: matrix({ canSmooth: false }), inputs, weights: ones() })).toEqual([]);
    expect(chooseSmoothing({ matrix: matrix(), inputs: ones({ 4: 2, 5: 0 }), weights: ones({ 6: 0 }) })).toEqual([]);
  });
});

describe('chooseColumnsApart', () => {
  it('takes the few columns that decide the scale of all others, and none where none stand out', () => {
    const fc2 = matrix({ canSmooth: false });
    expect(chooseColumnsApart({ matrix: fc2, inputs: ones({ 7: 50, 40: 30 }), weights: ones() }, [])).toEqual(
      expect.arrayContaining([7, 40]),
    );
    expect(chooseColumnsApart({ matrix: fc2, inputs: ones(), weights: ones() }, [])).toEqual([]);
  });

  it('looks at what smoothing leaves', () => {
    const observed = { matrix: matrix(), inputs: ones({ 3: 64 }), weights: ones({ 3: 1 / 64 }) };
    expect(chooseColumnsApart(observed, [[3, 6]])).toEqual([]);
    expect(chooseColumnsApart(observed, [])).toContain(3);
  });
});

const once: MatrixForm = { type: 'int8', products: 1, apart: [] };
const apart: MatrixForm = { type: 'int8', products: 1, apart: [1] };
const twice: MatrixForm = { type: 'int8', products: 2, apart: [] };
const tried: TriedForms = {
  good: [
    { form: once, error: 0.01, time: 0.4 },
    { form: twice, error: 0.008, time: 0.8 },
  ],
  middling: [
    { form: once, error: 0.06, time: 0.4 },
    { form: apart, error: 0.02, time: 0.45 },
    { form: twice, error: 0.01, time: 0.8 },
  ],
  bad: [
    { form: once, error: 0.5, time: 0.4 },
    { form: twice, error: 0.3, time: 1.2 },
  ],
};

describe('chooseForms', () => {
  it('takes the fastest form within the tolerance, and float32 where there is none', () => {
    expect(chooseForms(tried, 0.08)).toEqual({ good: once, middling: once, bad: { type: 'float32' } });
    expect(chooseForms(tried, 0.03)).toEqual({ good: once, middling: apart, bad: { type: 'float32' } });
  });

  it('takes no form that is not worth its error', () => {
    expect(chooseForms({ a: [{ form: twice, error: 0.001, time: 0.95 }] }, 0.08)).toEqual({ a: { type: 'float32' } });
  });

  it('is tightened where errors are largest: a form with half the error, else float32', () => {
    const first = chooseForms(tried, 0.08);
    const second = tightenForms(tried, first);
    expect(second).toEqual({ good: once, middling: apart, bad: { type: 'float32' } });
    const third = tightenForms(tried, second);
    expect(third.middling).toEqual(twice);
    expect(tightenForms(tried, tightenForms(tried, third)).middling).toEqual({ type: 'float32' });
  });

  it('estimates the time of all matrices by their sizes', () => {
    const matrices = [matrix({ address: 'good' }), matrix({ address: 'bad', rows: 3 * 64 })];
    expect(estimateShare(matrices, tried, chooseForms(tried, 0.08))).toBeCloseTo(0.25 * 0.4 + 0.75, 9);
  });
});

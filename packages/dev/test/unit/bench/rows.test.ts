import { describe, expect, test } from 'vitest';
import { formatReport, makeReport } from '../../../src/bench/report.ts';
import { type Measurement, makeRows, ratioOf } from '../../../src/bench/rows.ts';

const quiet = { isBusy: false, allowBusy: false };

const decode: Measurement = {
  work: 'decode at 16',
  precision: 'fast',
  unit: 'tok/s',
  samples: [58, 60, 66],
  roof: 90,
  peers: [{ peer: 'node-llama-cpp Q4_0', samples: [40, 50, 42] }],
  othersShare: 0.02,
};

test('says better as above 1, for rates and for times', () => {
  expect(ratioOf('tok/s', 60, 40)).toBe(1.5);
  expect(ratioOf('s', 4, 6)).toBe(1.5);
});

test('puts medians against each other, with samples and spread of our own', () => {
  expect(makeRows('0.8b', decode, quiet)).toEqual([
    {
      work: 'decode at 16',
      model: '0.8b',
      precision: 'fast',
      value: 60,
      unit: 'tok/s',
      peer: 'node-llama-cpp Q4_0',
      peerValue: 42,
      ratio: 60 / 42,
      n: 3,
      spread: [58, 66],
      roof: 90,
      goal: '>= 1.2x',
      met: true,
    },
  ]);
});

test('makes a row for each peer, and one without when there is none', () => {
  const two = { ...decode, peers: [...(decode.peers ?? []), { peer: 'transformers.js q4', samples: [51] }] };
  expect(makeRows('0.8b', two, quiet).map(({ peer }) => peer)).toEqual(['node-llama-cpp Q4_0', 'transformers.js q4']);
  const [alone] = makeRows('0.8b', { ...decode, peers: [] }, quiet);
  expect(alone).toMatchObject({ peer: null, peerValue: null, ratio: null, goal: null, met: null });
});

describe('on a busy machine', () => {
  test('keeps the value, but neither ratio nor verdict', () => {
    expect(makeRows('0.8b', decode, { isBusy: true, allowBusy: false })[0]).toMatchObject({
      value: 60,
      ratio: null,
      goal: '>= 1.2x',
      met: null,
    });
  });

  test('shows the ratio when asked to, still without a verdict', () => {
    expect(makeRows('0.8b', decode, { isBusy: true, allowBusy: true })[0]).toMatchObject({ ratio: 60 / 42, met: null });
  });

  test('judges memory all the same', () => {
    const memory: Measurement = { work: 'peak memory of a page', precision: 'int8', unit: 'MB', samples: [1100], othersShare: 0.9 };
    expect(makeRows('0.8b', memory, { isBusy: true, allowBusy: false })[0]?.met).toBe(true);
  });
});

test('shows a quoted number without judging by it, and judges by the roof beside it', () => {
  const tile: Measurement = {
    work: 'tile encode',
    precision: 'float32',
    unit: 's',
    samples: [5],
    roof: 4.6,
    peers: [{ peer: 'llama.cpp f16 (quoted)', samples: [7], isQuoted: true }],
    othersShare: 0,
  };
  const [own, quoted] = makeRows('0.8b', tile, quiet);
  expect(own).toMatchObject({ peer: null, goal: '>= 90 % of roof', met: true });
  expect(quoted).toMatchObject({ peerValue: 7, ratio: 1.4, goal: null, met: null });
});

describe('the report', () => {
  const busy = { ...decode, work: 'decode at 2000', othersShare: 0.43 };
  const unknown = { ...decode, work: 'decode at 500', othersShare: undefined };
  const report = makeReport('0.8b', [decode, busy, unknown], { threads: 2, allowBusy: false });

  test('has exactly the keys that were promised', () => {
    expect(Object.keys(report)).toEqual(['machine', 'rows']);
    for (const row of report.rows) {
      expect(Object.keys(row)).toEqual([
        ...['work', 'model', 'precision', 'value', 'unit', 'peer', 'peerValue', 'ratio', 'n', 'spread', 'roof', 'goal', 'met'],
      ]);
    }
    expect(JSON.parse(JSON.stringify(report))).toEqual(report); // nothing that JSON drops
  });

  test('tells per work what others took, and where that is not known', () => {
    expect(report.machine.othersShare).toEqual({
      'decode at 16 (fast)': 0.02,
      'decode at 2000 (fast)': 0.43,
      'decode at 500 (fast)': null,
    });
  });

  test('says busy instead of a ratio above 15 %', () => {
    const [calm, loaded] = formatReport(report)
      .split('\n')
      .filter((line) => line.startsWith('decode at'));
    expect(calm).toMatch(/1\.43x +>= 1\.2x +yes/);
    expect(loaded).toMatch(/busy \(43 %\)/);
    expect(loaded).not.toMatch(/1\.43x|yes|NO/);
  });
});

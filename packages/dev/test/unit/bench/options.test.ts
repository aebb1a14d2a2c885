import { describe, expect, test } from 'vitest';
import { main } from '../../../src/bench/bench.ts';
import { neededVariants, variantsOf } from '../../../src/bench/judged-variants.ts';
import { BenchUsageError, parseOptions, workGroups } from '../../../src/bench/options.ts';

test('measures everything on the 0.8B without arguments', () => {
  expect(parseOptions([])).toEqual({
    device: 'cpu',
    model: '0.8b',
    only: workGroups,
    precisions: undefined,
    repeat: 5,
    threads: undefined,
    quick: false,
    peers: false,
    json: false,
    allowBusy: false,
    rebuild: false,
  });
});

test('keeps groups in the order they are measured in', () => {
  expect(parseOptions(['--only', 'page,tile']).only).toEqual(['tile', 'page']);
});

test('takes fewer samples when quick, unless their number is given', () => {
  expect(parseOptions(['--quick']).repeat).toBe(2);
  expect(parseOptions(['--quick', '--repeat', '7']).repeat).toBe(7);
});

describe('refuses', () => {
  test.each([
    [['--model', '7b'], /--model is 7b; there are nano, 0\.8b, 2b/],
    [['--only', 'tile,speed'], /--only has "speed"; there are roofs, tile/],
    [['--only', ''], /--only has ""/],
    [['--precision', 'int2'], /--precision has "int2"/],
    [['--repeat', '0'], /--repeat is 0; it must be a whole number from 1/],
    [['--threads', '1.5'], /--threads is 1\.5/],
    [['--fast'], /--fast/],
    [['extra'], /extra/],
    [['--device', 'cuda'], /--device is cuda; there are cpu and webgpu/],
    [['--device', 'webgpu', '--only', 'roofs'], /measures the group page alone/],
    [['--device', 'webgpu', '--precision', 'int8'], /no precision int8/],
    [['--device', 'webgpu', '--peers'], /compute on the CPU/],
  ])('%j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(BenchUsageError);
    expect(() => parseOptions(argv)).toThrow(message);
  });
});

test('ends with 2 for wrong usage, before any work', async () => {
  const written: string[] = [];
  const write = process.stderr.write;
  process.stderr.write = (text) => written.push(String(text)) > 0;
  try {
    expect(await main(['--model', '7b'])).toBe(2);
    expect(await main(['engine', 'unknown'])).toBe(2);
  } finally {
    process.stderr.write = write;
  }
  expect(written.join('')).toContain('Usage: bench');
});

test('converts only the forms that the chosen groups are measured in', () => {
  expect(neededVariants(parseOptions(['--only', 'roofs']))).toEqual([]);
  expect(neededVariants(parseOptions(['--only', 'roofs,decode']))).toEqual(['fast']);
  expect(neededVariants(parseOptions([]))).toEqual(['balanced', 'fast', 'int8']);
  expect(neededVariants(parseOptions(['--only', 'decode', '--precision', 'exact,balanced']))).toEqual(['exact', 'balanced']);
  expect(variantsOf('tile', parseOptions([]))).toEqual(['balanced', 'int8']);
});

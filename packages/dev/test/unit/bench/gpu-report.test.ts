import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, locateModel } from '@h2ovl/core';
import { readModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import { afterAll, describe, expect, test } from 'vitest';
import { useStandIn } from '../../../../core/test/helpers/stand-in-probe.ts';
import { findBenchModel } from '../../../src/bench/bench-models.ts';
import { drawPage, fillQuestion } from '../../../src/bench/engines/page-drawing.ts';
import { parseOptions } from '../../../src/bench/options.ts';
import { prepareCheckpoint } from '../../../src/bench/prepare-models.ts';
import { formatReport, makeReport } from '../../../src/bench/report.ts';
import { fitToDevice, shortPage } from '../../../src/bench/works/gpu-page.ts';

const measured = { work: 'page (SOFTWARE device)', precision: 'exact', unit: 's', samples: [3], othersShare: 0 } as const;
const options = { threads: 2, allowBusy: false };

describe('the report of a page on a GPU', () => {
  test('says of a device in software that its figures say nothing about a GPU', () => {
    const devices = [{ name: 'Soft 1', isSoftware: true }];
    const report = makeReport('nano', [measured], { ...options, devices });
    expect(report.devices).toEqual(devices);
    expect(formatReport(report)).toContain('Device: Soft 1, in SOFTWARE: these figures say nothing about a GPU.');
  });

  test('names a GPU once, and no device where the CPU computes', () => {
    const card = { name: 'Card 9', isSoftware: false };
    const text = formatReport(makeReport('nano', [measured], { ...options, devices: [card, card] }));
    expect(text.match(/Device: /g)).toHaveLength(1);
    expect(text).toContain('Device: Card 9, through WebGPU.');
    expect(formatReport(makeReport('nano', [measured], options))).not.toContain('Device:');
  });
});

describe('bench --device webgpu', () => {
  const home = mkdtempSync(join(tmpdir(), 'h2ovl-bench-device-'));
  afterAll(() => {
    delete process.env.H2OVL_HOME;
    rmSync(home, { recursive: true });
  });

  /** What is measured of `argv` on a machine whose GPU is of that kind, and what is told. */
  async function fit(kind: 'discrete' | 'software', argv: readonly string[]) {
    process.env.H2OVL_HOME = join(home, kind);
    const adapter = { name: 'Soft 1', kind, memoryBytes: 1e9, driverVersion: '1' } as const;
    const standIn = useStandIn(
      [
        { type: 'adapters', adapters: [adapter] },
        { type: 'end', state: 'right', reason: 'The GPU opens and runs.' },
      ],
      'wait',
    );
    const notes: string[] = [];
    const options = await fitToDevice(parseOptions(argv), (text) => notes.push(text));
    return { options, notes, tries: standIn.pids().length };
  }

  test('measures a short page of a miniature on a device in software, and says so', async () => {
    const { options, notes } = await fit('software', ['--device', 'webgpu']);
    expect(options).toMatchObject({ device: 'webgpu', model: 'mini', precisions: ['balanced'], quick: true, repeat: 1 });
    expect(notes).toEqual([expect.stringContaining('Soft 1 is a device in software')]);
    expect((await fit('software', ['--device', 'webgpu', '--precision', 'exact,fast'])).options.precisions).toEqual(['exact']);
  });

  test('measures what was asked for on a GPU, and looks for none where the CPU is measured', async () => {
    expect(await fit('discrete', ['--device', 'webgpu'])).toMatchObject({
      options: parseOptions(['--device', 'webgpu']),
      notes: [],
      tries: 1,
    });
    expect(await fit('discrete', [])).toMatchObject({ options: parseOptions([]), notes: [], tries: 0 });
  });
});

test('the short page is cut into as many tiles as it says', async () => {
  const located = await locateModel('nano');
  const config = await readModelConfig(located.directory);
  const page = shortPage(findBenchModel('nano').page, config);
  expect(shortPage(page, { image: { ...config.image, useMsac: true } }).tiles).toBeGreaterThan(page.tiles);
  await using model = await loadModel('nano', { device: 'cpu' });
  expect(await fillQuestion(model, await drawPage(page, 1), page)).toContain('Read the text');
});

test('the miniature reads its short page, answer and all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-bench-mini-'));
  process.env.H2OVL_HOME = join(folder, 'home');
  try {
    const mini = findBenchModel('mini');
    const directory = await prepareCheckpoint(mini, { folder, signal: new AbortController().signal, report: () => {} });
    const page = shortPage(mini.page, await readModelConfig(directory));
    await using model = await loadModel(directory, { device: 'cpu' });
    const question = await fillQuestion(model, await drawPage(page, 0), page);
    const { usage } = await model.generate({ prompt: question, images: [await drawPage(page, 1)], maxOutputTokens: page.answerTokens });
    expect(usage.outputTokens).toBe(page.answerTokens);
  } finally {
    delete process.env.H2OVL_HOME;
    rmSync(folder, { recursive: true });
  }
});

import { loadModel, locateModel } from '@h2ovl/core';
import { readModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import { describe, expect, test } from 'vitest';
import { findBenchModel } from '../../../src/bench/bench-models.ts';
import { drawPage, fillQuestion } from '../../../src/bench/engines/page-drawing.ts';
import { formatReport, makeReport } from '../../../src/bench/report.ts';
import { shortPage } from '../../../src/bench/works/gpu-page.ts';

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

test('the short page is cut into as many tiles as it says', async () => {
  const located = await locateModel('nano');
  const config = await readModelConfig(located.directory);
  const page = shortPage(findBenchModel('nano').page, config);
  expect(shortPage(page, { image: { ...config.image, useMsac: true } }).tiles).toBeGreaterThan(page.tiles);
  await using model = await loadModel('nano', { device: 'cpu' });
  expect(await fillQuestion(model, await drawPage(page, 1), page)).toContain('Read the text');
});

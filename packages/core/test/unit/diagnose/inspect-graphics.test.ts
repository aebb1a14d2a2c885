import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inspectGraphics } from '../../../src/diagnose/inspect-graphics.ts';
import type { TriedDevice } from '../../../src/runtime/devices/device-facts.ts';
import { writeRecord } from '../../../src/runtime/devices/device-record.ts';
import { driverIdentity } from '../../../src/runtime/devices/driver-identity.ts';

const home = mkdtempSync(join(tmpdir(), 'h2ovl-graphics-'));
afterAll(() => rmSync(home, { recursive: true }));

const card = { name: 'Card 9', kind: 'discrete', memoryBytes: 8e9, driverVersion: '1' } as const;
const speeds = { cpu: { promptRows: 1, steps: 1 }, webgpu: { promptRows: 10, steps: 10 } };
const tried: TriedDevice = {
  ...{ state: 'right', depth: 'measured', reason: 'Right.', adapters: [card], adapter: card, notes: [], speeds },
  triedAt: '2026-01-02T03:04:05.000Z',
};

test('tells what was found about the GPU, and tries nothing itself', async () => {
  const untried = await inspectGraphics({ home });
  expect(untried.level).toBe('ok');
  expect(untried.message).toMatch(/not tried yet|No Vulkan driver/);
  const identity = driverIdentity('high-performance');
  await writeRecord(identity, tried, home);
  expect(await inspectGraphics({ home })).toMatchObject({
    level: 'ok',
    message: expect.stringMatching(/^Card 9 \(discrete\)\. The GPU computes: .* Tried on 2026-01-02\.$/),
  });
  await writeRecord(identity, { ...tried, state: 'hung', reason: 'It did not return.' }, home);
  expect(await inspectGraphics({ home })).toMatchObject({
    level: 'warning',
    message: expect.stringContaining('It did not return.'),
    next: expect.stringContaining('driver'),
  });
});

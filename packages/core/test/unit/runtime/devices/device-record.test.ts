import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { TriedDevice } from '../../../../src/runtime/devices/device-facts.ts';
import { readRecord, writeRecord } from '../../../../src/runtime/devices/device-record.ts';
import { driverIdentity, listDriverFiles } from '../../../../src/runtime/devices/driver-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-record-'));
afterAll(() => rmSync(folder, { recursive: true }));

const software = { name: 'Soft', kind: 'software', memoryBytes: 1, driverVersion: '1' } as const;
const speed = { promptRows: 100, steps: 10 };
const tried: TriedDevice = {
  ...{ state: 'right', depth: 'measured', reason: 'Right.', adapters: [], adapter: undefined, notes: ['In float16.'] },
  ...{ speeds: { cpu: speed, webgpu: speed }, triedAt: '2026-01-02T03:04:05.000Z' },
};

test('remembers everything, for this user alone', async () => {
  const home = join(folder, 'a');
  await writeRecord('id', tried, home);
  expect(await readRecord('id', 'measured', home)).toEqual(tried);
  expect(await readRecord('other', 'measured', home)).toBeUndefined();
  if (process.platform === 'win32') return;
  expect(statSync(join(home, 'devices', 'id.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'devices')).mode & 0o777).toBe(0o700);
});

test.each([
  ['opened, where speed is asked for', { depth: 'opened', speeds: undefined }, 'auto', false],
  ['opened, where no more is asked for', { depth: 'opened', speeds: undefined }, 'opened', true],
  ['listed as software, by auto', { state: 'software', depth: 'listed', adapter: software }, 'auto', true],
  ['listed as software, where it is to be opened', { state: 'software', depth: 'listed', adapter: software }, 'opened', false],
  ['crashed', { state: 'crashed', depth: 'listed' }, 'measured', true],
] as const)('a device that was %s answers as far as it was tried', async (_name, change, depth, isKnown) => {
  const home = join(folder, 'b');
  await writeRecord('id', { ...tried, ...change }, home);
  expect((await readRecord('id', depth, home)) !== undefined).toBe(isKnown);
});

test('a record that is broken, or of another version, is none; a home that cannot be written costs nothing but another try', async () => {
  const home = join(folder, 'c');
  await writeRecord('id', tried, home);
  for (const text of ['{', JSON.stringify({ ...tried, version: 0 })]) {
    writeFileSync(join(home, 'devices', 'id.json'), text);
    expect(await readRecord('id', 'auto', home)).toBeUndefined();
  }
  writeFileSync(join(folder, 'file'), '');
  await writeRecord('id', tried, join(folder, 'file', 'home'));
});

test('another driver, another version of it and another setting are another machine', () => {
  const [library, manifest] = [join(folder, 'driver.so'), join(folder, 'driver.json')];
  writeFileSync(library, 'one');
  writeFileSync(manifest, JSON.stringify({ ICD: { library_path: './driver.so' } }));
  const view = (env: Record<string, string>) => ({ platform: 'linux' as const, env, home: folder });
  const env = { VK_DRIVER_FILES: manifest };
  const identity = driverIdentity('high-performance', view(env));
  expect(driverIdentity('high-performance', view(env))).toBe(identity);
  expect(driverIdentity('low-power', view(env))).not.toBe(identity);
  expect(driverIdentity('high-performance', view({ ...env, DRI_PRIME: '1' }))).not.toBe(identity);
  expect(driverIdentity('high-performance', view({ VK_DRIVER_FILES: '/nowhere.json' }))).not.toBe(identity);
  utimesSync(library, 1, 1);
  expect(driverIdentity('high-performance', view(env))).not.toBe(identity);
});

test('finds drivers where the loader looks', () => {
  const manifest = join(folder, 'driver.json');
  expect(listDriverFiles({ platform: 'linux', env: { VK_ICD_FILENAMES: `${manifest}:/nowhere.json` }, home: folder })).toEqual([manifest]);
  expect(listDriverFiles({ platform: 'win32', env: {}, home: folder })).toBeUndefined();
});

import type { DeviceReport, ProbedDevice } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import { given } from '../given.ts';
import { formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { inOwnWords } from '../terminal/own-words.ts';

export interface DevicesRequest {
  readonly json: boolean;
  readonly threads: number | undefined;
  /** Whatever is remembered. */
  readonly reprobe: boolean;
}

/** Tries the devices of this machine and prints what was found. */
export async function showDevices(
  { json, threads, reprobe }: DevicesRequest,
  { library, output, signal, status, world }: CommandContext,
): Promise<number> {
  status.show({ label: 'trying the GPU in a process of its own' });
  const found = await library.probeDevices({ reprobe, signal, ...given({ threads }) });
  status.clear();
  const report = inWords(found, world.h2ovl);
  await output.write(json ? `${JSON.stringify(report)}\n` : describe(report));
  return 0;
}

function inWords(report: DeviceReport, h2ovl: string): DeviceReport {
  const devices = report.devices.map((device) => ({ ...device, notes: device.notes.map((note) => inOwnWords(note, h2ovl)) }));
  return { ...report, why: inOwnWords(report.why, h2ovl), devices };
}

function describe({ chosen, why, adapters, devices }: DeviceReport): string {
  const table = formatTable([['device', 'state', 'prompt rows/s', 'steps/s', 'tried', 'adapter'], ...devices.map(deviceRow)]);
  const notes = devices.flatMap((device) => device.notes.map((note) => `${device.device}: ${note}\n`));
  const known = adapters.map(({ name, kind, memoryBytes }) => `adapter: ${name} (${kind}, ${formatSize(memoryBytes)})\n`);
  const hasSpeed = devices.some(({ speed }) => speed !== undefined);
  const measure = hasSpeed
    ? 'Speeds are those of a stack of 4-bit layers, far smaller than a model: to be compared with each other only.\n'
    : '';
  return `${table}\n${known.join('')}${notes.join('')}${measure}\n--device auto takes ${chosen}${scopes[chosen]}. ${why}\n`;
}

/** For which models. */
const scopes: Readonly<Record<DeviceReport['chosen'], string>> = {
  cpu: '',
  webgpu: ' for all but small models, and webgpu:vision for those that its memory cannot hold',
  'webgpu:vision': ' for all but small models',
};

function deviceRow({ device, state, adapter, speed, triedAt }: ProbedDevice): readonly string[] {
  const [rows, steps] = speed === undefined ? ['-', '-'] : [speed.promptRows, speed.steps].map(formatRate);
  return [device, state, rows as string, steps as string, triedAt?.slice(0, 10) ?? '-', adapter ?? '-'];
}

/** Three digits are more than such a measurement is good for. */
const formatRate = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

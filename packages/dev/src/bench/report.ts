import { formatTable } from 'h2ovl/internal/terminal/format-table';
import type { BenchModelName } from './bench-models.ts';
import { maxOthersShare } from './cpu-watch.ts';
import type { PageDevice } from './engines/page-engine.ts';
import { describeMachine, type Machine } from './machine.ts';
import { type Measurement, makeRows, type Row, ratioOf } from './rows.ts';

/** Everything a run found, as `--json` prints it. */
export interface BenchReport {
  readonly machine: Machine;
  readonly rows: readonly Row[];
  /** What computed, where it is not the CPU; figures of a device in software say nothing about a GPU. */
  readonly devices?: readonly PageDevice[];
}

export function makeReport(
  model: BenchModelName,
  measurements: readonly Measurement[],
  { threads, allowBusy, devices = [] }: { readonly threads: number; readonly allowBusy: boolean; readonly devices?: readonly PageDevice[] },
): BenchReport {
  const shares: Record<string, number | null> = {};
  for (const measured of measurements)
    shares[shareKey(measured)] = measured.othersShare === undefined ? null : Number(measured.othersShare.toFixed(3));
  const rows = measurements.flatMap((measured) =>
    makeRows(model, measured, { isBusy: (measured.othersShare ?? 0) > maxOthersShare, allowBusy }),
  );
  return { machine: describeMachine(threads, shares), rows, ...(devices.length > 0 && { devices }) };
}

const header = ['work', 'precision', 'value', 'spread', 'n', 'roof', 'of roof', 'peer', 'peer value', 'ratio', 'goal', 'met'];

/** The report for people. */
export function formatReport({ machine, rows, devices = [] }: BenchReport): string {
  const lines = rows.map((row) => {
    const share = machine.othersShare[shareKey(row)] ?? 0;
    const isBusy = share > maxOthersShare && row.unit !== 'MB';
    const busyText = `busy (${(share * 100).toFixed(0)} %)`;
    const roofShare = row.roof === null ? '' : `${(ratioOf(row.unit, row.value, row.roof) * 100).toFixed(0)} %`;
    const ratio = row.ratio === null ? '' : `${row.ratio.toFixed(2)}x`;
    return [
      ...[
        row.work,
        row.precision ?? '',
        `${digits(row.value)} ${row.unit}`,
        `${digits(row.spread[0])}..${digits(row.spread[1])}`,
        String(row.n),
      ],
      ...[row.roof === null ? '' : digits(row.roof), roofShare, row.peer ?? '', row.peerValue === null ? '' : digits(row.peerValue)],
      ...[isBusy ? `${ratio} ${busyText}`.trim() : ratio, row.goal ?? '', row.met === null ? '' : row.met ? 'yes' : 'NO'],
    ];
  });
  const isUnknown = Object.values(machine.othersShare).includes(null);
  return [
    `${machine.processor}, ${machine.threads} of ${machine.logicalProcessors} processors, ${machine.memoryGB} GB, ${machine.features.join(' ')}`,
    `${machine.system}, Node ${machine.node}, ${machine.date}, model ${rows[0]?.model ?? ''}${isUnknown ? '; what other processes took is not known here' : ''}`,
    ...describeDevices(devices),
    '',
    formatTable([header, ...lines]),
  ].join('\n');
}

function describeDevices(devices: readonly PageDevice[]): readonly string[] {
  const lines = devices.map(({ name, isSoftware }) =>
    isSoftware ? `Device: ${name}, in SOFTWARE: these figures say nothing about a GPU.` : `Device: ${name}, through WebGPU.`,
  );
  return [...new Set(lines)];
}

function shareKey({ work, precision }: Pick<Row, 'work' | 'precision'>): string {
  return precision === null ? work : `${work} (${precision})`;
}

/** Three digits that matter. */
function digits(value: number): string {
  if (value >= 1000) return value.toFixed(0);
  return Number(value.toPrecision(3)).toString();
}

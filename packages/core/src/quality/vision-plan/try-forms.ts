import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Tower, type TowerMatrix, type TowerWork, towerOutputs } from '../../convert/tower.ts';
import { graphValues, type Manifest } from '../../model-files/manifest.ts';
import type { MatrixForm, Smoothing } from '../../model-files/vision-plan.ts';
import type { Runtime, Session } from '../../runtime/port.ts';
import { makePrivateFolder } from '../../store/private-file.ts';
import { storageError } from '../../store/storage-error.ts';
import {
  chooseColumnsApart,
  chooseSmoothing,
  listCandidates,
  mostTime,
  type ObservedMatrix,
  type TriedForm,
  type TriedForms,
} from './choose-forms.ts';
import type { EncodeTile } from './reference-features.ts';

/** What measuring matrices needs. */
export interface TryContext {
  readonly runtime: Runtime;
  readonly tower: Tower;
  readonly int8Limit: 64 | 127;
  /** For graphs; each is removed when it was used. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called after each tile, matrix or run. */
  readonly onStep: (step: string, done: number, total: number) => void;
}

/** Tiles as the vision graph takes them, and the shape of what it gives. */
export interface Tiles {
  readonly patches: readonly Float32Array[];
  readonly manifest: Manifest;
}

/** Runs the float32 tower over tiles and notes the largest input of each channel of each matrix. `further`: what else is to be made of the tower while it is open. */
export async function observeMatrices(
  { patches, manifest }: Tiles,
  context: TryContext,
  further: (encode: EncodeTile) => Promise<void> = async () => {},
): Promise<readonly ObservedMatrix[]> {
  const { tower } = context;
  const largest = tower.matrices.map(({ columns }) => new Float32Array(columns));
  await withGraph({ type: 'observe' }, context, async (session) => {
    const outputs = tower.matrices.map(({ address, columns }) => [towerOutputs.largest(address), new Float32Array(columns)] as const);
    for (const [done, tile] of patches.entries()) {
      await runTile(session, tile, manifest, outputs, context.signal);
      for (const [index, [, seen]] of outputs.entries()) {
        const kept = largest[index] as Float32Array;
        for (let i = 0; i < kept.length; i += 1) kept[i] = Math.max(kept[i] as number, seen[i] as number);
      }
      context.onStep('observing', done + 1, patches.length);
    }
    await further((tile) => runTile(session, tile, manifest, outputs, context.signal));
  });
  const observed: ObservedMatrix[] = [];
  for (const [index, matrix] of tower.matrices.entries()) {
    const weights = [...(await tower.largestWeights(matrix))];
    observed.push({ matrix, inputs: [...(largest[index] as Float32Array)], weights });
  }
  return observed;
}

/** Smoothing of the matrices that take any, and the forms that are tried. */
export interface Candidates {
  readonly smoothing: Readonly<Record<string, Smoothing>>;
  readonly forms: Readonly<Record<string, readonly MatrixForm[]>>;
}

/** `times` leaves out what is no faster than float32 here. */
export function listAllCandidates(observed: readonly ObservedMatrix[], times: Readonly<Record<string, number>>): Candidates {
  const smoothing: Record<string, Smoothing> = {};
  const forms: Record<string, readonly MatrixForm[]> = {};
  for (const one of observed) {
    const moved = chooseSmoothing(one);
    if (moved.length > 0) smoothing[one.matrix.address] = moved;
    const { address, kind } = one.matrix;
    forms[address] = listCandidates(chooseColumnsApart(one, moved)).filter((form) => (times[timeKey(kind, form)] ?? 1) <= mostTime);
  }
  return { smoothing, forms };
}

/** Runs the float32 tower over tiles with every candidate beside each matrix; what the candidates make is compared and goes nowhere else. */
export async function tryForms(
  { patches, manifest }: Tiles,
  { smoothing, forms }: Candidates,
  times: Readonly<Record<string, number>>,
  context: TryContext,
): Promise<TriedForms> {
  const { tower } = context;
  const outputs = tower.matrices.flatMap(({ address, parts }) =>
    parts.flatMap((part) =>
      (forms[address] ?? []).map((_, candidate) => [towerOutputs.error(part, candidate), new Float32Array(1)] as const),
    ),
  );
  const sums = new Map<string, number>(outputs.map(([name]) => [name, 0]));
  await withGraph({ type: 'try', smoothing, candidates: forms }, context, async (session) => {
    for (const [done, tile] of patches.entries()) {
      await runTile(session, tile, manifest, outputs, context.signal);
      for (const [name, [error]] of outputs) sums.set(name, (sums.get(name) as number) + (error as number));
      context.onStep('trying forms', done + 1, patches.length);
    }
  });
  const triedFor = ({ address, parts, kind }: TowerMatrix): readonly TriedForm[] =>
    (forms[address] ?? []).map((form, candidate) => {
      // q, k and v share a form: the one that loses most decides.
      const error = Math.max(...parts.map((part) => Math.sqrt((sums.get(towerOutputs.error(part, candidate)) as number) / patches.length)));
      return { form, error, time: times[timeKey(kind, form)] ?? 1 };
    });
  return Object.fromEntries(tower.matrices.map((matrix) => [matrix.address, triedFor(matrix)]));
}

/** The least of so many counts: what else runs on the machine only adds to a time. */
const timedRuns = 9;
/** Columns apart that are timed: about as many as most plans take. */
const timedApart = 16;

export const timeKey = (kind: TowerMatrix['kind'], form: MatrixForm): string =>
  form.type === 'float32' ? `${kind} float32` : `${kind} ${form.products}${form.apart.length > 0 ? ' apart' : ''}`;

/** Times each form of one matrix of each kind, in turns, and gives it as a share of float32's: what is fast differs from processor to processor. */
export async function timeForms(context: TryContext): Promise<Readonly<Record<string, number>>> {
  const { tower, signal } = context;
  const kinds = [...new Map(tower.matrices.map((matrix) => [matrix.kind, matrix])).values()];
  const shares: Record<string, number> = {};
  for (const [done, matrix] of kinds.entries()) {
    signal.throwIfAborted();
    const apart = Array.from({ length: Math.min(timedApart, matrix.columns) }, (_, column) => column);
    const forms: readonly MatrixForm[] = [{ type: 'float32' }, ...listCandidates(apart)];
    const times = await timeMatrix(matrix, forms, context);
    for (const [index, form] of forms.entries()) shares[timeKey(matrix.kind, form)] = (times[index] as number) / (times[0] as number);
    context.onStep('timing', done + 1, kinds.length);
  }
  return shares;
}

/** Least milliseconds of each form. */
async function timeMatrix(matrix: TowerMatrix, forms: readonly MatrixForm[], context: TryContext): Promise<readonly number[]> {
  const { runtime, tower, int8Limit, signal } = context;
  const sessions: Session[] = [];
  const folders: string[] = [];
  try {
    for (const [index, form] of forms.entries()) {
      const folder = join(context.folder, `time-${index}`);
      await makePrivateFolder(folder);
      folders.push(folder);
      sessions.push(await runtime.openSession(await tower.writeMatrix(matrix, form, { directory: folder, int8Limit })));
    }
    const input = Float32Array.from({ length: matrix.tokens * matrix.columns }, (_, i) => Math.sin(i * 12.9898) * 2);
    const output = new Float32Array(matrix.tokens * matrix.rows);
    const request = {
      inputs: { [graphValues.patches]: { dtype: 'float32', dims: [matrix.tokens, matrix.columns], data: input } },
      outputs: { [graphValues.features]: { dtype: 'float32', dims: [matrix.tokens, matrix.rows], data: output } },
      signal,
    } as const;
    const times = sessions.map((): number[] => []);
    for (let run = 0; run <= timedRuns; run += 1) {
      for (const [index, session] of sessions.entries()) {
        const started = performance.now();
        await session.run(request);
        if (run > 0) times[index]?.push(performance.now() - started); // the first one warms up
      }
    }
    return times.map((all) => Math.min(...all));
  } finally {
    await Promise.all(sessions.map((session) => session.dispose()));
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds for a large tower, in which nothing else is told. */
const opening = {
  observe: 'opening the tower to observe it',
  try: 'opening the tower with forms beside its matrices',
  compute: 'opening the tower with the plan',
} as const satisfies Record<TowerWork['type'], string>;

/** Writes a graph of the tower, lends it out, and removes it. */
export async function withGraph<T>(work: TowerWork, context: TryContext, use: (session: Session) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(context.folder, `${work.type}-`)).catch((cause: unknown) => {
    throw storageError(`Cannot make a folder in ${context.folder}`, cause);
  });
  context.onStep(opening[work.type], 0, 1);
  try {
    const file = await context.tower.writeGraph(work, { directory: folder, int8Limit: context.int8Limit });
    const session = await context.runtime.openSession(file);
    try {
      return await use(session);
    } finally {
      await session.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs one tile; resolves to its features. Further outputs are written into their arrays; one of length 1 is a number. */
export async function runTile(
  session: Session,
  patches: Float32Array,
  { model }: Manifest,
  further: readonly (readonly [name: string, values: Float32Array])[],
  signal: AbortSignal,
): Promise<Float32Array> {
  const { tileSizePx, patchSizePx, tokensPerTile } = model.image;
  const features = new Float32Array(tokensPerTile * model.hiddenSize);
  const outputs = further.map(([name, data]) => [name, { dtype: 'float32', dims: data.length === 1 ? [] : [data.length], data }] as const);
  await session.run({
    inputs: { [graphValues.patches]: { dtype: 'float32', dims: [(tileSizePx / patchSizePx) ** 2, 3 * patchSizePx ** 2], data: patches } },
    outputs: {
      [graphValues.features]: { dtype: 'float32', dims: [tokensPerTile, model.hiddenSize], data: features },
      ...Object.fromEntries(outputs),
    },
    signal,
  });
  return features;
}

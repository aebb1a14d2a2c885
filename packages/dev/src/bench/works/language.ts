import { defaultMaxConcurrent } from '@h2ovl/core/internal/answer/load-model';
import {
  type BenchContext,
  type Contestant,
  preparedModel,
  type Roofs,
  sampleInTurns,
  samplesOf,
  startEngine,
  startRoofs,
} from '../bench-context.ts';
import type { BenchEngine } from '../engines/open-engine.ts';
import { variantsOf } from '../judged-variants.ts';
import type { Variant } from '../options.ts';
import { openPeers, type Peer } from '../peers/open-peers.ts';
import { demandsOf, gemmShapes } from '../roof-model.ts';
import { median } from '../statistics.ts';

const prefillLengths = [512, 1800];
/** Each row of the cache once: the first prompts of a process take memory that nobody has used before. */
const warmPrefills = defaultMaxConcurrent;
const decodePasts = [16, 500, 2000];
const batchSizes = [1, 2, 4, 8];
const batchPast = 16;
const warmSteps = 4;
/** Steps that begin each sample and do not count: whoever sampled before has emptied the processor's caches. */
const leadSteps = 2;
const steps = { full: 24, quick: 8 } as const;

/** Something that answers the questions of a language engine. */
interface Player {
  readonly name: string;
  readonly variant: Variant | undefined;
  readonly engine: BenchEngine;
  readonly canBatch: boolean;
  readonly isExtra: boolean;
}

/** One row of the result per player: how a sample is taken, and what the machine allows. */
interface LanguageWork {
  readonly name: string;
  readonly group: 'prefill' | 'decode' | 'batch';
  readonly players: (player: Player) => boolean;
  readonly prepare: (engine: BenchEngine) => Promise<unknown>;
  /** Tokens a second. */
  readonly sample: (engine: BenchEngine) => Promise<number>;
  readonly finish: (engine: BenchEngine) => Promise<unknown>;
  /** Bytes and operations that `tokens` tokens cost. */
  readonly cost: (variant: Variant) => { readonly tokens: number; readonly bytes: number; readonly operations: number };
}

/** Reading prompts, single and batched decoding: ours and the peers' in turns, the machine's roofs between. */
export async function measureLanguage(context: BenchContext): Promise<void> {
  const works = listWorks(context);
  if (works.length === 0) return;
  const players: Player[] = [];
  const roofs = await startRoofs(context);
  let peers: readonly Peer[] = [];
  try {
    const wanted = new Set(works.flatMap((work) => variantsOf(work.group, context.options)));
    for (const variant of wanted) {
      context.progress.show(`opening ${variant}: language part`);
      const engine = await startEngine(context, 'language', {
        directory: preparedModel(context, variant).directory,
        threads: context.threads,
      });
      players.push({ name: variant, variant, engine, canBatch: true, isExtra: false });
    }
    if (context.options.peers) peers = await openPeers(context);
    players.push(...peers.map((peer) => ({ ...peer, variant: undefined })));
    for (const work of works) await measureWork(context, work, players, roofs);
  } finally {
    for (const { engine } of players) await engine.close();
    for (const { engine } of peers) await engine.close(); // no effect on those above
    await roofs.close();
  }
}

async function measureWork(context: BenchContext, work: LanguageWork, allPlayers: readonly Player[], roofs: Roofs): Promise<void> {
  const variants = variantsOf(work.group, context.options);
  const players: Player[] = [];
  const leaveOut = async ({ name, variant, engine }: Player, error: unknown): Promise<undefined> => {
    if (variant || context.signal.aborted) throw error; // without ours there is nothing to compare
    context.progress.note(`${work.name}: ${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    await work.finish(engine).catch(() => undefined); // it may have ended
    return undefined;
  };
  for (const player of allPlayers.filter((player) => (player.variant ? variants.includes(player.variant) : work.players(player)))) {
    context.progress.show(`${work.name}: preparing ${player.name}`);
    await work.prepare(player.engine).then(
      () => players.push(player),
      (error) => leaveOut(player, error),
    );
  }
  const shape = gemmShapes(context.config).language;
  const [float, int] = [roofs.gemm({ type: 'float32', ...shape }), roofs.gemm({ type: 'int8', ...shape })];
  const contestants: Contestant[] = players.map((player) => ({
    name: player.name,
    sample: () => work.sample(player.engine).catch((error) => leaveOut(player, error)),
  }));
  const { samples, othersShare } = await sampleInTurns(context, work.name, [...contestants, roofs.bandwidth, float, int]);
  const peers = players
    .filter(({ variant, name }) => !variant && samplesOf(samples, name).length > 0)
    .map(({ name }) => ({ peer: name, samples: samplesOf(samples, name) }));
  for (const { variant, engine } of players) {
    if (!variant) {
      await work.finish(engine).catch(() => undefined); // it may have ended
      continue;
    }
    await work.finish(engine);
    const { tokens, bytes, operations } = work.cost(variant);
    const gemm = median(samplesOf(samples, variant === 'exact' ? float.name : int.name));
    const secondsAtRoof = Math.max(bytes / 1e9 / median(samplesOf(samples, roofs.bandwidth.name)), operations / 1e9 / gemm);
    context.add({
      ...{ work: work.name, precision: variant, unit: 'tok/s', samples: samplesOf(samples, variant) },
      ...{ roof: tokens / secondsAtRoof, peers, othersShare },
    });
  }
}

function listWorks(context: BenchContext): readonly LanguageWork[] {
  const { only, quick, repeat } = context.options;
  const count = quick ? steps.quick : steps.full;
  const demands = (variant: Variant) => demandsOf(context.config, preparedModel(context, variant).manifest);
  const stepping = (
    name: string,
    group: LanguageWork['group'],
    { past, rows }: { past: number; rows: number },
    players: (player: Player) => boolean,
  ): LanguageWork => ({
    ...{ name, group, players },
    prepare: async (engine) => {
      await engine.ask('open', { past, rows, room: warmSteps + (leadSteps + count) * repeat });
      await engine.ask('steps', { count: warmSteps });
    },
    sample: async (engine) => {
      const times = (await engine.ask<readonly number[]>('steps', { count: leadSteps + count })).slice(leadSteps);
      return (rows * count * 1000) / times.reduce((sum, time) => sum + time, 0);
    },
    finish: (engine) => engine.ask('close'),
    cost: (variant) => ({
      tokens: rows,
      bytes: demands(variant).stepBytes(rows, past),
      operations: demands(variant).stepOperations(rows, past),
    }),
  });
  const prefills = prefillLengths.map(
    (tokens): LanguageWork => ({
      ...{ name: `prefill ${tokens}`, group: 'prefill', players: ({ isExtra }) => !isExtra },
      prepare: async (engine) => {
        for (let warm = 0; warm < warmPrefills; warm += 1) await engine.ask('prefill', { tokens });
      },
      sample: async (engine) => (tokens * 1000) / (await engine.ask<number>('prefill', { tokens })),
      finish: async () => {},
      cost: (variant) => ({ tokens, bytes: 0, operations: demands(variant).prefillOperations(tokens) }),
    }),
  );
  const decodes = decodePasts.map((past) =>
    stepping(`decode at ${past}`, 'decode', { past, rows: 1 }, ({ isExtra }) => !isExtra || past >= 500),
  );
  const batches = batchSizes.map((rows) =>
    stepping(`batched decode ${rows}`, 'batch', { past: batchPast, rows }, ({ canBatch, isExtra }) => canBatch && !isExtra),
  );
  return [
    ...(only.includes('prefill') ? prefills : []),
    ...(only.includes('decode') ? decodes : []),
    ...(only.includes('batch') ? batches : []),
  ];
}

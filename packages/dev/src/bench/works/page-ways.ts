import { listTowerMatrices, type TowerMatrix } from '@h2ovl/core/internal/convert/tower';
import type { MatrixForm } from '@h2ovl/core/internal/model-files/vision-plan';
import { type BenchContext, type Contestant, preparedModel, sampleInTurns, samplesOf, startEngine, startRoofs } from '../bench-context.ts';
import type { DocumentQuestion, DocumentResult } from '../engines/document-engine.ts';
import type { ReplayQuestion, ReplayResult } from '../engines/engine-protocol.ts';
import type { BenchEngine } from '../engines/open-engine.ts';
import { type PlannedModel, preparePlanned, severities } from '../planned-model.ts';
import { replayedTexts } from '../replayed-texts.ts';
import { demandsOf, gemmShapes } from '../roof-model.ts';
import { median } from '../statistics.ts';

const precision = 'balanced';
const answerLengths = [100, 500] as const;
const longest = 500;

/** A way to write the answer. */
interface Decoding {
  /** What is replayed, or undefined for an answer without drafts. */
  readonly texts: string | undefined;
  readonly replays: ReplayResult[];
}

/** Seconds of processor time of each sample, by contestant. */
type ProcessorSeconds = Map<string, number[]>;

/** A tower, and seconds of one tile in each turn. */
interface TowerWay {
  readonly planned: PlannedModel | undefined;
  readonly name: string;
}

/**
 * A page in four ways: as it was (`balanced`, float32 vision, one token a step), with drafts, with planned vision, with both; after 100 and after 500 tokens of
 * the answer. Every part runs for real, in turns in one run, and a page is the sum of its parts: the lines (where there are drafts), the tiles, the prompt and the answer.
 *
 * Weights are random. So the answer is replayed: known texts are written as if the model chose them, beside what the line reader had read of the same pages;
 * which candidates are taken follows from the two, making them is in the time. And the tower has outliers put in, and a plan that was not judged.
 */
export async function measurePageWays(context: BenchContext): Promise<void> {
  const planned: PlannedModel[] = [];
  for (const severity of severities.slice(0, context.options.quick ? 1 : undefined)) planned.push(await preparePlanned(context, severity));
  await measureTimes(context, planned);
  for (const model of planned.slice(0, 1)) await measureMemory(context, model);
}

async function measureTimes(context: BenchContext, planned: readonly PlannedModel[]): Promise<void> {
  const { directory } = preparedModel(context, precision);
  const engines: BenchEngine[] = [];
  const open = async (...[kind, params]: [Parameters<typeof startEngine>[1], unknown]): Promise<BenchEngine> => {
    context.progress.show(`page-ways: opening ${kind}`);
    const engine = await startEngine(context, kind, params);
    engines.push(engine);
    return engine;
  };
  const roofs = await startRoofs(context);
  try {
    const { threads } = context;
    const towers: readonly TowerWay[] = [
      { planned: undefined, name: 'tile float32' },
      ...planned.map((one): TowerWay => ({ planned: one, name: `tile ${one.description}` })),
    ];
    const processor: ProcessorSeconds = new Map();
    const tiles: Contestant[] = [];
    for (const { planned: one, name } of towers) {
      const engine = await open('vision', { directory: one?.directory ?? directory, threads });
      await engine.ask('encode'); // warm
      tiles.push(timedContestant(engine, { name, question: 'encode' }, processor));
    }
    const reader = await open('lines', {});
    const lines = timedContestant(reader, { name: 'lines', question: 'lines' }, processor);
    const language = await open('language', { directory, threads });
    const decodings: readonly Decoding[] = [
      { texts: undefined, replays: [] },
      ...replayedTexts.map(({ name }): Decoding => ({ texts: name, replays: [] })),
    ];
    const answers = decodings.map((decoding) => replayContestant(language, decoding, context.model.page.promptTokens));
    const { vision } = gemmShapes(context.config);
    const machine = [roofs.gemm({ type: 'float32', ...vision }), roofs.gemm({ type: 'int8', ...vision })];
    const { samples, othersShare } = await sampleInTurns(context, 'page-ways', [...machine, ...tiles, lines, ...answers]);
    const rates = machine.map(({ name }) => median(samplesOf(samples, name)) * 1e9) as [number, number];
    const seconds = (name: string): readonly number[] => samplesOf(samples, name);
    const measured: Measured = { context, othersShare, seconds, processor: (name) => processor.get(name) ?? [], rates };
    addTiles(measured, towers);
    addDecodings(measured, decodings);
    for (const tokens of answerLengths) addPages(measured, towers, decodings, tokens);
  } finally {
    for (const engine of engines) await engine.close();
    await roofs.close();
  }
}

/** Asks an engine for the milliseconds of one piece of work; notes the processor time of its process, too. */
function timedContestant(
  engine: BenchEngine,
  { name, question }: { readonly name: string; readonly question: string },
  processor: ProcessorSeconds,
): Contestant {
  const own: number[] = [];
  processor.set(name, own);
  return {
    name,
    sample: async () => {
      const before = await engine.ask<number>('processorMs');
      const seconds = (await engine.ask<number>(question)) / 1000;
      own.push(((await engine.ask<number>('processorMs')) - before) / 1000);
      return seconds;
    },
  };
}

/** Writes one answer; the time is that of all its tokens behind the first. */
function replayContestant(language: BenchEngine, { texts: name, replays }: Decoding, past: number): Contestant {
  const [first] = replayedTexts;
  const texts = replayedTexts.find((one) => one.name === name) ?? first;
  const question: ReplayQuestion = {
    ...{ text: texts?.text ?? '', tokens: longest, past, marks: answerLengths },
    draft: name === undefined ? undefined : texts?.read,
  };
  return {
    name: `answer ${name ?? 'without drafts'}`,
    sample: async () => {
      const result = await language.ask<ReplayResult>('replay', question);
      replays.push(result);
      return result.ms;
    },
  };
}

interface Measured {
  readonly context: BenchContext;
  readonly othersShare: number | undefined;
  /** By the clock, and of processor time. */
  readonly seconds: (name: string) => readonly number[];
  readonly processor: (name: string) => readonly number[];
  /** Operations a second of float32 and int8 products. */
  readonly rates: readonly [number, number];
}

const formOf = ({ planned }: TowerWay): string =>
  planned === undefined ? precision : `${precision}, planned vision, not judged, ${planned.description}`;

function addTiles({ context, othersShare, seconds, rates }: Measured, towers: readonly TowerWay[]): void {
  const [float32] = towers as [TowerWay];
  const peers = [{ peer: 'float32 vision', samples: seconds(float32.name) }];
  for (const tower of towers) {
    const roof = roofSeconds(context, tower, rates);
    const common = {
      work: 'tile of a page',
      precision: formOf(tower),
      unit: 's',
      samples: seconds(tower.name),
      roof,
      othersShare,
    } as const;
    context.add(tower.planned === undefined ? common : { ...common, peers });
  }
}

/** What the products of a tile need at least, each at the rate of its form; attention and patches count as float32. */
function roofSeconds(context: BenchContext, { planned }: TowerWay, [float32, int8]: readonly [number, number]): number {
  const { tileOperations } = demandsOf(context.config, preparedModel(context, precision).manifest);
  const forms = planned?.manifest.precision.visionPlan?.plan?.matrices ?? {};
  let rest = tileOperations;
  let time = 0;
  for (const { address, rows, columns, tokens } of listTowerMatrices(context.config) satisfies readonly TowerMatrix[]) {
    const operations = 2 * rows * columns * tokens;
    rest -= operations;
    const form: MatrixForm = forms[address] ?? { type: 'float32' };
    time += form.type === 'float32' ? operations / float32 : (form.products * operations) / int8;
  }
  return time + Math.max(0, rest) / float32;
}

function addDecodings({ context, othersShare }: Measured, decodings: readonly Decoding[]): void {
  const [plain] = decodings as [Decoding];
  const times = ({ replays }: Decoding): readonly number[] => replays.map(({ ms }) => ms / 1000);
  for (const decoding of decodings) {
    const common = { precision, unit: 's', samples: times(decoding), othersShare } as const;
    const work = `decode of ${longest} tokens behind ${context.model.page.promptTokens}`;
    if (decoding.texts === undefined) {
      context.add({ ...common, work });
      continue;
    }
    const name = `${work}, replayed ${decoding.texts}: drafts`;
    context.add({ ...common, work: name, peers: [{ peer: 'without drafts', samples: times(plain) }] });
    const [{ tokens, runs, drafted, accepted }] = decoding.replays as [ReplayResult];
    context.progress.note(
      `${name}: ${(tokens / runs).toFixed(2)} tokens a step, ${((100 * accepted) / drafted).toFixed(0)} % of ${drafted} candidates taken`,
    );
  }
}

function addPages(
  { context, othersShare, seconds, processor }: Measured,
  towers: readonly TowerWay[],
  decodings: readonly Decoding[],
  tokens: (typeof answerLengths)[number],
): void {
  const { tiles, promptTokens } = context.model.page;
  const place = answerLengths.indexOf(tokens);
  /** Each way in each turn, from the seconds of tiles and lines and what is picked of a replay. */
  const pagesBy = (secondsOf: Measured['seconds'], pick: (replay: ReplayResult) => ReplayResult['processor']) => {
    const lines = secondsOf('lines');
    const replayed = ({ replays }: Decoding, turn: number): ReplayResult['processor'] => pick(replays[turn] as ReplayResult);
    // Every way reads the same prompt: one time a turn for all of them.
    const prefill = lines.map((_, turn) => median(decodings.map((one) => replayed(one, turn).prefillMs)) / 1000);
    return (tower: TowerWay, decoding: Decoding): readonly number[] =>
      secondsOf(tower.name).map((tile, turn) => {
        const answer = (replayed(decoding, turn).marksMs[place] as number) / 1000;
        return tiles * tile + (prefill[turn] as number) + answer + (decoding.texts === undefined ? 0 : (lines[turn] as number));
      });
  };
  const byClock = pagesBy(seconds, (replay) => replay);
  const byProcessor = pagesBy(processor, (replay) => replay.processor);
  const [float32, without] = [towers[0] as TowerWay, decodings[0] as Decoding];
  const work = `page, ${tiles} tiles, ${promptTokens} prompt tokens, ${tokens} out`;
  const peers = [{ peer: 'plain balanced', samples: byClock(float32, without) }];
  for (const tower of towers) {
    for (const decoding of decodings) {
      const isPlain = tower === float32 && decoding === without;
      const replayed = decoding.texts === undefined ? '' : `, replayed ${decoding.texts}`;
      const ways = [tower.planned && 'planned vision', decoding.texts && 'drafts'].filter((way) => way !== undefined);
      const name = isPlain ? `${work}: plain` : `${work}${replayed}: ${ways.join(' and ')}`;
      const measured = { work: name, precision: formOf(tower), unit: 's', samples: byClock(tower, decoding), othersShare } as const;
      context.add(isPlain ? measured : { ...measured, peers });
      // What other processes take lengthens the time by the clock far more than this.
      const [own, plain] = [median(byProcessor(tower, decoding)), median(byProcessor(float32, without))];
      context.progress.note(`${name} (${formOf(tower)}): ${own.toFixed(1)} s of processor time, ${(own / plain).toFixed(2)} of plain's`);
    }
  }
}

/** The most memory of a page with everything: as the product reads it, and with the line reader closed before the model begins. */
async function measureMemory(context: BenchContext, { directory, description }: PlannedModel): Promise<void> {
  for (const closesLines of [false, true]) {
    context.progress.show('page-ways: memory');
    const engine = await startEngine(context, 'document', { directory, threads: context.threads });
    try {
      const result = await engine.ask<DocumentResult>('document', { closesLines } satisfies DocumentQuestion);
      const megabytes = (bytes: number): number => bytes / 1e6;
      context.add({
        work: closesLines ? 'peak memory of a page, lines closed before' : 'peak memory of a page with plan, lines and drafts',
        ...{
          precision: `${precision}, planned vision, ${description}`,
          unit: 'MB',
          samples: [megabytes(result.peak)],
          othersShare: undefined,
        },
      });
      const [loaded, withLines] = [result.loaded, result.withLines].map((bytes) => megabytes(bytes).toFixed(0));
      context.progress.note(
        `memory: ${loaded} MB when loaded, ${withLines} MB when the lines were read${closesLines ? ' and their reader closed' : ''}; ${result.draftedTokens} tokens drafted`,
      );
    } finally {
      await engine.close();
    }
  }
}

import { CheckpointError } from '@h2ovl/contract';
import type { Runtime, Session } from '../runtime/port.ts';
import type { ReaderFiles } from './reader-files.ts';

export type NetworkName = 'detector' | 'recogniser' | 'quickRecogniser';

/** A run of a network: its picture, [3, height, width], and where the answer goes. */
export interface NetworkRequest {
  readonly network: NetworkName;
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly answer: Float32Array;
}

export type RunNetwork = (request: NetworkRequest) => Promise<void>;

/** Opened networks. */
export interface OpenNetworks {
  /** Whether there is a smaller recogniser beside the other one. */
  readonly hasQuickRecogniser: boolean;
  /** For one page; its runs end with the signal, and write into memory that is given. */
  forPage(signal: AbortSignal): RunNetwork;
}

/**
 * Opens the networks. Lines are recognised two at a time, each with half of the threads: the networks are too small for more threads to help.
 * No thread waits busily: where others compute too, that cost the detector more time than it saved.
 * @throws VisionError SESSION_FAILED, MODEL_FILE_CORRUPT
 */
export async function openNetworks(
  runtime: Runtime,
  { detector, recogniser, quickRecogniser, alphabet }: ReaderFiles,
): Promise<OpenNetworks> {
  const threads = Math.max(1, Math.floor(runtime.info.threads / 2));
  const finder = await runtime.openSession(detector, { spinning: false });
  const openReader = (bytes: Uint8Array): Promise<Session> => runtime.openSession(bytes, { threads, spinning: false });
  const reader = await openReader(recogniser);
  const quickReader = quickRecogniser && (await openReader(quickRecogniser));
  const classes = alphabet.characters.length;
  checkSignature(finder, [-1, 1, -1, -1], 'detector');
  checkSignature(reader, [-1, -1, classes], 'recogniser');
  if (quickReader !== undefined) checkSignature(quickReader, [-1, -1, classes], 'quick recogniser');
  return {
    hasQuickRecogniser: quickReader !== undefined,
    forPage:
      (signal) =>
      async ({ network, data, width, height, answer }) => {
        const session = { detector: finder, recogniser: reader, quickRecogniser: quickReader ?? reader }[network];
        const answerDims = network === 'detector' ? [1, 1, height, width] : [1, width / alphabet.columnPx, classes];
        const [input, output] = [session.inputs[0]?.name ?? '', session.outputs[0]?.name ?? ''];
        await session.run({
          inputs: { [input]: { dtype: 'float32', dims: [1, 3, height, width], data } },
          outputs: { [output]: { dtype: 'float32', dims: answerDims, data: answer } },
          signal,
        });
      },
  };
}

/** A recogniser with another number of classes than its dictionary would read nonsense. */
function checkSignature({ inputs, outputs }: Session, answer: readonly number[], name: string): void {
  const output = outputs[0];
  const isRight =
    inputs.length === 1 &&
    outputs.length === 1 &&
    inputs[0]?.dims.length === 4 &&
    output?.dims.length === answer.length &&
    output.dims.every((dim, axis) => dim === -1 || answer[axis] === -1 || dim === answer[axis]);
  if (isRight) return;
  throw new CheckpointError(
    'MODEL_FILE_CORRUPT',
    `The ${name} of the line reader answers [${output?.dims.join(', ')}] and should answer [${answer.join(', ')}] (-1: any).`,
    { file: name },
    { hint: 'Its files, dictionary and description belong together: install @h2ovl/lines again.' },
  );
}

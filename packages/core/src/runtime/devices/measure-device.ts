import { encodeOnnx, type OnnxConstant, type OnnxNode } from '../onnx-bytes.ts';
import type { Runtime, Session } from '../port.ts';
import type { DeviceSpeed } from './device-facts.ts';

// 16 pairs of layers between 1,024 and 2,560 values, 43 MB in 4 bits: a tenth of the 0.8B, and more than the caches of most processors hold.
const allPairs = 16;
const [width, wide] = [1024, 2560];
const block = 32;
const promptRows = 32;
/** Samples of each kind of run; the fastest counts, since other work on the machine only makes runs slower. */
const samples = 3;
/** A device that takes longer for a step of one pair, as those in software do, is measured by that pair alone. */
const slowPairMs = 20;

/** Times prompts and steps of a stack of layers as the decoder has them; `onRun` is called after each. @throws VisionError SESSION_FAILED */
export async function measureDevice(runtime: Runtime, onRun: () => void = () => {}): Promise<DeviceSpeed> {
  const pair = await timeStack(runtime, 1, [1], onRun);
  const step = pair[0] as number;
  if (step > slowPairMs) return { promptRows: 1000 / (step * allPairs), steps: 1000 / (step * allPairs) };
  const [stepMs, promptMs] = (await timeStack(runtime, allPairs, [1, promptRows], onRun)) as [number, number];
  return { promptRows: (promptRows / promptMs) * 1000, steps: 1000 / stepMs };
}

/** The fastest run for each number of rows, in milliseconds. */
async function timeStack(runtime: Runtime, pairs: number, rowCounts: readonly number[], onRun: () => void): Promise<readonly number[]> {
  const session = await runtime.openSession(trialStack(pairs));
  try {
    const times: number[] = [];
    for (const rows of rowCounts) times.push(await fastestRun(session, rows, onRun));
    return times;
  } finally {
    await session.dispose();
  }
}

async function fastestRun(session: Session, rows: number, onRun: () => void): Promise<number> {
  const value = () => ({ dtype: 'float32', dims: [1, rows, width], data: new Float32Array(rows * width).fill(0.5) }) as const;
  const [input, output] = [value(), value()];
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run <= samples; run += 1) {
    const started = performance.now();
    await session.run({ inputs: { x: input }, outputs: { y: output } });
    onRun();
    if (run > 0) fastest = Math.min(fastest, performance.now() - started); // the first one compiles programs
  }
  return fastest;
}

/** x [1, rows, 1024] ─▶ (norm ─▶ 4-bit layer to 2,560 ─▶ 4-bit layer to 1,024 ─▶ + x) for each pair ─▶ y */
function trialStack(pairs: number): Uint8Array {
  const nodes: OnnxNode[] = [];
  const constants: OnnxConstant[] = [{ name: 'gamma', dtype: 'float32', dims: [width], data: new Float32Array(width).fill(1) }];
  const layer = (name: string, input: string, depth: number, columns: number): string => {
    const blocks = depth / block;
    constants.push(
      { name: `${name}.b`, dtype: 'uint8', dims: [columns, blocks, block / 2], data: weights((columns * depth) / 2) },
      {
        name: `${name}.scales`,
        dtype: 'float32',
        dims: [columns, blocks],
        data: new Float32Array(columns * blocks).fill(0.1 / Math.sqrt(depth)), // sums stay about as large as what goes in
      },
    );
    nodes.push({
      operator: 'MatMulNBits',
      domain: 'com.microsoft',
      inputs: [input, `${name}.b`, `${name}.scales`],
      outputs: [name],
      attributes: { K: { int: depth }, N: { int: columns }, bits: { int: 4 }, block_size: { int: block }, accuracy_level: { int: 4 } },
    });
    return name;
  };
  let x = 'x';
  for (let pair = 0; pair < pairs; pair += 1) {
    const attributes = { axis: { int: 2 }, epsilon: { float: 1e-5 } };
    nodes.push({ operator: 'SimplifiedLayerNormalization', inputs: [x, 'gamma'], outputs: [`norm.${pair}`], attributes });
    const down = layer(`down.${pair}`, layer(`up.${pair}`, `norm.${pair}`, width, wide), wide, width);
    const sum = pair === pairs - 1 ? 'y' : `sum.${pair}`;
    nodes.push({ operator: 'Add', inputs: [x, down], outputs: [sum] });
    x = sum;
  }
  const value = (name: string) => ({ name, dtype: 'float32', dims: [1, 'rows', width] }) as const;
  return encodeOnnx({ nodes, inputs: [value('x')], outputs: [value('y')], constants });
}

/** Bytes without a pattern that a kernel could profit from; the same at every call. */
function weights(byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  let state = byteCount;
  for (let i = 0; i < byteCount; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

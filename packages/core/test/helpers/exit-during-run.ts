import { openFfiRuntime } from '../../src/runtime/ffi/ffi-runtime.ts';
import { openWorkerRuntime } from '../../src/runtime/worker/worker-runtime.ts';
import { matMulChainGraph } from './tiny-onnx.ts';

// A process of its own: starts a long run, says so, and leaves while it is under way: `exit` by itself, `stay` when it is signalled;
// `dispose` comes to its end in order.
const [adapter, manner, workerUrl] = process.argv.slice(2);

const options = { threads: 1, reasons: [] };
const runtime =
  adapter === 'ffi' ? await openFfiRuntime(options) : await openWorkerRuntime({ ...options, workerUrl: new URL(workerUrl as string) });
const size = 256;
const session = await runtime.openSession(matMulChainGraph(manner === 'dispose' ? 200 : 2000));
const x = { dtype: 'float32', dims: [size, size], data: new Float32Array(size * size) } as const;
const y = { dtype: 'float32', dims: [size, size], data: new Float32Array(size * size) } as const;
const run = session.run({ inputs: { x }, outputs: { y } });
setTimeout(() => {
  process.stdout.write('running\n');
  if (manner === 'exit') process.exit(7);
}, 30);
await run;
process.stdout.write('ended\n');
await runtime.dispose();
process.stdout.write('disposed\n');

import { VisionError } from '@h2ovl/contract';
import { chooseThreads } from './cpu-features.ts';
import { openFfiRuntime } from './ffi/ffi-runtime.ts';
import type { Runtime } from './port.ts';
import { openWorkerRuntime } from './worker/worker-runtime.ts';

/** The adapter to use: 'auto' takes the C API where it works and the worker elsewhere. */
export type RuntimeAdapter = 'auto' | 'ffi' | 'worker';

export interface OpenRuntimeOptions {
  /** @default the environment variable H2OVL_RUNTIME, else 'auto' */
  readonly adapter?: RuntimeAdapter;
  /** Threads inside one operator. @default the physical cores this process may use */
  readonly threads?: number;
  /** The worker's script, where the package's own is not to be used. */
  readonly workerUrl?: URL;
}

/**
 * Opens the runtime of the CPU, which all graphs of a model share; `info` says which it is and why.
 * @throws VisionError RUNTIME_UNAVAILABLE (no adapter works here), INVALID_ARGUMENT (H2OVL_RUNTIME, threads)
 */
export async function openRuntime(options: OpenRuntimeOptions = {}): Promise<Runtime> {
  const { workerUrl } = options;
  const { adapter, reason: adapterReason } = chooseAdapter(options.adapter);
  const { threads, reason: threadsReason } = threadsFrom(options.threads);
  const worker = workerUrl === undefined ? {} : { workerUrl };
  if (adapter === 'worker') return openWorkerRuntime({ threads, reasons: [adapterReason, threadsReason], ...worker });
  try {
    return await openFfiRuntime({ threads, reasons: [adapterReason, threadsReason] });
  } catch (error) {
    if (adapter === 'ffi' || !VisionError.isInstance(error) || error.code !== 'RUNTIME_UNAVAILABLE') throw error;
    const reasons = [`The C API could not be used: ${error.message}`, threadsReason];
    return openWorkerRuntime({ threads, reasons, ...worker });
  }
}

function chooseAdapter(wanted: RuntimeAdapter | undefined): { readonly adapter: RuntimeAdapter; readonly reason: string } {
  const forced = process.env.H2OVL_RUNTIME;
  const adapter = wanted ?? (forced || 'auto');
  if (adapter === 'auto') return { adapter, reason: 'The C API of ONNX Runtime loads here and is the version that was checked.' };
  const asked = wanted === undefined ? 'H2OVL_RUNTIME' : 'the option adapter';
  if (adapter === 'ffi' || adapter === 'worker') return { adapter, reason: `The adapter "${adapter}" was asked for by ${asked}.` };
  throw new VisionError('INVALID_ARGUMENT', `The runtime adapter "${adapter}" (${asked}) does not exist.`, {
    hint: 'Use ffi, worker or auto.',
  });
}

function threadsFrom(wanted: number | undefined): { readonly threads: number; readonly reason: string } {
  if (wanted === undefined) return chooseThreads();
  if (Number.isSafeInteger(wanted) && wanted >= 1) return { threads: wanted, reason: `Threads: ${wanted}, as asked for.` };
  throw new VisionError('INVALID_ARGUMENT', `The number of threads must be a whole number of at least 1; ${wanted} was given.`, {
    hint: 'Leave it out to use the physical cores.',
  });
}

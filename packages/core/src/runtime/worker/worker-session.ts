import { VisionError } from '@h2ovl/contract';
import type { HostTensor } from '../../tensor/tensor.ts';
import { checkBindings, isDeviceView } from '../check-bindings.ts';
import { foreignTensor } from '../ffi/ffi-tensor.ts';
import type { Binding, DeviceView, RunRequest, Session, ValueInfo } from '../port.ts';
import type { WorkerLink } from './worker-link.ts';
import type { RemoteOutput, RemoteView, WorkerAnswers } from './worker-protocol.ts';
import { WorkerTensor } from './worker-tensor.ts';

/** A session that lives in the worker. */
export class WorkerSession implements Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly #link: WorkerLink;
  readonly #id: number;
  readonly #onRelease: () => void;
  readonly #runs = new Set<Promise<void>>();
  #disposal: Promise<void> | undefined;

  constructor(link: WorkerLink, id: number, signature: WorkerAnswers['open'], onRelease: () => void) {
    this.#link = link;
    this.#id = id;
    this.inputs = signature.inputs;
    this.outputs = signature.outputs;
    this.#onRelease = onRelease;
  }

  async run(request: RunRequest): Promise<void> {
    if (this.#disposal !== undefined) throw new VisionError('DISPOSED', 'The session was disposed.', { hint: 'Open it again.' });
    request.signal?.throwIfAborted();
    checkBindings(this.inputs, this.outputs, request);
    const run = this.#runRemote(request);
    this.#runs.add(run);
    try {
      await run;
    } finally {
      this.#runs.delete(run);
    }
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#release();
    return this.#disposal;
  }

  async #runRemote({ inputs, outputs, signal }: RunRequest): Promise<void> {
    const sentInputs: Record<string, HostTensor | RemoteView> = {};
    const transfer: ArrayBuffer[] = [];
    for (const [name, binding] of Object.entries(inputs)) {
      if (isDeviceView(binding)) {
        sentInputs[name] = this.#remoteView(binding);
        continue;
      }
      const data = binding.data.slice(); // the caller keeps its memory; the copy moves over without another one
      sentInputs[name] = { dtype: binding.dtype, dims: binding.dims, data };
      transfer.push(data.buffer as ArrayBuffer);
    }
    const sentOutputs = Object.fromEntries(Object.entries(outputs).map(([name, binding]) => [name, this.#remoteOutput(binding)]));
    const request = { type: 'run', session: this.#id, inputs: sentInputs, outputs: sentOutputs } as const;
    const written = await this.#link.ask(request, { signal, transfer });
    for (const [name, data] of Object.entries(written)) {
      // Only values in JavaScript memory come back, each as the kind of array its binding has.
      const target = (outputs[name] as HostTensor).data as Uint8Array;
      target.set(data as Uint8Array);
    }
  }

  #remoteView(view: DeviceView): RemoteView {
    if (!(view.tensor instanceof WorkerTensor)) throw foreignTensor();
    return view.tensor.remoteView(this.#link, view);
  }

  #remoteOutput(binding: Binding): RemoteOutput {
    return isDeviceView(binding) ? this.#remoteView(binding) : { dtype: binding.dtype, dims: binding.dims };
  }

  /** Where the other adapter cannot be had, neither can the system's call. */
  async returnWeightPages(): Promise<void> {}

  async #release(): Promise<void> {
    await Promise.allSettled(this.#runs);
    await this.#link.ask({ type: 'close', session: this.#id }).catch(() => {}); // a worker that is gone has released it
    this.#onRelease();
  }
}

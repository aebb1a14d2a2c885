import path from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { bytesPerElement, type DType, elementCount, type HostTensor, type TensorData } from '../../tensor/tensor.ts';
import { errorFromOrt } from '../ffi/ort-status.ts';
import { dtypeOfElementType } from '../ffi/ort-value.ts';
import { unsupportedValue } from '../ffi/session-signature.ts';
import { encodeOnnx } from '../onnx-bytes.ts';
import type { SessionOptions, ValueInfo } from '../port.ts';
import { sessionConfig } from '../session-config.ts';
import { isStopOutputError, stopOutputName, withStopOutput } from '../stop-output.ts';
import { copyBlocks, TensorMemory } from '../tensor-memory.ts';
import { OrtBinding, type OrtMetadata, type OrtSession, type OrtSessionOptions, OrtValue } from './ort-binding.ts';
import { isRemoteView, type RemoteOutput, type RemoteView, type WorkerAnswers, type WorkerRequest } from './worker-protocol.ts';

interface OpenSession {
  readonly native: OrtSession;
  readonly label: string;
  readonly hasStopOutput: boolean;
}

interface Answer {
  readonly value: WorkerAnswers[keyof WorkerAnswers];
  readonly transfer: ArrayBuffer[];
}

/** What lives in the worker: sessions of ONNX Runtime's binding and the memory they write in place. */
export class OrtWorker {
  readonly #sessions = new Map<number, OpenSession>();
  readonly #tensors = new Map<number, TensorMemory>();
  #ort: OrtBinding | undefined;
  #copiesOutputs = false;

  async answer(request: WorkerRequest): Promise<Answer> {
    if (request.type === 'run') return this.#run(request);
    return { value: await this.#answerPlain(request), transfer: [] };
  }

  async #answerPlain(request: Exclude<WorkerRequest, { type: 'run' }>): Promise<WorkerAnswers[keyof WorkerAnswers]> {
    switch (request.type) {
      case 'start':
        return this.#start(request.binding);
      case 'open':
        return this.#open(request.session, request.model, request.options);
      case 'close':
        return this.#close(request.session);
      case 'allocate':
        this.#tensors.set(request.tensor, new TensorMemory(request.dtype, request.dims));
        return undefined;
      case 'copy': {
        const source = this.#memory(request.source);
        await copyBlocks(source.bytes, this.#memory(request.target).bytes, bytesPerElement[source.dtype], request.plan);
        return undefined;
      }
      case 'free':
        this.#tensors.get(request.tensor)?.release();
        this.#tensors.delete(request.tensor);
        return undefined;
      case 'stop':
        for (const session of [...this.#sessions.keys()]) await this.#close(session);
        for (const memory of this.#tensors.values()) memory.release();
        return undefined;
    }
  }

  async #start(binding: string): Promise<WorkerAnswers['start']> {
    this.#ort = new OrtBinding(binding);
    this.#copiesOutputs = !(await this.#stopOutputWorks());
    return { copiesOutputs: this.#copiesOutputs };
  }

  /** Tries the stop output on one node: it counts only when the result is in our memory. */
  async #stopOutputWorks(): Promise<boolean> {
    const value = { dtype: 'float32', dims: [1] } as const;
    const graph = encodeOnnx({
      nodes: [{ operator: 'Neg', inputs: ['x'], outputs: ['y'] }],
      inputs: [{ name: 'x', ...value }],
      outputs: [{ name: 'y', ...value }],
    });
    const probe = -1; // a number no caller uses
    try {
      await this.#open(probe, graph, {});
      const result = new Float32Array(1);
      const fetches = { [stopOutputName]: null, y: new OrtValue('float32', result, [1]) };
      const session = this.#session(probe);
      this.#runNative(session, { x: new OrtValue('float32', Float32Array.of(2), [1]) }, fetches);
      return session.hasStopOutput && result[0] === -2;
    } catch {
      return false;
    } finally {
      await this.#close(probe);
    }
  }

  async #open(id: number, model: string | Uint8Array, options: SessionOptions): Promise<WorkerAnswers['open']> {
    const label = typeof model === 'string' ? `the graph ${path.basename(model)}` : `a graph of ${model.byteLength} bytes`;
    try {
      // A graph that is saved as optimised must not carry the extra output.
      const stopped = this.#copiesOutputs || options.optimizedModelFile !== undefined ? undefined : withStopOutput(model);
      const native = this.#openNative(stopped?.model ?? model, sessionOptions(options, stopped?.config));
      this.#sessions.set(id, { native, label, hasStopOutput: stopped !== undefined });
      return { inputs: native.inputMetadata.map(valueInfo), outputs: native.outputMetadata.filter(isOwnOutput).map(valueInfo) };
    } catch (error) {
      if (error instanceof VisionError) throw error;
      throw errorFromOrt(undefined, (error as Error).message, { action: `Opening ${label} failed`, isOpening: true });
    }
  }

  #openNative(model: string | Uint8Array, options: OrtSessionOptions): OrtSession {
    if (this.#ort === undefined) throw new Error('The worker was not started.');
    return this.#ort.open(model, options);
  }

  async #close(id: number): Promise<undefined> {
    this.#sessions.get(id)?.native.dispose();
    this.#sessions.delete(id);
    return undefined;
  }

  async #run({ session: id, inputs, outputs }: Extract<WorkerRequest, { type: 'run' }>): Promise<Answer> {
    const session = this.#session(id);
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, binding]) => [name, this.#bind(binding)]));
    const targets = Object.entries(outputs).map(([name, output]) => [name, this.#target(output)] as const);
    const fetches: Record<string, OrtValue | null> = session.hasStopOutput ? { [stopOutputName]: null } : {};
    for (const [name, target] of targets) fetches[name] = new OrtValue(target.dtype, target.data, target.dims);
    const copies = this.#runNative(session, feeds, fetches);
    if (copies !== undefined) for (const [name, target] of targets) (target.data as Uint8Array).set(copies[name]?.data as Uint8Array);
    const sent = targets.filter(([name]) => !isRemoteView(outputs[name] as RemoteOutput));
    const value = Object.fromEntries(sent.map(([name, target]) => [name, target.data]));
    return { value, transfer: sent.map(([, target]) => target.data.buffer as ArrayBuffer) };
  }

  /** Runs the graph; the outputs are in the memory of `fetches`, or in what is returned when the binding had to copy. */
  #runNative(
    { native, label, hasStopOutput }: OpenSession,
    feeds: Record<string, OrtValue>,
    fetches: Record<string, OrtValue | null>,
  ): Readonly<Record<string, OrtValue>> | undefined {
    try {
      return native.run(feeds, fetches);
    } catch (error) {
      if (hasStopOutput && isStopOutputError(error)) return undefined;
      throw errorFromOrt(undefined, (error as Error).message, { action: `A run of ${label} failed` });
    }
  }

  #session(id: number): OpenSession {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new VisionError('DISPOSED', 'The session was disposed.', { hint: 'Open it again.' });
    return session;
  }

  #memory(id: number): TensorMemory {
    const memory = this.#tensors.get(id);
    if (memory === undefined) throw new VisionError('DISPOSED', 'The tensor was disposed.', { hint: 'Allocate a new one.' });
    return memory;
  }

  #bind(binding: HostTensor | RemoteView): OrtValue {
    if (!isRemoteView(binding)) return new OrtValue(binding.dtype, binding.data, binding.dims);
    const { dtype, dims, data } = this.#viewOf(binding);
    return new OrtValue(dtype, data, dims);
  }

  #target(output: RemoteOutput): HostTensor {
    if (isRemoteView(output)) return this.#viewOf(output);
    const { dtype, dims } = output;
    return { dtype, dims, data: typedArray(dtype, new ArrayBuffer(elementCount(dims) * bytesPerElement[dtype]), 0, elementCount(dims)) };
  }

  #viewOf({ tensor, offsetElements, dims }: RemoteView): HostTensor {
    const { dtype, bytes } = this.#memory(tensor);
    return { dtype, dims, data: typedArray(dtype, bytes.buffer, offsetElements * bytesPerElement[dtype], elementCount(dims)) };
  }
}

function sessionOptions(options: SessionOptions, extra: Record<string, string> = {}): OrtSessionOptions {
  const { threads, graphOptimization = 'all', optimizedModelFile } = options;
  return {
    executionProviders: ['cpu'],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 4,
    graphOptimizationLevel: graphOptimization === 'none' ? 'disabled' : optimizedModelFile === undefined ? 'all' : 'extended',
    ...(optimizedModelFile === undefined ? {} : { optimizedModelFilePath: optimizedModelFile }),
    extra: { ...sessionConfig(options), ...extra },
  };
}

function isOwnOutput(metadata: OrtMetadata): boolean {
  return metadata.name !== stopOutputName;
}

function valueInfo({ name, isTensor, type, shape }: OrtMetadata): ValueInfo {
  if (!isTensor) throw unsupportedValue(name, 'not a tensor');
  const dtype = dtypeOfElementType(type);
  // The binding knows no bfloat16.
  if (dtype === undefined || dtype === 'bfloat16') throw unsupportedValue(name, `ONNX element type ${type}`);
  return { name, dtype, dims: [...shape] };
}

function typedArray(dtype: DType, buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData {
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, length);
    case 'float16':
    case 'bfloat16':
      return new Uint16Array(buffer, byteOffset, length);
    case 'int8':
      return new Int8Array(buffer, byteOffset, length);
    case 'uint8':
      return new Uint8Array(buffer, byteOffset, length);
    case 'int32':
      return new Int32Array(buffer, byteOffset, length);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, length);
  }
}

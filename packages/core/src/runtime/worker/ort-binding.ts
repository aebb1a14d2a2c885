import { isMainThread } from 'node:worker_threads';
import { ownRequire } from '../../store/own-files.ts';
import type { DType, TensorData } from '../../tensor/tensor.ts';

/** A value as the binding takes and gives it; `data` is read, or written in place, where it lies. */
export class OrtValue {
  readonly location = 'cpu';
  readonly type: DType;
  readonly data: TensorData;
  readonly dims: readonly number[];

  constructor(type: DType, data: TensorData, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

/** What the binding tells about an input or output of a graph. */
export interface OrtMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  /** ONNX element type, where it is a tensor. */
  readonly type: number;
  /** -1 for a dimension that the graph leaves open. */
  readonly shape: readonly number[];
}

/** An opened graph. All calls block the thread until they are done. */
export interface OrtSession {
  readonly inputMetadata: readonly OrtMetadata[];
  readonly outputMetadata: readonly OrtMetadata[];
  /** Runs the graph. An output named with a value is written there; one named with null gets new memory. Returns all of them. */
  run(inputs: Readonly<Record<string, OrtValue>>, outputs: Readonly<Record<string, OrtValue | null>>): Readonly<Record<string, OrtValue>>;
  dispose(): void;
}

/** The options of a session, by the names that the binding knows. */
export interface OrtSessionOptions {
  readonly executionProviders: readonly string[];
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads: number;
  readonly enableMemPattern: boolean;
  readonly logSeverityLevel: number;
  readonly graphOptimizationLevel: string;
  readonly optimizedModelFilePath?: string;
  readonly extra: Readonly<Record<string, string>>;
}

/** ONNX Runtime's binding for Node, without a JavaScript package around it. */
export class OrtBinding {
  readonly #native: NativeBinding;

  /** @param file the binding's native file, of the version that was checked @throws Error as Node gives it when the file cannot be loaded */
  constructor(file: string) {
    this.#native = ownRequire(file) as NativeBinding;
    this.#native.initOrtOnce(fatalLogLevel, OrtValue, isMainThread);
  }

  /** Opens a graph, by the path of its file or by its bytes. @throws Error with ONNX Runtime's message */
  open(model: string | Uint8Array, options: OrtSessionOptions): OrtSession {
    const session = new this.#native.InferenceSession();
    if (typeof model === 'string') session.loadModel(model, options);
    else session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
    return session;
  }
}

const fatalLogLevel = 4; // ORT_LOGGING_LEVEL_FATAL: a library prints nothing by itself

interface NativeSession extends OrtSession {
  loadModel(path: string, options: OrtSessionOptions): void;
  loadModel(bytes: ArrayBufferLike, byteOffset: number, byteLength: number, options: OrtSessionOptions): void;
}

interface NativeBinding {
  readonly InferenceSession: new () => NativeSession;
  initOrtOnce(logLevel: number, value: typeof OrtValue, isMainThread: boolean): void;
}

import type { DType, HostTensor } from '../tensor/tensor.ts';

/**
 * The one port through which every ONNX call goes. An adapter runs graphs without blocking the event loop,
 * stops inside a run when asked, and lets a graph write into memory that the caller owns, so that a KV cache is
 * extended in place and never copied by us.
 */
export interface Runtime {
  /** Which adapter this is and on what it computes, as `h2ovl info` prints it. */
  readonly info: RuntimeInfo;
  /** Opens a graph: a file (external data beside it) or the bytes of a small one. @throws VisionError SESSION_FAILED, MODEL_FILE_CORRUPT */
  openSession(model: string | Uint8Array, options?: SessionOptions): Promise<Session>;
  /** Memory where the graphs compute, for values that live across runs (KV caches). Zero-filled in this process's memory; undefined on a device. */
  allocate(dtype: DType, dims: readonly number[]): Promise<DeviceTensor>;
  /** Releases everything that is still open; waits for runs in progress. Idempotent. */
  dispose(): Promise<void>;
}

export interface RuntimeInfo {
  readonly adapter: 'ffi' | 'worker';
  /** What computes: `cpu`, or `webgpu` with its memory on a device of its own. */
  readonly executionProvider: string;
  readonly version: string;
  /** Where a view of runtime memory may begin: anywhere inside a tensor, or at its start only (a device knows whole buffers). */
  readonly views: 'anywhere' | 'start';
  readonly threads: number;
  /** Why this adapter and these settings were chosen, one sentence each. */
  readonly reasons: readonly string[];
}

export interface SessionOptions {
  /** Threads inside one operator; default: the runtime's own setting. */
  readonly threads?: number;
  /** 'all' (default); 'none' for a graph that was saved optimised. */
  readonly graphOptimization?: 'all' | 'none';
  /**
   * Whether threads wait busily for their next piece of work inside a run; false costs some time per run, and is right for
   * sessions that compute at the same time as others. @default true
   */
  readonly spinning?: boolean;
  /** Writes the optimised graph here at load. */
  readonly optimizedModelFile?: string;
  /** With `optimizedModelFile`: its weights, in the packed form that kernels read, go to a file of this name beside it. */
  readonly packedWeightsFile?: string;
}

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** -1 for a symbolic dimension. */
  readonly dims: readonly number[];
}

/** Memory owned by the runtime. Views of it are bound to graph inputs and outputs. */
export interface DeviceTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly byteLength: number;
  /** A part of this memory as a tensor of its own: first element (see `RuntimeInfo.views`) and shape. No copy. */
  view(offsetElements: number, dims: readonly number[]): DeviceView;
  /**
   * Copies `count` blocks of `blockElements`, from here to another tensor, each side with its own stride (all in elements). Where views begin
   * at the start only, offsets are 0, the target is another tensor, and what lies between its blocks becomes zero.
   */
  copyTo(target: DeviceTensor, plan: BlockCopy): Promise<void>;
  /** Frees the memory. Idempotent; a run that uses it must have ended. */
  dispose(): void;
}

export interface DeviceView {
  readonly tensor: DeviceTensor;
  readonly offsetElements: number;
  readonly dims: readonly number[];
}

export interface BlockCopy {
  readonly count: number;
  readonly blockElements: number;
  readonly sourceOffset: number;
  readonly sourceStride: number;
  readonly targetOffset: number;
  readonly targetStride: number;
}

/** A graph input or output: a value in JavaScript memory (inputs are read, outputs are written into `data`), or a view of runtime memory. */
export type Binding = HostTensor | DeviceView;

export interface RunRequest {
  readonly inputs: Readonly<Record<string, Binding>>;
  /** Every graph output by name, with its exact shape. The same view may stand on both sides: the graph then works in place. */
  readonly outputs: Readonly<Record<string, Binding>>;
  /** Rejects with `signal.reason`; the run is stopped inside where the adapter can. */
  readonly signal?: AbortSignal;
}

export interface Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Runs the graph; calls on one session may overlap. @throws VisionError SESSION_FAILED, DISPOSED, INVALID_ARGUMENT (a name, type or shape that does not fit) */
  run(request: RunRequest): Promise<void>;
  /**
   * Gives the memory of weights that are pages of a file back to the system, for a graph that is not needed for a while; the next run reads them again, from the
   * system's file cache as a rule. Harmless at any time. Does nothing where weights are no such pages, or where the system cannot. Never rejects.
   */
  returnWeightPages(): Promise<void>;
  /** Waits for runs in progress, then releases. Idempotent. */
  dispose(): Promise<void>;
}

import type { VisionErrorCode } from '@h2ovl/contract';
import type { DType, HostTensor } from '../../tensor/tensor.ts';
import type { BlockCopy, SessionOptions, ValueInfo } from '../port.ts';

/** A view of a tensor that lives in the worker, by the tensor's number. */
export interface RemoteView {
  readonly tensor: number;
  readonly offsetElements: number;
  readonly dims: readonly number[];
}

/** Where the worker writes an output: its own memory, or new memory that travels back. */
export type RemoteOutput = RemoteView | { readonly dtype: DType; readonly dims: readonly number[] };

/** What the main thread asks of the worker; one request at a time. */
export type WorkerRequest =
  | { readonly type: 'start'; readonly binding: string }
  | { readonly type: 'open'; readonly session: number; readonly model: string | Uint8Array; readonly options: SessionOptions }
  | {
      readonly type: 'run';
      readonly session: number;
      readonly inputs: Readonly<Record<string, HostTensor | RemoteView>>;
      readonly outputs: Readonly<Record<string, RemoteOutput>>;
    }
  | { readonly type: 'close'; readonly session: number }
  | { readonly type: 'allocate'; readonly tensor: number; readonly dtype: DType; readonly dims: readonly number[] }
  | { readonly type: 'copy'; readonly source: number; readonly target: number; readonly plan: BlockCopy }
  | { readonly type: 'free'; readonly tensor: number }
  | { readonly type: 'stop' };

/** What each request is answered with. */
export interface WorkerAnswers {
  readonly start: { readonly copiesOutputs: boolean };
  readonly open: { readonly inputs: readonly ValueInfo[]; readonly outputs: readonly ValueInfo[] };
  /** The outputs that were not written into the worker's own memory. */
  readonly run: Readonly<Record<string, HostTensor['data']>>;
  readonly close: undefined;
  readonly allocate: undefined;
  readonly copy: undefined;
  readonly free: undefined;
  readonly stop: undefined;
}

export type WorkerReply =
  | { readonly isOk: true; readonly value: WorkerAnswers[keyof WorkerAnswers] }
  | { readonly isOk: false; readonly code: VisionErrorCode; readonly message: string; readonly hint: string | undefined };

/** What the worker is started with: a shared cell that is 1 from a request until its answer, so that an exit can wait for native code. */
export interface WorkerStart {
  readonly busy: SharedArrayBuffer;
}

/** Whether a binding on the wire names memory in the worker. */
export function isRemoteView(binding: object): binding is RemoteView {
  return 'tensor' in binding;
}

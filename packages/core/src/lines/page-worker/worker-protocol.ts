import type { PageLines } from '@h2ovl/contract';
import type { Alphabet } from '../alphabet.ts';
import type { NetworkRequest } from '../open-networks.ts';

/** What the page worker is started with. */
export interface PageWorkerStart {
  readonly alphabet: Alphabet;
  readonly hasQuickRecogniser: boolean;
}

/** To the worker. Memory moves, it is not copied. */
export type ToPageWorker =
  | { readonly type: 'read'; readonly width: number; readonly height: number; readonly data: Uint8Array<ArrayBuffer> }
  | {
      readonly type: 'answer';
      readonly call: number;
      readonly data: Float32Array<ArrayBuffer>;
      readonly answer: Float32Array<ArrayBuffer>;
    };

/** A run of a network that the worker asks for: it computes where the sessions are. Both pieces of memory come back with the answer. */
export interface NetworkCall extends NetworkRequest {
  readonly type: 'run';
  readonly call: number;
  readonly data: Float32Array<ArrayBuffer>;
  readonly answer: Float32Array<ArrayBuffer>;
}

/** From the worker. The page's memory comes back with its lines. */
export type FromPageWorker =
  | NetworkCall
  | { readonly type: 'lines'; readonly lines: PageLines; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly message: string };

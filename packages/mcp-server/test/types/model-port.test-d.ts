import type { GenerateOptions, VisionModel } from '@h2ovl/core';
import type { GenerateOptions as RemoteOptions, VisionModelLike } from '@h2ovl/sdk';
import type { ModelPort, ModelRequest } from '../../src/model-port.ts';

// Checked by `tsc` alone: each line fails to compile when the promise in its name no longer holds.
type Assert<T extends true> = T;
type Fits<From, To> = [From] extends [To] ? true : false;

export type LocalModelIsAPort = Assert<Fits<VisionModel, ModelPort>>;
export type RemoteModelWithDisposeIsAPort = Assert<Fits<VisionModelLike & { dispose(): Promise<void> }, ModelPort>>;
export type LocalModelIsLikeARemoteOne = Assert<Fits<VisionModel, VisionModelLike>>;
export type RequestFitsLocalOptions = Assert<Fits<ModelRequest, GenerateOptions<unknown>>>;
export type RemoteOptionsFitLocalOnes = Assert<Fits<RemoteOptions<unknown>, GenerateOptions<unknown>>>;
export type LocalOptionsFitRemoteOnes = Assert<Fits<GenerateOptions<unknown>, RemoteOptions<unknown>>>;

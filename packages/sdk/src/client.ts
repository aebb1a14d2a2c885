import { type Deadline, startDeadline, VisionError, type VisionModel } from '@h2ovl/contract';
import { type Health, readHealth, readModelIds, wirePaths } from '@h2ovl/contract/wire';
import type { ClientOptions, Connection, RequestOptions } from './client-options.ts';
import { applyRequestOptions, readClientOptions } from './client-options.ts';
import { RemoteModel } from './remote-model.ts';
import { askJson } from './request.ts';

/** A model the server offers. */
export interface ModelSummary {
  /** What `model(id)` takes. */
  readonly id: string;
}

/** Talks to an h2ovl server. Holds no connection and needs no closing. */
export class VisionClient {
  readonly #connection: Connection;

  /** Throws VisionError INVALID_ARGUMENT for options that make no sense or do not exist. */
  constructor(options: ClientOptions = {}) {
    this.#connection = readClientOptions(options);
  }

  /** A model of the server by its id; whether the server has it shows at the first call. `defaults` hold for all calls of this model. */
  model(id: string, defaults: RequestOptions = {}): VisionModel {
    if (typeof id !== 'string' || id === '') {
      throw new VisionError('INVALID_ARGUMENT', 'model() was given no id.', { param: 'model', hint: 'listModels() tells the ids.' });
    }
    return new RemoteModel(id, applyRequestOptions(this.#connection, defaults, 'model()'), defaults.signal);
  }

  /** The models the server offers. */
  async listModels(options: RequestOptions = {}): Promise<readonly ModelSummary[]> {
    const ids = await this.#get(
      wirePaths.models,
      { options, where: 'listModels()' },
      readModelIds,
      'something other than a list of models',
    );
    return ids.map((id) => ({ id }));
  }

  /** Whether the model is loaded, and how long the queue is. */
  async health(options: RequestOptions = {}): Promise<Health> {
    return await this.#get(wirePaths.health, { options, where: 'health()' }, readHealth, 'something other than its health');
  }

  async #get<R>(
    path: string,
    { options, where }: { readonly options: RequestOptions; readonly where: string },
    read: (body: unknown) => R | undefined,
    found: string,
  ): Promise<R> {
    const connection = applyRequestOptions(this.#connection, options, where);
    const deadline: Deadline = startDeadline(connection.timeoutMs, [options.signal]);
    try {
      return await askJson(connection, { method: 'GET', path, accept: 'application/json' }, deadline, { read, found });
    } finally {
      deadline.release();
    }
  }
}

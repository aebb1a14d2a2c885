import type { Health } from '@h2ovl/contract/wire';
import { readHealth, readModelIds, wirePaths } from '@h2ovl/contract/wire';
import type { ClientOptions, Connection, RequestOptions } from './client-options.ts';
import { applyRequestOptions, readClientOptions } from './client-options.ts';
import { startDeadline } from './deadline.ts';
import type { VisionModelLike } from './generation-types.ts';
import { createRemoteModel } from './remote-model.ts';
import { createInvalidResponse, readJsonBody, sendRequest } from './request.ts';

/** A model the server offers. */
export interface ModelSummary {
  /** What `model(id)` takes. */
  readonly id: string;
}

/** Talks to an h2ovl server. Holds no connection and needs no closing. */
export class VisionClient {
  readonly #connection: Connection;

  /** Throws APIError INVALID_ARGUMENT for options that make no sense. */
  constructor(options: ClientOptions = {}) {
    this.#connection = readClientOptions(options);
  }

  /** A model of the server by its id; whether the server has it shows at the first call. `defaults` hold for all calls of this model. */
  model(id: string, defaults: RequestOptions = {}): VisionModelLike {
    return createRemoteModel(id, applyRequestOptions(this.#connection, defaults), defaults.signal);
  }

  /** The models the server offers. */
  async listModels(options: RequestOptions = {}): Promise<readonly ModelSummary[]> {
    const ids = await this.#get(wirePaths.models, options, readModelIds, 'something other than a list of models');
    return ids.map((id) => ({ id }));
  }

  /** Whether the model is loaded, and how long the line is. */
  async health(options: RequestOptions = {}): Promise<Health> {
    return await this.#get(wirePaths.health, options, readHealth, 'something other than its health');
  }

  async #get<R>(path: string, options: RequestOptions, read: (body: unknown) => R | undefined, found: string): Promise<R> {
    const connection = applyRequestOptions(this.#connection, options);
    const deadline = startDeadline(connection.timeoutMs, [options.signal]);
    try {
      const response = await sendRequest(connection, { method: 'GET', path, accept: 'application/json' }, deadline);
      const value = read(await readJsonBody(response, deadline.signal));
      if (value === undefined) throw createInvalidResponse(response, found);
      return value;
    } finally {
      deadline.clear();
    }
  }
}

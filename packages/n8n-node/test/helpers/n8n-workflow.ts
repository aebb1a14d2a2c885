/**
 * The runtime part of n8n-workflow the node uses, for tests without n8n. It copies the three behaviours of n8n 2.41 the node is built around:
 * a NodeApiError made from another one is that other one; a `code` in the response replaces the message; so does a code inside the message.
 */
export const NodeConnectionTypes: { readonly Main: 'main' } = { Main: 'main' };

const commonMessages: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The service refused the connection - perhaps it is offline',
  ECONNABORTED: 'The connection was aborted, perhaps the server is offline',
  ENOTFOUND: 'The connection cannot be established, this usually occurs due to an incorrect host (domain) value',
  ETIMEDOUT: "The connection timed out, consider setting the 'Retry on Fail' option in the node settings",
  ENOENT: 'The file or directory does not exist',
  EACCES: 'Forbidden by access permissions, make sure you have the right permissions',
};

interface ErrorOptions {
  readonly message?: string;
  readonly description?: string;
  readonly itemIndex?: number;
  readonly httpCode?: string;
}

class NodeError extends Error {
  node: unknown;
  description: string | null | undefined;
  messages: string[] = [];
  context: Record<string, unknown> = {};

  constructor(node: unknown, error: unknown, options: ErrorOptions, code: string | undefined) {
    const own = typeof error === 'string' ? error : String((error as { message?: unknown }).message ?? '');
    const wanted = options.message ?? own;
    const known = Object.keys(commonMessages).find((name) => name === code || wanted.toUpperCase().includes(name));
    super((known === undefined ? undefined : commonMessages[known]) ?? wanted, error instanceof Error ? { cause: error } : undefined);
    this.node = node;
    this.description = options.description;
    if (own !== '') this.messages.push(own);
    this.context.itemIndex = options.itemIndex;
  }
}

export class NodeApiError extends NodeError {
  httpCode: string | null = null;

  constructor(node: unknown, errorResponse: unknown, options: ErrorOptions = {}) {
    const { code } = errorResponse as { code?: unknown };
    super(node, errorResponse, options, typeof code === 'string' ? code : undefined);
    this.name = 'NodeApiError';
    this.httpCode = options.httpCode ?? null;
    // biome-ignore lint/correctness/noConstructorReturn: n8n's own class does just this, and the node must cope with it.
    if (errorResponse instanceof NodeApiError) return errorResponse;
  }
}

export class NodeOperationError extends NodeError {
  constructor(node: unknown, error: unknown, options: ErrorOptions = {}) {
    super(node, error, options, undefined);
    this.name = 'NodeOperationError';
  }
}

export function sleep(timeInMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeInMs));
}

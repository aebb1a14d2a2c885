/** Longest names that a message may carry: they are repeated where there is nothing of the name. */
const limits: readonly (readonly [place: string, read: (message: Message) => unknown, most: number])[] = [
  ['id', ({ id }) => id, 200],
  ['method', ({ method }) => method, 200],
  ['params.name', ({ params }) => params?.name, 200],
  ['params.uri', ({ params }) => params?.uri, 8192],
  ['params.protocolVersion', ({ params }) => params?.protocolVersion, 200],
  ['params.requestId', ({ params }) => params?.requestId, 200],
];

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: Readonly<Record<string, unknown>> | null;
}

/** What is too long in a JSON-RPC message, or in a batch of them, as a sentence; undefined when nothing is. */
export function findOversize(value: unknown): string | undefined {
  const messages: unknown[] = Array.isArray(value) ? value : [value];
  for (const message of messages) {
    if (typeof message !== 'object' || message === null) continue;
    for (const [place, read, most] of limits) {
      const text = read(message);
      if (typeof text === 'string' && text.length > most) return `${place} has ${text.length} characters; at most ${most} are read`;
    }
  }
  return undefined;
}

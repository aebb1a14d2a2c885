/** Longest name that a message or a header may carry: names are repeated where there is nothing of the name. */
const maxNameChars = 200;

/** Longest address of a resource. */
const maxUriChars = 1000;

const versionKey = 'io.modelcontextprotocol/protocolVersion';

const limits: readonly (readonly [place: string, read: (message: Message) => unknown, most: number])[] = [
  ['id', ({ id }) => id, maxNameChars],
  ['method', ({ method }) => method, maxNameChars],
  ['params.name', ({ params }) => params?.name, maxNameChars],
  ['params.uri', ({ params }) => params?.uri, maxUriChars],
  ['params.protocolVersion', ({ params }) => params?.protocolVersion, maxNameChars],
  ['params.requestId', ({ params }) => params?.requestId, maxNameChars],
  ['params.ref.name', ({ params }) => memberOf(params?.ref, 'name'), maxNameChars],
  ['params.ref.uri', ({ params }) => memberOf(params?.ref, 'uri'), maxUriChars],
  [`params._meta["${versionKey}"]`, ({ params }) => memberOf(params?._meta, versionKey), maxNameChars],
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

/** What is too long in the headers of MCP, as a sentence; undefined when nothing is. Parameters in headers (`mcp-param-…`) are not repeated. */
export function findLongHeader(headers: Headers): string | undefined {
  for (const [name, value] of headers) {
    const most = name === 'mcp-name' ? maxUriChars : maxNameChars; // which may be the address of a resource
    if (!name.startsWith('mcp-') || name.startsWith('mcp-param-') || value.length <= most) continue;
    return `the header ${name.slice(0, maxNameChars)} has ${value.length} characters; at most ${most} are read`;
  }
  return undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

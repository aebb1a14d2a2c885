import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../../../src');
const folder = join(source, 'wire');

// Runs wire/ as CommonJS in a realm that has the language and nothing else: no process, timers, fetch, URL, TextDecoder or require.
function loadWire(): { readonly wire: Record<string, unknown>; readonly loaded: readonly string[] } {
  const realm = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  runInContext('delete globalThis.console', realm);
  const loaded = new Map<string, Record<string, unknown>>();
  const load = (name: string): Record<string, unknown> => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: false },
    });
    const exports: Record<string, unknown> = {};
    loaded.set(name, exports);
    const run = runInContext(`(function (exports, require) {${outputText}\n})`, realm) as (
      exports: object,
      require: (path: string) => object,
    ) => void;
    run(exports, (path) => {
      if (!path.startsWith('.')) throw new Error(`${name} imports ${path}`);
      return load(posix.join(posix.dirname(name), path));
    });
    return exports;
  };
  const wire = load('wire/index.ts');
  return { wire, loaded: [...loaded.keys()] };
}

describe('wire/', () => {
  let all: ReturnType<typeof loadWire>;
  beforeAll(() => {
    all = loadWire();
  }, 300_000); // each file goes through the compiler

  it('works as CommonJS without any platform: no process, timers, fetch or node: modules', () => {
    const wire = all.wire as typeof import('../../../src/wire/index.ts');
    const body = wire.buildRequest({ model: 'nano', prompt: 'Read.', images: ['data:image/png;base64,AA=='], stream: true });
    expect(body.messages).toHaveLength(1);
    const [event] = new wire.SseDecoder().push('data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n');
    expect(wire.readChunk(JSON.parse(event?.data ?? ''))).toMatchObject({ delta: 'Hi', finishReason: 'stop' });
    expect(wire.readError({ error: { message: 'No.' } })?.message).toBe('No.');
  });

  it('reaches every file of the folder from its index', () => {
    const { loaded } = all;
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(loaded).toContain(`wire/${name.split(sep).join('/')}`);
  });
});

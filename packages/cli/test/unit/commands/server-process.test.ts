import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/parse-arguments.ts';

function parse(...args: readonly string[]): object {
  const parsed = parseArguments(args, { env: {}, h2ovl: 'npx h2ovl', version: '1' });
  if (parsed.type !== 'run') throw new Error(`It printed ${parsed.text}`);
  return { name: parsed.invocation.name, ...parsed.invocation.request };
}

describe('the commands that start a server', () => {
  it('hand everything after their name to the server, help included', () => {
    const args = ['--root', './scans', '--model', '0.8b', '--help'];
    expect(parse('mcp', ...args)).toEqual({ name: 'npx h2ovl mcp', args });
    expect(parse('serve', '--port', '0')).toEqual({ name: 'npx h2ovl serve', transport: 'http', args: ['--port', '0'] });
    expect(parse('mcp')).toMatchObject({ args: [] });
  });
});

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundleScript } from '../../../dev/src/testing/bundle-script.ts';
import { runCliProcess, temporaryFolder } from './cli-process.ts';

const home = temporaryFolder();

it('h2ovl mcp answers on standard output, with nothing else there, and ends with its input', async () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  };
  const { code, stdout, stderr } = await runCliProcess(['mcp', '--model', 'nano'], {
    home,
    stdin: Buffer.from(`${JSON.stringify(initialize)}\n`),
  });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([{ id: 1, result: { serverInfo: { name: expect.any(String) } } }]);
  expect(stderr).toContain('"event":"listening"');
  expect(code).toBe(0);
});

it('h2ovl serve answers over HTTP on loopback until it is stopped', async () => {
  const script = fileURLToPath(await bundleScript(new URL('../../src/main.ts', import.meta.url)));
  const child = spawn(process.execPath, [script, 'serve', '--port', '0', '--model', 'nano'], { env: { ...process.env, H2OVL_HOME: home } });
  const ended = new Promise((resolve) => child.on('close', resolve));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let log = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        const found = /"url":"([^"]+)"/.exec(log)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.on('close', () => reject(new Error(`It ended: ${log}`)));
    });
    const health = await fetch(new URL('/health', url));
    expect(health.status).toBe(200);
    await health.text();
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  } finally {
    child.kill('SIGKILL');
  }
});

it('their help pages and refusals name the command that was typed', async () => {
  const help = await runCliProcess(['serve', '--help'], { home });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/^Usage: .*[\w".] serve \[options\]/);
  expect(help.stdout).not.toContain('--http ');
  const refused = await runCliProcess(['mcp', '--hots', 'x'], { home });
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/mcp: unknown option '--hots'\. Did you mean --host\? .* mcp --help lists the options\.\n$/);
});

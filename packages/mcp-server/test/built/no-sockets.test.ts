import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { nanoSamples, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { waitUntil } from '../helpers/start-server.ts';

const main = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));
const [{ file, answer }] = readablePages;
const hasStrace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'h2ovl-mcp-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

if (!hasStrace) console.warn('SKIPPED: the socket test needs strace, on Linux (Debian: apt-get install strace).');

/** Variables under which libraries keep their telemetry quiet: a test under them would prove nothing. */
const quietNames = /^(CI|GITHUB_ACTIONS|DO_NOT_TRACK|.*TELEMETRY.*)$/i;

describe.runIf(hasStrace)('what the tools do on this machine', () => {
  test('they open no socket, look up no name and write nothing below the root, as their annotations say', async () => {
    expect(existsSync(main), 'built by npm run build').toBe(true);
    const trace = join(folder, 'trace');
    const options = ['-f', '-ff', '-qq', '-s', '300', '-e', 'trace=connect,sendto,sendmsg,sendmmsg,bind,openat,unlink,rename', '-o', trace];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !quietNames.test(name)));
    const child = spawn('strace', [...options, process.execPath, main, '--root', nanoSamples], { env });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.resume();
    const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const call = async (id: number, name: string, args: object): Promise<void> => {
      send({ id, method: 'tools/call', params: { name, arguments: args } });
      await waitUntil(() => out.includes(`"id":${id}}`) || out.includes(`"id":${id},`), 120_000);
    };
    send({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
    });
    send({ method: 'notifications/initialized' });
    await call(2, 'list_documents', {});
    await call(3, 'read_document', { source: file });
    await call(4, 'ask_document', { source: file, question: 'What is the total?' });
    await call(5, 'extract_json', { source: file, schema: { type: 'object', properties: { total: { type: 'string' } } } });
    await call(6, 'read_document', { source: 'https://example.com/page.png' });
    child.stdin.end();
    await once(child, 'exit');
    expect(out).toContain(answer.split('\n')[0]);
    const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
    expect(lines.filter((line) => /sa_family=AF_(INET6?|PACKET)/.test(line))).toEqual([]);
    expect(lines.some((line) => line.includes(file) && line.includes('O_RDONLY'))).toBe(true);
    expect(lines.filter((line) => line.includes(nanoSamples) && /O_WRONLY|O_RDWR|O_CREAT|^(unlink|rename)/.test(line))).toEqual([]);
  }, 600_000);
});

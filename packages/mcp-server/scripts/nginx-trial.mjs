// What nginx makes of answers that take long and fail late: `npm run trial:nginx` (needs nginx, as in Debian; builds nothing, opens loopback alone).
// A model that waits stands behind this package's own server, nginx in front of it with its usual settings and, on a second port, with HTTP/1.1 behind it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const nginx = ['nginx', '/usr/sbin/nginx'].find((command) => spawnSync(command, ['-v']).status === 0);
if (nginx === undefined) {
  console.error('nginx is not installed (apt-get install nginx-light): nothing was tried.');
  process.exit(1);
}
const folder = await mkdtemp(join(tmpdir(), 'h2ovl-nginx-'));
await build({
  entryPoints: [fileURLToPath(new URL('../test/helpers/late-server.ts', import.meta.url))],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: join(folder, 'late-server.mjs'),
  conditions: ['@h2ovl/source'],
  external: ['@h2ovl/core'],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
const { startLateServer } = await import(join(folder, 'late-server.mjs'));
let failed = false;
const body = JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'Hello.' }] });
const ports = { 'HTTP/1.0 behind nginx, its usual settings': await freePort(), 'HTTP/1.1 behind nginx': await freePort() };
const [plain, modern] = Object.values(ports);
const late = await startLateServer({ statusAfterMs: 50 });
await writeFile(
  join(folder, 'nginx.conf'),
  `daemon off; worker_processes 1; error_log ${folder}/error.log; pid ${folder}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  proxy_read_timeout 2s; # a minute by default: silence for longer than this ends an answer
  server { listen 127.0.0.1:${plain}; location / { proxy_pass ${late.url}; } }
  server { listen 127.0.0.1:${modern}; location / { proxy_pass ${late.url}; proxy_http_version 1.1; } }
}
`,
);
const proxy = spawn(nginx, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'inherit' });
try {
  for (const [name, port] of Object.entries(ports)) {
    await reachable(port);
    const url = `http://127.0.0.1:${port}/v1/chat/completions`;
    const before = late.model.requests.length;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${port}` };
    const first = await fetch(url, { method: 'POST', headers, body }); // resolves with the headers: nginx passes them on at once
    await new Promise((resolve) => setTimeout(resolve, 5000)); // longer than nginx waits for a silent server
    late.fail();
    const outcome = await first.text().then(
      (text) => `complete: ${JSON.stringify(text)}`,
      (error) => `an error (${error.cause?.code ?? error.message})`,
    );
    check(
      `${name}: headers after the status, then an error`,
      first.status === 200 && outcome.startsWith('an error'),
      `${first.status}, ${outcome}`,
    );
    const second = await fetch(url, { method: 'POST', headers, body });
    const answer = await second.json();
    check(
      `${name}: the second try has the status`,
      second.status === 400 && answer.error.code === 'IMAGE_UNREADABLE',
      `${second.status} ${answer.error.code}`,
    );
    check(`${name}: the model ran once`, late.model.requests.length === before + 1, `${late.model.requests.length - before} runs`);
  }
} finally {
  proxy.kill('SIGTERM');
  await once(proxy, 'exit');
  await late.close();
  await rm(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

function check(what, isRight, seen) {
  if (!isRight) failed = true;
  console.log(`${isRight ? 'PASS' : 'FAIL'} ${what}: ${seen}`);
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

async function reachable(port) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (
      await fetch(`http://127.0.0.1:${port}/health`).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not answer.');
}

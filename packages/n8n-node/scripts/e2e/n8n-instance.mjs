import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../tools.mjs';
import { freePort, startProcess, waitFor } from './processes.mjs';

/** A new n8n of its own below `workDir`, with the archive laid down as n8n's installer does. */
export async function createInstance({ nodeBin, n8nBin }, workDir, archive) {
  const port = await freePort();
  const filesDir = path.join(workDir, 'files');
  await mkdir(filesDir, { recursive: true });
  await layDown(archive, path.join(workDir, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-h2ovl'));
  const env = {
    PATH: [nodeBin, n8nBin, process.env.PATH].join(path.delimiter),
    N8N_USER_FOLDER: workDir,
    N8N_ENCRYPTION_KEY: 'e2e-e2e-e2e-e2e',
    N8N_LISTEN_ADDRESS: '127.0.0.1',
    N8N_PORT: String(port),
    N8N_RUNNERS_BROKER_PORT: String(await freePort()),
    N8N_DIAGNOSTICS_ENABLED: 'false',
    N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
    N8N_TEMPLATES_ENABLED: 'false',
    N8N_VERIFIED_PACKAGES_ENABLED: 'false',
    N8N_PERSONALIZATION_ENABLED: 'false',
    N8N_SECURE_COOKIE: 'false',
    N8N_RESTRICT_FILE_ACCESS_TO: filesDir,
    NODE_ENV: 'production',
  };
  return { port, filesDir, workDir, env };
}

async function layDown(archive, target) {
  await mkdir(target, { recursive: true });
  await run('tar', ['xzf', archive, '-C', target, '--strip-components=1']);
  const file = path.join(target, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  for (const key of ['devDependencies', 'peerDependencies', 'optionalDependencies']) delete manifest[key];
  await writeFile(file, JSON.stringify(manifest));
}

/** Runs one command of n8n to its end and gives its output. */
export async function runCommand({ workDir, env }, ...args) {
  return await run('n8n', args, { cwd: workDir, env });
}

/** Imports credentials or workflows (`kind`) by the command line. */
export async function importInto(instance, kind, entries) {
  const file = path.join(instance.workDir, `${kind}.json`);
  await writeFile(file, JSON.stringify(entries));
  await runCommand(instance, `import:${kind}`, `--input=${file}`);
}

/** Runs a workflow by the command line and gives what its node `Read` did. */
export async function executeByCommand(instance, id) {
  // Judged by the document: on a busy machine n8n has ended with another status after a run that went well.
  const output = await run('n8n', ['execute', `--id=${id}`, '--rawOutput'], { cwd: instance.workDir, env: instance.env, anyStatus: true });
  const end = output.lastIndexOf('\n}');
  if (end < 0) throw new Error(`n8n printed no execution:\n${output}`);
  const execution = JSON.parse(output.slice(output.indexOf('\n{') + 1, end + 2));
  return execution.data.resultData;
}

/** Starts n8n, becomes its owner, and gives ways to talk to it. */
export async function startInstance(instance) {
  const base = `http://127.0.0.1:${instance.port}`;
  const server = startProcess('n8n', ['start'], { cwd: instance.workDir, env: instance.env });
  await waitFor('the start of n8n', async () => {
    if (server.hasEnded()) throw new Error(server.output());
    return (await fetch(`${base}/healthz/readiness`)).ok;
  });
  const owner = { email: 'owner@example.com', firstName: 'O', lastName: 'W', password: 'Passw0rd!x' };
  const setUp = await waitFor('the sign-up', async () => {
    const response = await post(`${base}/rest/owner/setup`, owner);
    return response.ok && response;
  });
  const cookie = setUp.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return { base, server, rest: createRest(base, cookie) };
}

function createRest(base, cookie) {
  return async (method, route, body) => {
    const response = await fetch(`${base}${route}`, {
      method,
      headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  };
}

function post(url, body) {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

/** Posts a file to a webhook as a form does, once n8n has opened it; the parsed answer with its status. */
export async function postFile(base, hook, file, type = 'image/png') {
  const form = new FormData();
  form.append('data', new Blob([await readFile(file)], { type }), path.basename(file));
  // n8n calls itself ready before the last workflows are active.
  const response = await waitFor(`the webhook ${hook}`, async () => {
    const answer = await fetch(`${base}/webhook/${hook}`, { method: 'POST', body: form });
    return answer.status !== 404 && answer;
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

import { readdir, readFile, readlink } from 'node:fs/promises';
import { isNetworkForbidden } from '../net/network-policy.ts';
import { type Finding, ok, problem } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What could open a socket, and why it does not. */
export async function inspectNetwork(env: Environment): Promise<Finding[]> {
  return [inspectOwnUse(env), inspectOthers(), await inspectOpenSockets()];
}

function inspectOwnUse(env: Environment): Finding {
  if (isNetworkForbidden(env)) return ok('network', 'Switched off (H2OVL_OFFLINE or --offline): even pull is refused.');
  const settings = ['HF_ENDPOINT', 'HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'].filter(
    (name) => env[name],
  );
  const used = settings.length === 0 ? '' : ` It would use ${settings.join(', ')}.`;
  return ok(
    'network',
    `Only pull connects, and only when it is started: one module of the program can connect, and refuses everything else. Addresses as inputs are off.${used}`,
  );
}

function inspectOthers(): Finding {
  return ok(
    'libraries',
    'ONNX Runtime is held at a version without telemetry (1.29 and later have it); sharp, koffi and the parsers hold no network code that is used. ' +
      'The tests count the sockets of every command.',
  );
}

/** On Linux the system tells which sockets this process has; all libraries are loaded by now. */
async function inspectOpenSockets(): Promise<Finding> {
  const topic = 'sockets';
  if (process.platform !== 'linux') return ok(topic, 'Open sockets can be listed on Linux only.');
  const inodes = new Set<string>();
  for (const name of await readdir('/proc/self/fd').catch(() => [])) {
    const target = await readlink(`/proc/self/fd/${name}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  const open: string[] = [];
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6']) {
    const lines = (await readFile(`/proc/self/net/${table}`, 'utf8').catch(() => '')).split('\n').slice(1);
    for (const line of lines) if (inodes.has(line.trim().split(/\s+/)[9] ?? '')) open.push(table);
  }
  if (open.length === 0) return ok(topic, 'This process has loaded every library and holds no network socket.');
  return problem(
    topic,
    `This process holds network sockets: ${open.join(', ')}.`,
    'Report it, with the versions above: nothing here should have opened one.',
  );
}

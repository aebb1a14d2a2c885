import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../../container/${name}`, import.meta.url)), 'utf8');

/** What reads compose files by their schema; none of them needs an engine for that. */
const compose = [['docker', 'compose'], ['docker-compose'], ['podman-compose']].find(([program = '', ...args]) => {
  const { status } = spawnSync(program, [...args, 'version']);
  return status === 0;
});
if (compose === undefined) console.warn('SKIPPED: the compose file is checked by docker compose or docker-compose, and neither is here.');

describe('the container', () => {
  it.runIf(compose !== undefined)('has a compose file that its reader takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'h2ovl-compose-'));
    try {
      mkdirSync(join(folder, 'container'));
      copyFileSync(fileURLToPath(new URL('../../../container/compose.yaml', import.meta.url)), join(folder, 'container', 'compose.yaml'));
      writeFileSync(join(folder, 'container', 'token'), 'x');
      const [program = '', ...args] = compose ?? [];
      const result = spawnSync(program, [...args, '-f', 'container/compose.yaml', 'config'], { cwd: folder, encoding: 'utf8' });
      expect([result.status, result.stderr.replaceAll(/^.*obsolete.*\n/gm, '')]).toEqual([0, '']);
      expect(result.stdout).toContain('read_only: true');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('runs as an ordinary user, without a network of its own, and checks its health', () => {
    const lastStage = read('Dockerfile')
      .split(/^FROM /m)
      .at(-1) as string;
    expect(lastStage).toMatch(/^USER node$/m);
    expect(lastStage).toMatch(/^HEALTHCHECK /m);
    expect(lastStage).toMatch(/H2OVL_OFFLINE=1/);
    expect(read('Dockerfile')).toMatch(/npm ci --ignore-scripts/);
  });

  it('copies only what is there', () => {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const copied = [...read('Dockerfile').matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));
    expect(copied.length).toBeGreaterThan(4);
    expect(copied.map((path) => path.replace('/app/', '')).filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
  });

  it('keeps its root read-only and drops every right in the compose file', () => {
    const [, server = ''] = /^ {2}h2ovl:\n((?: {4}.*\n)+)/m.exec(read('compose.yaml')) ?? [];
    expect(server).toMatch(/^ {4}read_only: true$/m);
    expect(server).toMatch(/^ {4}cap_drop: \[ALL\]$/m);
    expect(server).toMatch(/^ {4}networks: \[documents\]$/m);
    expect(read('compose.yaml')).toMatch(/documents:\n {4}internal: true/);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../../container/${name}`, import.meta.url)), 'utf8');

describe('the container', () => {
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

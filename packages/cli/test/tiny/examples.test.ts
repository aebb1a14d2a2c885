import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const examples = join(import.meta.dirname, '../../../../examples');
const home = mkdtempSync(join(tmpdir(), 'h2ovl-examples-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const stories = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());

// Each checks its own output; they use the built package, as a reader of them would.
it.each(stories.map((story) => story.name))('the example %s does what it says', (name) => {
  const run = spawnSync(process.execPath, [join(examples, name, 'index.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, H2OVL_HOME: home },
  });
  expect({ code: run.status, stderr: run.stderr.replace(/^tile .*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
  expect(run.stdout).not.toBe('');
});

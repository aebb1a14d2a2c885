import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** Gives the tests of a file a home folder of their own, which is empty before the first and removed after the last of them; returns its path. */
export function useOwnHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'h2ovl-home-'));
  beforeAll(() => {
    process.env.H2OVL_HOME = home;
  });
  afterAll(() => {
    delete process.env.H2OVL_HOME;
    rmSync(home, { recursive: true, force: true });
  });
  return home;
}

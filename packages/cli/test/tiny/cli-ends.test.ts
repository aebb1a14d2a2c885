import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nanoCheckpoint, nanoPages, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { scanOf } from '../../../dev/src/testing/pdf/scan-of.ts';
import { expectFailure, runCliProcess, temporaryFolder } from './cli-process.ts';

const home = temporaryFolder();
const receipt = readablePages[0].path;
const readMany = ['read', ...nanoPages.slice(0, 12).map(({ path }) => path), '--model', 'nano'];

beforeAll(async () => {
  const { code } = await runCliProcess(['convert', 'nano', '--quiet'], { home });
  expect(code).toBe(0);
});

describe.skipIf(process.platform === 'win32')('a command that is asked to stop', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends while it reads, with exit code %d and nothing more to say', async (signal, exitCode) => {
    const { code, stdout, stderr } = await runCliProcess(readMany, { home, signalAt: { stream: 'stdout', pattern: /==> /, signal } });
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: '' });
    expect(stdout.match(/==> /g)?.length).toBeLessThan(12);
  });

  it('ends while it converts and leaves nothing behind that looks like a model', async () => {
    const fresh = temporaryFolder();
    const signalAt = { stream: 'stderr', pattern: /Checking/, signal: 'SIGINT' } as const;
    const { code, stdout } = await runCliProcess(['read', receipt, '--model', 'nano'], { home: fresh, signalAt });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    const left = readdirSync(join(fresh, 'converted'));
    expect(left).toEqual([]);
  });

  it('ends while it waits for standard input', async () => {
    // More than a pipe holds: once it is written, the command has begun to read.
    const stdin = new Uint8Array(1_000_000);
    const signalAt = { stream: 'stdin', signal: 'SIGINT' } as const;
    expect(await runCliProcess(['read', '-', '--model', 'nano'], { home, stdin, signalAt })).toEqual({ code: 130, stdout: '', stderr: '' });
  });
});

describe.skipIf(process.platform === 'win32')('output that goes nowhere', () => {
  it('ends the command quietly when the reader has gone', async () => {
    const shell = `$CLI ${readMany.join(' ')} | head -n 2; exit "\${PIPESTATUS[0]}"`;
    const { code, stdout, stderr } = await runCliProcess([], { home, shell });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  it.skipIf(!existsSync('/dev/full'))('is a failure with a code when the disk behind it is full', async () => {
    const run = await runCliProcess([], { home, shell: `$CLI read ${receipt} --model nano > /dev/full` });
    expectFailure(run, 'STORAGE_UNAVAILABLE', /standard output/);
  });
});

describe('the cache', () => {
  it('below a regular file is refused', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const run = await runCliProcess(['read', receipt, '--model', 'nano'], { home: join(file, 'cache') });
    expectFailure(run, 'STORAGE_UNAVAILABLE', /ENOTDIR/);
    expect(run.stderr).toContain('H2OVL_HOME');
  });

  it('on a full disk is refused with both numbers', async (test) => {
    const folder = join(temporaryFolder(), 'disk');
    mkdirSync(folder);
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { encoding: 'utf8' });
    if (mount.status !== 0) {
      console.warn(
        `SKIPPED: the full-disk test needs a tmpfs, which cannot be mounted here: ${mount.stderr?.trim() || mount.error?.message}`,
      );
      return test.skip();
    }
    try {
      const run = await runCliProcess(['read', receipt, '--model', 'nano'], { home: folder });
      expectFailure(run, 'STORAGE_UNAVAILABLE', /takes [\d,]+ MB; .* has [\d,]+ MB free/);
      expect(run.stderr).toContain('H2OVL_HOME');
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it('is filled once when two processes want the same checkpoint at the same time', async () => {
    const fresh = temporaryFolder();
    const args = ['read', receipt, '--model', nanoCheckpoint];
    const runs = await Promise.all([runCliProcess(args, { home: fresh }), runCliProcess(args, { home: fresh })]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(runs[0].stdout).toBe(runs[1].stdout);
    expect(runs[0].stdout).toMatch(/\S/);
    const conversions = runs.filter(({ stderr }) => stderr.includes('Converting the checkpoint'));
    expect(conversions).toHaveLength(1);
    const models = JSON.parse((await runCliProcess(['models', '--json'], { home: fresh })).stdout).models;
    expect(models).toHaveLength(1);
  });
});

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('a terminal', () => {
  it('shows progress, takes it away, and shows the text as the pipe would get it', async () => {
    const shell = `script -qec "$CLI read ${receipt} --model nano" /dev/null`;
    const { code, stdout } = await runCliProcess([], { home, shell });
    const piped = await runCliProcess(['read', receipt, '--model', 'nano'], { home });
    expect(code).toBe(0);
    const clear = '\u001b[2K';
    expect(stdout).toContain(clear);
    expect(stdout).toMatch(/tile 1 of \d+|prompt|opening/);
    const shown = stdout.slice(stdout.lastIndexOf(clear) + clear.length).replaceAll('\r\n', '\n');
    expect(shown).toBe(piped.stdout);
  });
});

describe.skipIf(process.platform !== 'linux')('a document of several pages', () => {
  /** Processes that were started with this word in their surroundings. */
  const leftFrom = (mark: string): readonly string[] =>
    readdirSync('/proc').filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'latin1').includes(mark);
      } catch {
        return false; // it has ended, or is another user's
      }
    });

  it.each(['standard output', 'a file'])(
    'keeps in %s what was read before Ctrl-C, and leaves no process and no other file behind',
    async (place) => {
      const [temporary, out, work] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
      const scan = join(work, 'scan.pdf');
      writeFileSync(scan, await scanOf(Array.from({ length: 5 }, () => receipt)));
      const mark = `H2OVL_TEST=${temporary}`;
      const isFile = place === 'a file';
      const part = join(out, 'scan.pdf.txt.part');
      const args = ['read', scan, '--mode', 'model', '--model', 'nano', '--concurrency', '1', ...(isFile ? ['--out', out] : [])];
      const { code, stdout } = await runCliProcess(args, {
        home,
        env: { TMPDIR: temporary, H2OVL_TEST: temporary },
        signalAt: isFile
          ? { stream: 'file', path: part, pattern: /page 2 <==/, signal: 'SIGINT' }
          : { stream: 'stdout', pattern: /page 2 <==/, signal: 'SIGINT' },
      });
      expect(code).toBe(130);
      expect(leftFrom(mark)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
      const written = isFile ? readFileSync(part, 'utf8') : stdout;
      if (isFile) expect(readdirSync(out)).toEqual(['scan.pdf.txt.part']);
      expect(written).toContain(readablePages[0].answer.trim());
      expect(written).not.toContain('page 5 <==');
    },
  );
});

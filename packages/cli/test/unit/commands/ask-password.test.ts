import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makePdf, type PdfPage } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { StopRequest } from '../../../src/stop-request.ts';
import { runFake } from '../fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-password-'));
afterAll(() => rmSync(folder, { recursive: true }));
const words = (text: string): PdfPage => ({ width: 300, height: 100, items: [{ type: 'text', text, x: 20, y: 50, size: 14 }] });
const [report, locked] = [join(folder, 'report.pdf'), join(folder, 'locked.pdf')];
writeFileSync(report, makePdf({ pages: [words('Page one of the report')] }));
writeFileSync(locked, makePdf({ pages: [words('A page behind a lock')], password: 'open sesame' }));

describe('a person at a terminal', () => {
  const terminals = ['stdin', 'stderr'] as const;
  const type = (...keys: readonly string[]): { stdin: Buffer[]; terminals: typeof terminals } => ({
    stdin: keys.map((key) => Buffer.from(key)),
    terminals,
  });

  it('is asked for the password, which is not shown, and again when it was wrong', async () => {
    const run = await runFake(['read', locked], {}, type('wrong\r', 'open sesamx\u007f\u001b[De\r'));
    expect(run).toMatchObject({ exitCode: 0, stdout: 'A page behind a lock\n' });
    expect(run.stderr).toContain(`Password of ${locked}: \n`);
    expect(run.stderr).toContain(`That is not it. Password of ${locked}: \n`);
    expect(run.stderr).not.toMatch(/sesam|wrong/);
  });

  it('is asked once for documents that share a password', async () => {
    const run = await runFake(['read', locked, locked], {}, type('open sesame\r'));
    expect([run.exitCode, run.stderr.split('Password of').length - 1]).toEqual([0, 1]);
  });

  it('is asked three times at most, and gives up with an empty line', async () => {
    const thrice = await runFake(['read', locked], {}, type('a\rb\r', 'c\rd\r'));
    expect([thrice.exitCode, thrice.stderr.split('Password of').length - 1]).toEqual([1, 3]);
    expect(thrice.stderr).toContain('The password does not open');
    const none = await runFake(['read', locked, report], {}, type('\r'));
    expect(none).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('Page one of the report') });
    expect(none.stderr).toContain('needs a password');
  });

  it('stops the program with Ctrl-C', async () => {
    const controller = new AbortController();
    const interrupt = (): void => controller.abort(new StopRequest('Stopped by SIGINT.', 130));
    const options = { ...type('open\u0003'), stopSignal: controller.signal, interrupt };
    expect(await runFake(['read', locked], {}, options)).toMatchObject({ exitCode: 130, stdout: '' });
  });

  it.each([
    ['in a pipe', { stdin: [Buffer.from('open sesame\n')], terminals: ['stderr'] }, []],
    ['whose errors go to a file', { stdin: [Buffer.from('open sesame\n')], terminals: ['stdin'] }, []],
    ['who wants lines for programs', type('open sesame\r'), ['--log-json']],
    ['who gave one', type('open sesame\r'), ['--password', 'wrong']],
  ] as const)('%s is asked nothing', async (_, options, args) => {
    const run = await runFake(['read', locked, ...args], {}, options);
    expect([run.exitCode, run.stderr]).toEqual([1, expect.not.stringContaining('Password of')]);
  });
});

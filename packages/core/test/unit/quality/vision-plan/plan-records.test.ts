import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlanRecords } from '../../../../src/quality/vision-plan/plan-records.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'h2ovl-records-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const open = (key: unknown, onWait: (pid: number) => void = () => {}, signal: AbortSignal = new AbortController().signal) =>
  PlanRecords.open(key, { home, signal, onWait });

describe('the record of a measurement', () => {
  it('is made once, and found by whoever measures the same, and by nobody else', async () => {
    let made = 0;
    const make = async (): Promise<number> => {
      made += 1;
      return made;
    };
    const first = await open(['weights', 64]);
    expect([await first.keep('times', make), await first.keep('times', make)]).toEqual([1, 1]);
    await first.close();
    const same = await open(['weights', 64]);
    expect(await same.keep('times', make)).toBe(1);
    await same.close();
    const other = await open(['weights', 127]);
    expect(await other.keep('times', make)).toBe(2);
    await other.close();
  });

  it('is made anew where it is damaged or was forgotten, and keeps nothing of what failed', async () => {
    const records = await open('key');
    await expect(records.keep('page', () => Promise.reject(new Error('stopped')))).rejects.toThrow('stopped');
    expect(await records.find('page')).toBeUndefined();
    expect(await records.keep('page', async () => 1)).toBe(1);
    writeFileSync(join(records.folder, 'page.json'), '{"half": ');
    expect(await records.keep('page', async () => 2)).toBe(2);
    await records.forget('page');
    expect(await records.keep('page', async () => 3)).toBe(3);
    await records.close();
  });

  it('goes when the result is known', async () => {
    const records = await open('key');
    await records.keep('page', async () => 1);
    await records.finish();
    await records.close();
    expect(readdirSync(join(home, 'measuring'))).toEqual([]);
  });

  it('lets a second one that measures the same wait, says for which process, and starts it from nothing when the first is done', async () => {
    const first = await open('key');
    await first.keep('page', async () => 'of the first');
    const waits: number[] = [];
    let isOpen = false;
    const pending = open('key', (pid) => waits.push(pid)).then((records) => {
      isOpen = true;
      return records;
    });
    await expect.poll(() => waits, { timeout: 10_000 }).toEqual([process.pid]);
    expect(isOpen).toBe(false);
    await first.finish();
    await first.close();
    const second = await pending;
    expect(await second.keep('page', async () => 'of the second')).toBe('of the second');
    await second.close();
  });

  it('does not let it wait when it is stopped', async () => {
    const first = await open('key');
    const control = new AbortController();
    await expect(open('key', () => control.abort(new Error('enough')), control.signal)).rejects.toThrow('enough');
    await first.close();
  });

  it('that nobody took up for two days goes when another begins, unless somebody works on it; younger ones stay', async () => {
    const [hour, now] = [3_600_000, Date.now()];
    const left = async (key: string, hours: number): Promise<PlanRecords> => {
      const records = await open(key);
      await records.keep('page', async () => 1);
      utimesSync(records.folder, new Date(now - hours * hour), new Date(now - hours * hour));
      return records;
    };
    const [old, young, inWork] = [await left('old', 49), await left('young', 47), await left('in work', 0)];
    await old.close();
    await young.close();
    utimesSync(inWork.folder, new Date(now - 60 * hour), new Date(now - 60 * hour));
    const fresh = await open('fresh');
    const kept = readdirSync(join(home, 'measuring')).filter((name) => !name.endsWith('.lock'));
    expect(kept.sort()).toEqual([young, inWork, fresh].map(({ folder }) => basename(folder)).sort());
    expect(statSync(fresh.folder).mode & 0o777).toBe(0o700);
    await fresh.close();
    await inWork.close();
  });
});

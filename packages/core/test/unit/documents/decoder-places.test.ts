import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeLaughingForms } from '../../../../dev/src/testing/pdf/hostile-pdfs.ts';
import { makePdf } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { grownBytes } from '../../../src/documents/decoder/child-document.ts';
import { DecoderPlaces } from '../../../src/documents/decoder/decoder-places.ts';
import { openDocument } from '../../../src/documents/open-document.ts';

const never = new AbortController().signal;

describe('a place for a decoding process', () => {
  test('is had at once as long as there is one, and then by whoever came first', async () => {
    const places = new DecoderPlaces();
    const first = await places.take(2, never);
    await places.take(2, never);
    const order: string[] = [];
    const third = places.take(2, never).then(() => order.push('third'));
    const fourth = places.take(2, never).then((place) => order.push('fourth') && place);
    await Promise.resolve();
    expect(order).toEqual([]);
    first.leave();
    await third;
    expect(order).toEqual(['third']);
    first.leave(); // once more changes nothing
    await Promise.resolve();
    expect(order).toEqual(['third']);
    void fourth;
  });

  test('is taken from the process that has rested longest, and from none that works', async () => {
    const places = new DecoderPlaces();
    const [a, b, c] = await Promise.all([places.take(3, never), places.take(3, never), places.take(3, never)]);
    const ended: string[] = [];
    const end = (name: string, place: typeof a) => (): void => {
      ended.push(name);
      place.leave(); // a process does so when it is gone
    };
    b.rest(end('b', b));
    a.rest(end('a', a));
    c.rest(end('c', c));
    b.work();
    b.rest(end('b', b));
    c.work();
    await places.take(3, never);
    await places.take(3, never);
    expect(ended).toEqual(['a', 'b']);
    const last = places.take(3, never).then(() => 'in');
    expect(await Promise.race([last, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe('waits');
    c.rest(end('c', c));
    expect(await last).toBe('in');
  });

  test('is no longer waited for by a caller who gives up, and the next one has it', async () => {
    const places = new DecoderPlaces();
    const only = await places.take(1, never);
    const leaving = new AbortController();
    const given = places.take(1, leaving.signal);
    const next = places.take(1, never);
    leaving.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    only.leave();
    (await next).leave();
    await places.take(1, never);
  });
});

test('a process with a large file is not started anew for each of its pages', () => {
  const [file, twoPagesOfIt] = [500_000_000, 250_000_000]; // 310 MB took 525 to 582
  expect(grownBytes(2_000_000_000, file)).toBeGreaterThan(file + twoPagesOfIt);
  expect(grownBytes(2_000_000_000, file)).toBeLessThan(2_000_000_000);
});

const pdf = (word: string): Uint8Array =>
  makePdf({ pages: [{ items: [{ type: 'text', text: `${word} is here`, x: 50, y: 700, size: 20 }] }] });

/** The processes that this one started. */
const countChildren = (): number =>
  readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  ).length;

describe.skipIf(process.platform !== 'linux')('documents that are open at the same time', () => {
  test('have no more processes than allowed, and each page is read all the same', async () => {
    const before = countChildren();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, countChildren() - before);
    }, 1);
    const names = ['one', 'two', 'three', 'four'];
    const documents = await Promise.all(names.map((name) => openDocument(pdf(name), { name, maxDecoders: 2 })));
    const texts = await Promise.all(documents.map(async (document) => (await (await document.page(1)).textLayer())?.text));
    clearInterval(watch);
    expect(texts).toEqual(names.map((name) => `${name} is here`));
    expect(most).toBe(2);
    await Promise.all(documents.map((document) => document.close()));
  });

  test('wait for one that is at work; closing one that waits, or giving it up, ends its wait', async () => {
    const stop = new AbortController();
    await using busy = await openDocument(makeLaughingForms(12), { name: 'for ever', maxDecoders: 1 });
    const work = busy.page(1, stop.signal); // its objects are listed for ever
    work.catch(() => {});
    const waiting = openDocument(pdf('waits'), { name: 'waits', maxDecoders: 1 });
    const patience = new AbortController();
    const left = openDocument(pdf('left'), { name: 'left', maxDecoders: 1, signal: patience.signal });
    patience.abort(new Error('no more patience'));
    await expect(left).rejects.toThrow('no more patience');
    stop.abort(new Error('stopped'));
    await expect(work).rejects.toThrow('stopped');
    await using document = await waiting;
    const again = busy.page(1).catch(({ code }) => code);
    const next = document.page(1).catch(({ code }) => code);
    await document.close();
    await busy.close();
    expect([await next, await again]).toEqual(['DISPOSED', 'DISPOSED']);
  });

  test.each([0, 1.5, Number.NaN])('are refused with a limit of %s', async (maxDecoders) => {
    await expect(openDocument(pdf('x'), { maxDecoders })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

import { expect, test } from 'vitest';
import { BodyBudget } from '../../../src/bodies/read-body.ts';
import { readForm } from '../../../src/bodies/read-form.ts';

const text = (name: string, value: string): string => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const head = '--x\r\nContent-Disposition: form-data; name="document"; filename="ä b.pdf"\r\nContent-Type: application/pdf\r\n\r\n';

/** A form with bytes that look like the border between parts, cut into pieces of `size` bytes. */
function formRequest(bytes: Uint8Array, size: number, isDeclared = false): Request {
  const body = Buffer.concat([Buffer.from(text('pages', '1-3')), Buffer.from(head), bytes, Buffer.from('\r\n--x--\r\n')]);
  const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, index) => body.subarray(index * size, (index + 1) * size));
  return new Request('http://h/', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x', ...(isDeclared && { 'content-length': String(body.length) }) },
    body: ReadableStream.from(pieces),
    duplex: 'half',
  } as RequestInit);
}

const bytes = Buffer.concat([Buffer.from('%PDF\r\n--\r\n--y\n--x\r\n-'), Buffer.alloc(5000, 7), Buffer.from('\r\n--y--\r\n')]);

test.each([
  [1, false],
  [3, true],
  [64, false],
  [100_000, true],
])('reads the same form in pieces of %i bytes (declared length: %s)', async (size, isDeclared) => {
  const budget = new BodyBudget(1_000_000);
  const form = await readForm(formRequest(bytes, size, isDeclared), 'document', 100_000, budget);
  expect(form.fields).toEqual([['pages', '1-3']]);
  expect(form.file?.name).toBe('ä b.pdf');
  expect(Buffer.from(form.file?.bytes ?? []).equals(bytes)).toBe(true);
  const whole = await readForm(formRequest(bytes, 100_000), 'document', 100_000, new BodyBudget(1_000_000));
  expect(form.digest).toBe(whole.digest);
  expect(budget.held).toBeGreaterThan(bytes.length);
  form.release();
  form.release();
  expect(budget.held).toBe(0);
});

test('a digest tells forms apart', async () => {
  const digests = await Promise.all(
    [bytes, bytes.subarray(1)].map(async (one) => (await readForm(formRequest(one, 999), 'document', 100_000, new BodyBudget(1e6))).digest),
  );
  expect(digests[0]).not.toBe(digests[1]);
});

test('a form over the limit, or over what all bodies may hold, is refused while it arrives, and holds nothing', async () => {
  const budget = new BodyBudget(3000);
  await expect(readForm(formRequest(bytes, 500), 'document', 2000, budget)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  await expect(readForm(formRequest(bytes, 500, true), 'document', 2000, budget)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  await expect(readForm(formRequest(bytes, 500), 'document', 100_000, budget)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  expect(budget.held).toBe(0);
});

test('a client that leaves in the middle is an abort, and holds nothing', async () => {
  const budget = new BodyBudget(1e6);
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(head)),
    pull: (controller) => controller.error(new Error('gone')),
  });
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const request = new Request('http://h/', { method: 'POST', headers, body: broken, duplex: 'half' } as RequestInit);
  await expect(readForm(request, 'document', 100_000, budget)).rejects.toMatchObject({ name: 'AbortError' });
  expect(budget.held).toBe(0);
});

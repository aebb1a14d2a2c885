import { VisionClient, VisionError } from '@h2ovl/sdk';

/** What the page reports to whoever opened it. */
export interface BrowserReport {
  readonly error?: string;
  /** Which of Node's own names there are. */
  readonly node?: readonly string[];
  readonly models?: readonly string[];
  readonly inputs?: { readonly inputTokens: number; readonly imageTokens: number };
  /** The text of the picture, streamed, and the kinds of events on the way. */
  readonly text?: string;
  readonly events?: readonly string[];
  /** Page numbers and texts of the PDF. */
  readonly pages?: readonly (readonly [number, string])[];
  readonly stopped?: string;
  readonly refused?: string;
}

/** Bundled for a browser; the test puts the address of the server in its place. */
declare const serverUrl: string;

async function run(): Promise<BrowserReport> {
  const client = new VisionClient({ baseURL: serverUrl });
  const model = client.model('nano');
  const [picture, pdf] = await Promise.all(['page.png', 'letter.pdf'].map(async (name) => (await fetch(name)).blob()));
  const images = [picture as Blob];
  const prompt = 'Read the text in the image.';
  const stream = model.stream({ prompt, images });
  const events = new Set<string>();
  for await (const event of stream) events.add(event.type);
  const pages: [number, string][] = [];
  for await (const { page, text } of client.read(pdf as Blob, { mode: 'text', name: 'letter.pdf' })) pages.push([page, text]);
  return {
    node: ['process', 'Buffer', 'require'].filter((name) => name in globalThis),
    models: (await client.listModels()).map(({ id }) => id),
    inputs: await model.countTokens({ prompt, images }),
    text: (await stream.result).text,
    events: [...events],
    pages,
    stopped: await stop(model, images),
    refused: await model.generate({ prompt, images: ['page.png'] }).then(() => '', nameOf),
  };
}

/** Stops an answer at its first piece of text. */
async function stop(model: ReturnType<VisionClient['model']>, images: readonly Blob[]): Promise<string> {
  const controller = new AbortController();
  try {
    for await (const _ of model.stream({ prompt: 'Read it.', images, signal: controller.signal })) controller.abort(new Error('enough'));
    return 'not stopped';
  } catch (error) {
    return nameOf(error);
  }
}

function nameOf(error: unknown): string {
  return VisionError.isInstance(error) ? error.code : String(error);
}

const report = await run().catch((error: unknown): BrowserReport => ({ error: `${nameOf(error)}: ${String(error)}` }));
await fetch('report', { method: 'POST', body: JSON.stringify(report) });

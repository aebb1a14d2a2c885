import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** English, words with their places; two threads, as many as the line reader's runs. Behind each answer its status, between zeros. */
const script = `export OMP_THREAD_LIMIT=2
while IFS= read -r file; do tesseract "$file" - -l eng tsv 2>/dev/null; printf '\\0%s\\0' "$?"; done`;

/**
 * A shell that runs Tesseract, started once. A process that starts another one pays for each of its own pages that it writes to afterwards: where the
 * line reader's process did that, its next page took 50,000 page faults more, some 100 ms.
 */
class TesseractShell {
  readonly #shell: ChildProcessByStdio<Writable, Readable, null> = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  #output = '';
  #settle: { readonly resolve: (text: string) => void; readonly reject: (error: Error) => void } | undefined;

  constructor() {
    this.#shell.unref();
    (this.#shell.stdin as Socket).unref();
    this.#waitFor(false);
    this.#shell.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#shell.on('close', () => this.#end(new Error('The shell that runs Tesseract has ended.')));
  }

  /** What Tesseract prints about a picture. One at a time. */
  read(file: string): Promise<string> {
    const answer = new Promise<string>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#output = '';
    this.#waitFor(true);
    this.#shell.stdin.write(`${file}\n`);
    return answer.finally(() => this.#waitFor(false));
  }

  /** Whether this process stays for an answer. */
  #waitFor(isWaited: boolean): void {
    const answers = this.#shell.stdout as Socket;
    if (isWaited) answers.ref();
    else answers.unref();
  }

  #take(text: string): void {
    this.#output += text;
    const [printed = '', status] = this.#output.split('\0');
    if (!this.#output.endsWith('\0') || status === undefined || status === '') return;
    if (status === '0') this.#settle?.resolve(printed);
    else this.#end(new Error(`Tesseract ended with status ${status}.`));
    this.#settle = undefined;
  }

  #end(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }
}

let shell: TesseractShell | undefined;

/** The version of the installed Tesseract; undefined where there is none. */
export async function findTesseract(): Promise<string | undefined> {
  try {
    const { stdout } = await run('tesseract', ['--version']);
    shell ??= new TesseractShell();
    return stdout.split('\n')[0];
  } catch {
    return undefined;
  }
}

/** What Tesseract prints about a picture when nothing is set but English: a table of its words. */
export async function printedByTesseract(file: string): Promise<string> {
  shell ??= new TesseractShell();
  return shell.read(file);
}

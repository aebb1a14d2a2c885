import { CheckpointError, type VisionError } from '@h2ovl/contract';
import { z } from 'zod';
import type { HttpAnswer, HttpClient } from '../../net/http-client.ts';
import type { FileHash } from '../../store/hash-file.ts';
import { isCheckpointFile } from '../catalogue.ts';
import { HubRefusal, parseRetryAfter } from './hub-refusal.ts';

/** A file of a checkpoint as the hub lists it. */
export interface HubFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly hash: FileHash;
}

/** A repository at one commit. */
export interface HubListing {
  readonly repository: string;
  readonly commit: string;
  /** As the repository's card says; undefined when it does not. */
  readonly licence: string | undefined;
  readonly files: readonly HubFile[];
}

export interface HubClientOptions {
  readonly client: HttpClient;
  /** Address of the hub or of a mirror. */
  readonly endpoint: URL;
  /** Sent to the endpoint alone, never to an address it redirects to. */
  readonly token: string | undefined;
}

interface RawListing {
  readonly sha: string;
  readonly tags: readonly string[];
  readonly cardData?: { readonly license?: unknown } | null | undefined;
  readonly siblings: readonly {
    readonly rfilename: string;
    readonly size?: number | null | undefined;
    readonly blobId?: string | null | undefined;
    readonly lfs?: { readonly sha256: string; readonly size: number } | null | undefined;
  }[];
}

const hex = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const listingSchema: z.ZodType<RawListing> = z.looseObject({
  sha: hex(40),
  tags: z.array(z.string()).default([]),
  cardData: z.looseObject({ license: z.unknown() }).nullish(),
  siblings: z.array(
    z.looseObject({
      rfilename: z.string(),
      size: z.int().nonnegative().nullish(),
      blobId: hex(40).nullish(),
      lfs: z.looseObject({ sha256: hex(64), size: z.int().nonnegative() }).nullish(),
    }),
  ),
});

/** A listing of the largest repositories has a megabyte. */
const maxListingBytes = 20_000_000;
/** More hops than this is a loop: the hub takes one or two. */
const maxRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Speaks to the Hugging Face hub, or to a mirror of it: lists a repository and opens byte ranges of its files. */
export class HubClient {
  readonly endpoint: URL;
  readonly #client: HttpClient;
  readonly #token: string | undefined;
  /** Where files really lie, by their address at the hub: signed addresses that hold for a while. */
  readonly #signed = new Map<string, URL>();

  constructor({ client, endpoint, token }: HubClientOptions) {
    this.endpoint = endpoint;
    this.#client = client;
    this.#token = token;
  }

  /**
   * Lists the files of a checkpoint.
   * @throws HubRefusal; CheckpointError MODEL_UNSUPPORTED (the listing is not one, or lacks sizes and hashes)
   */
  async list(repository: string, revision: string, signal: AbortSignal | undefined): Promise<HubListing> {
    const url = this.#address(`api/models/${repository}/revision/${encodeURIComponent(revision)}`);
    url.searchParams.set('blobs', 'true');
    const { answer } = await this.#follow(url, {}, signal);
    if (answer.status !== 200) throw await refuse(answer);
    const parsed = listingSchema.safeParse(await readJson(answer));
    if (!parsed.success) throw unusable(repository, 'did not answer with a listing of files', parsed.error);
    const { sha, tags, cardData, siblings } = parsed.data;
    const tag = tags.find((text) => text.startsWith('license:'))?.slice('license:'.length);
    return {
      repository,
      commit: sha,
      licence: typeof cardData?.license === 'string' ? cardData.license : tag,
      files: siblings.filter(({ rfilename }) => isCheckpointFile(rfilename)).map((file) => toFile(repository, file)),
    };
  }

  /** Opens bytes `from` up to, not including, `to`. The answer's status is 206, or 200 when the server sends the whole file instead. @throws HubRefusal */
  async open(listing: HubListing, file: HubFile, from: number, to: number, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const url = this.#address(`${listing.repository}/resolve/${listing.commit}/${encodeURIComponent(file.name)}`);
    const headers = from === 0 && to === file.size ? {} : { range: `bytes=${from}-${to - 1}` };
    const known = this.#signed.get(url.href);
    if (known) {
      const { answer } = await this.#follow(known, headers, signal);
      if (answer.status === 200 || answer.status === 206) return answer;
      // An address that has run out is asked for again.
      this.#signed.delete(url.href);
      if (![400, 401, 403, 404, 410].includes(answer.status)) throw await refuse(answer, true);
      await answer.discard();
    }
    const { answer, finalUrl } = await this.#follow(url, headers, signal);
    if (answer.status !== 200 && answer.status !== 206) throw await refuse(answer, finalUrl.origin !== url.origin);
    if (finalUrl.origin !== url.origin) this.#signed.set(url.href, finalUrl);
    return answer;
  }

  #address(path: string): URL {
    return new URL(`${this.endpoint.href.replace(/\/+$/, '')}/${path}`);
  }

  async #follow(
    start: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly answer: HttpAnswer; readonly finalUrl: URL }> {
    let url = start;
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const token = url.origin === this.endpoint.origin ? this.#token : undefined;
      const answer = await this.#client.get(url, { headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) }, signal });
      if (!redirects.has(answer.status)) return { answer, finalUrl: url };
      await answer.discard();
      url = this.#next(url, answer.header('location'));
    }
    throw new HubRefusal(`${start.host} redirects more than ${maxRedirects} times`, { isFinal: true });
  }

  #next(url: URL, location: string | undefined): URL {
    if (location === undefined || !URL.canParse(location, url.href)) {
      throw new HubRefusal(`${url.host} redirects without saying where to`, { isFinal: true });
    }
    const next = new URL(location, url.href);
    if (next.protocol === 'https:' || (next.protocol === 'http:' && url.protocol === 'http:')) return next;
    throw new HubRefusal(`${url.host} redirects from https to ${next.protocol}`, { isFinal: true });
  }
}

function toFile(repository: string, { rfilename, size, blobId, lfs }: RawListing['siblings'][number]): HubFile {
  if (lfs) return { name: rfilename, size: lfs.size, hash: { algorithm: 'sha256', hex: lfs.sha256 } };
  if (size == null || blobId == null) throw unusable(repository, `lists ${rfilename} without its size and hash`);
  return { name: rfilename, size, hash: { algorithm: 'git-blob-sha1', hex: blobId } };
}

async function readJson(answer: HttpAnswer): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of answer.body) {
    byteCount += chunk.byteLength;
    if (byteCount > maxListingBytes) throw new HubRefusal(`its listing has more than ${maxListingBytes} bytes`, { isFinal: true });
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined; // the schema says what was expected
  }
}

/** A signed address that is refused says nothing about the file or the token: the next one may be taken. */
async function refuse(answer: HttpAnswer, isSigned = false): Promise<HubRefusal> {
  await answer.discard();
  return new HubRefusal(`it answered with status ${answer.status}`, {
    status: answer.status,
    // Later attempts may go better: too early, too many, or a server in trouble.
    isFinal: !isSigned && answer.status < 500 && ![408, 416, 425, 429].includes(answer.status),
    retryAfterMs: parseRetryAfter(answer.header('retry-after')),
  });
}

function unusable(repository: string, what: string, cause?: unknown): VisionError {
  return new CheckpointError(
    'MODEL_UNSUPPORTED',
    `The hub ${what} (${repository}).`,
    { file: repository },
    { hint: 'Check HF_ENDPOINT if you use a mirror, or download the files yourself and pass their folder.', cause },
  );
}

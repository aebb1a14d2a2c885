import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const run = promisify(execFile);

export type Manifest = Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };

/** One version of a package: its package file, and where its tarball comes from. */
interface Release {
  readonly manifest: Manifest;
  readonly tarball: () => Promise<Buffer>;
}

export interface LocalRegistry {
  readonly url: string;
  /** What was asked for and is not here, as paths. */
  readonly unknown: readonly string[];
  /** Bytes of the tarballs that were sent, by the name of the package. */
  readonly sentBytes: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/**
 * A package registry on loopback. It has the packages of `tarballs`, and those of other people that this checkout has installed, each packed again from its folder.
 * Packages of other systems are announced, as package-lock.json knows them, and cannot be fetched; so are those of `announced`.
 */
export async function startLocalRegistry(tarballs: readonly string[], announced: readonly Manifest[] = []): Promise<LocalRegistry> {
  const packages = new Map<string, Map<string, Release>>();
  const add = (release: Release): void => {
    const { name, version } = release.manifest;
    const versions = packages.get(name) ?? new Map<string, Release>();
    packages.set(name, versions.set(version, release));
  };
  for (const release of installedPackages()) add(release);
  for (const manifest of announced) add({ manifest, tarball: () => Promise.reject(new Error(`${manifest.name} is for another system.`)) });
  for (const tarball of tarballs) add(await packedRelease(tarball));

  const unknown: string[] = [];
  const sentBytes = new Map<string, number>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    unknown,
    sentBytes,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '/').slice(1);
    const [name = '', version] = path.split('/-/');
    const versions = packages.get(name);
    if (versions === undefined) {
      unknown.push(path);
      response.writeHead(404).end('{}');
    } else if (version === undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument(name, versions, url)));
    } else {
      const release = versions.get(version.replace(/\.tgz$/, ''));
      const bytes = await release?.tarball();
      if (bytes === undefined) {
        unknown.push(path);
        response.writeHead(404).end();
        return;
      }
      sentBytes.set(name, bytes.length);
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
    }
  }
}

function packument(name: string, versions: ReadonlyMap<string, Release>, url: string): object {
  const list = [...versions].map(([version, { manifest }]) => [
    version,
    { ...manifest, dist: { tarball: `${url}${encodeURIComponent(name)}/-/${version}.tgz` } },
  ]);
  return { name, 'dist-tags': { latest: [...versions.keys()].at(-1) }, versions: Object.fromEntries(list) };
}

interface LockEntry {
  readonly version?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
}

function* installedPackages(): Generator<Release> {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockEntry>>;
  };
  for (const [place, entry] of Object.entries(lock.packages)) {
    const { version, link, dev } = entry;
    if (!place.includes('node_modules/') || version === undefined || link || dev) continue;
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    yield { manifest: { ...entry, name, version }, tarball: () => packFolder(join(root, place)) };
  }
}

/** A folder as a tarball; whatever its first folder is called, the client takes it away. */
async function packFolder(folder: string): Promise<Buffer> {
  if (!existsSync(folder)) throw new Error(`${folder} is not installed here.`);
  const args = ['-czf', '-', '-C', dirname(folder), `--exclude=${basename(folder)}/node_modules`, basename(folder)];
  const { stdout } = await run('tar', args, { encoding: 'buffer', maxBuffer: 2 ** 30, env: { ...process.env, GZIP: '-1' } });
  return stdout;
}

async function packedRelease(tarball: string): Promise<Release> {
  const { stdout } = await run('tar', ['-xzOf', tarball, 'package/package.json']);
  return { manifest: JSON.parse(stdout) as Manifest, tarball: async () => readFileSync(tarball) };
}

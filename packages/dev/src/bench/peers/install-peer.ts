import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A package to compare with. */
export interface PeerPackage {
  readonly name: string;
  /** A row of results names what it was measured against, so this is exact. */
  readonly version: string;
  /** Further packages it needs here, `name@version`. */
  readonly with: readonly string[];
  readonly arguments: readonly string[];
}

/** Only the binaries of this platform without a GPU: the others are 600 MB. */
export const llamaPackage: PeerPackage = {
  name: 'node-llama-cpp',
  version: '3.22.1',
  with: [`@node-llama-cpp/${llamaPlatform()}@3.22.1`],
  arguments: ['--omit=optional'],
};

export const transformersPackage: PeerPackage = { name: '@huggingface/transformers', version: '4.3.1', with: [], arguments: [] };

/** Set in the real environment of a peer's process, before any of its code runs. */
export const quietEnvironment: Readonly<Record<string, string>> = {
  ORT_DISABLE_TELEMETRY: '1',
  DO_NOT_TRACK: '1',
  HF_HUB_OFFLINE: '1',
  NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true',
};

/** Installs a package into `folder` unless that very version is there; returns the package's own folder. @throws Error with npm's last words */
export async function installPeer(
  peer: PeerPackage,
  folder: string,
  { signal, report }: { signal: AbortSignal; report: (text: string) => void },
): Promise<string> {
  const packageFolder = join(folder, 'node_modules', peer.name);
  if ((await installedVersion(packageFolder)) === peer.version) return packageFolder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'bench-peer', version: '0.0.0', private: true }));
  report(`installing ${peer.name}@${peer.version}: npm install`);
  const always = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress'];
  await runNpm([...always, ...peer.arguments, `${peer.name}@${peer.version}`, ...peer.with], folder, signal);
  if ((await installedVersion(packageFolder)) !== peer.version) throw new Error(`npm did not install ${peer.name}@${peer.version}.`);
  return packageFolder;
}

function llamaPlatform(): string {
  if (process.platform === 'darwin') return process.arch === 'arm64' ? 'mac-arm64-metal' : 'mac-x64';
  return `${process.platform === 'win32' ? 'win' : 'linux'}-${process.arch}`;
}

async function installedVersion(packageFolder: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}

function runNpm(args: readonly string[], folder: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const isWindows = process.platform === 'win32';
    const npm = spawn(isWindows ? 'npm.cmd' : 'npm', [...args], {
      cwd: folder,
      signal,
      shell: isWindows,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [npm.stdout, npm.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-600)));
    npm.on('error', reject);
    npm.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`npm install ended with ${code}: ${output.trim()}`))));
  });
}

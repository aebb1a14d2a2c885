import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeProcessor } from '../cpu-features.ts';
import { findNativeFiles } from '../native-files.ts';
import type { GpuChoice } from './device-facts.ts';

/** What is looked at; a parameter so that other machines can be described in tests. */
export interface DriverView {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

const thisView = (): DriverView => ({ platform: process.platform, env: process.env, home: os.homedir() });

/**
 * The files that name Vulkan drivers, in the places where the loader looks. Undefined on systems where drivers are no files that we know (Windows, macOS).
 * No driver is loaded.
 */
export function listDriverFiles(view: DriverView = thisView()): readonly string[] | undefined {
  const { platform, env, home } = view;
  if (platform !== 'linux') return undefined;
  const named = env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES;
  const split = (list: string): string[] => list.split(':').filter((part) => part !== '');
  if (named) return split(named).flatMap(manifestsAt);
  const folders = [
    env.XDG_CONFIG_HOME || path.join(home, '.config'),
    ...split(env.XDG_CONFIG_DIRS || '/etc/xdg'),
    '/usr/local/etc',
    '/etc',
    env.XDG_DATA_HOME || path.join(home, '.local', 'share'),
    ...split(env.XDG_DATA_DIRS || '/usr/local/share:/usr/share'),
  ];
  const added = split(env.VK_ADD_DRIVER_FILES ?? '').flatMap(manifestsAt);
  return [...added, ...folders.flatMap((folder) => manifestsAt(path.join(folder, 'vulkan', 'icd.d')))];
}

/** A manifest, or those in a folder. */
function manifestsAt(place: string): readonly string[] {
  try {
    if (!statSync(place).isDirectory()) return [place];
    const names = readdirSync(place).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => path.join(place, name));
  } catch {
    return [];
  }
}

/** Settings of the environment that decide which driver answers. */
const tellingVariables =
  /^(VK_(DRIVER_FILES|ICD_FILENAMES|ADD_DRIVER_FILES|LOADER_.*|INSTANCE_LAYERS)|DRI_PRIME|MESA_.*|__NV_.*|__VK_.*|CUDA_VISIBLE_DEVICES)$/;

/**
 * A name for this machine, its drivers and their versions, and the version of ONNX Runtime: when it changes, what was found out about the GPU holds no longer.
 * Made from files and settings; no driver is loaded.
 */
export function driverIdentity(choice: GpuChoice, view: DriverView = thisView()): string {
  const { platform, env } = view;
  const settings = Object.entries(env).filter(([name]) => tellingVariables.test(name));
  const facts = [
    ...[platform, os.arch(), os.release(), findNativeFiles().version, choice],
    ...[describeProcessor(), os.availableParallelism(), os.totalmem()],
    settings.sort(([a], [b]) => (a < b ? -1 : 1)),
    (listDriverFiles(view) ?? []).map((file) => [file, stamp(file), ...driverOf(file)]),
    // The drivers' own versions, where no manifest changes with them.
    readText('/proc/driver/nvidia/version'),
    ...displayDevices(),
    platform === 'win32' ? stamp(path.join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'DriverStore', 'FileRepository')) : '',
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

const libraryFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** The library a manifest names: where it lies, and what its file looks like. */
function driverOf(manifest: string): readonly string[] {
  const library = /"library_path"\s*:\s*"([^"]+)"/.exec(readText(manifest))?.[1];
  if (library === undefined) return [];
  const places = library.includes('/')
    ? [path.resolve(path.dirname(manifest), library)]
    : libraryFolders.map((folder) => path.join(folder, library));
  return [library, ...places.map(stamp)];
}

/** Vendor and number of each graphics device of the machine. */
function displayDevices(): readonly string[] {
  try {
    const cards = readdirSync('/sys/class/drm').filter((name) => /^card\d+$/.test(name));
    return cards.map((card) => ['vendor', 'device'].map((part) => readText(`/sys/class/drm/${card}/device/${part}`).trim()).join(':'));
  } catch {
    return [];
  }
}

function stamp(file: string): string {
  try {
    const { size, mtimeMs } = statSync(file);
    return `${size}:${mtimeMs}`;
  } catch {
    return '';
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { catalogue } from '../model-files/catalogue.ts';
import { listConverted } from '../model-files/conversion-cache.ts';
import { isInstalled } from '../model-files/download/install-model.ts';
import { lacksWeights, readOrigin } from '../model-files/origin-record.ts';
import { listPulled } from '../model-files/pulled-models.ts';
import { findDamage } from '../model-files/verified-files.ts';
import { freeBytesAt } from '../store/free-space.ts';
import { writePrivateFile } from '../store/private-file.ts';
import { type Finding, gigabytes, ok, problem, warning } from './finding.ts';

/** The 2B has 4.3 GB of original files, and 3.4 GB at most in its default form. */
const comfortableFreeBytes = 8e9;
/** Below this not even the smallest conversion and its caches fit. */
const leastFreeBytes = 500e6;

export interface InspectHomeOptions {
  readonly home: string;
  /** Bytes free on its disk. @default as the system says */
  readonly freeBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The home folder: whether it can be written, who can read it, and what the disk still takes. */
export async function inspectHome({ home, freeBytes }: InspectHomeOptions): Promise<Finding[]> {
  return [await inspectAccess(home), await inspectDisk(home, freeBytes)];
}

async function inspectAccess(home: string): Promise<Finding> {
  const topic = 'home folder';
  const info = await stat(home).catch(() => undefined);
  if (info === undefined) return ok(topic, `${home} is not there yet; it is made when it is needed.`);
  if (!info.isDirectory()) return problem(topic, `${home} is a file.`, 'Set H2OVL_HOME to a folder.');
  if (!(await canWrite(home))) {
    return problem(
      topic,
      `${home} cannot be written to: models that were converted before run, and nothing else.`,
      'Give this user the right to write there, or set H2OVL_HOME to another folder.',
    );
  }
  if (process.platform !== 'win32' && (info.mode & 0o077) !== 0) {
    const mode = (info.mode & 0o777).toString(8);
    return warning(
      topic,
      `${home} can be entered by other users of this machine (mode ${mode}).`,
      `Keep it to yourself with: chmod 700 ${home}`,
    );
  }
  return ok(topic, `${home}, for this user alone.`);
}

async function canWrite(home: string): Promise<boolean> {
  try {
    await access(home, constants.W_OK);
    const probe = join(home, `.probe-${randomBytes(4).toString('hex')}`);
    await writePrivateFile(probe, '');
    await rm(probe);
    return true;
  } catch {
    return false;
  }
}

async function inspectDisk(home: string, given: number | undefined): Promise<Finding> {
  const topic = 'disk';
  const freeBytes = given ?? (await freeBytesAt(home));
  const message = `${gigabytes(freeBytes)} are free for ${home}`;
  const next = 'Free some space, or set H2OVL_HOME to a folder on a larger disk.';
  if (freeBytes < leastFreeBytes) return problem(topic, `${message}: nothing can be converted.`, next);
  if (freeBytes < comfortableFreeBytes) return warning(topic, `${message}: the 2B with its converted form takes up to 7.7 GB.`, next);
  return ok(topic, `${message}.`);
}

/** The models: what is there, and whether it is whole. Files that were written to since they were last compared are hashed; nothing is moved. */
export async function inspectModels({ home, signal }: InspectHomeOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, directory } of await listPulled(home)) findings.push(await inspectPulled(name, directory));
  for (const { name, directory, manifest } of await listConverted(home)) {
    const topic = `converted ${name}`;
    if (manifest === undefined) {
      findings.push(warning(topic, `${directory} cannot be used: it is unfinished, or of another version.`, 'Remove it: pruneStore()'));
      continue;
    }
    try {
      const damage = await findDamage(directory, manifest, { home, signal });
      const file = damage && join(directory, damage.file);
      findings.push(
        file === undefined
          ? ok(topic, `${manifest.precision.name}, whole.`)
          : problem(topic, `${file} is damaged.`, `Put it aside and have it made again: verifyStore(['${name}'])`),
      );
    } catch (error) {
      if (!VisionError.isInstance(error)) throw error;
      findings.push(problem(topic, error.message, `Have it made again: removeConverted('${name}')`));
    }
  }
  if (findings.length > 0) return findings;
  const names = catalogue.map(({ alias }) => alias).join(' or ');
  return [
    warning(
      'models',
      'None is here but nano, which comes along and reads clean printed pages only.',
      `Get ${names} with: pullModel('0.8b')`,
    ),
  ];
}

async function inspectPulled(name: string, directory: string): Promise<Finding> {
  const topic = `model ${name}`;
  const origin = await readOrigin(directory);
  if (origin === undefined) {
    return warning(
      topic,
      `${directory} was put there by hand: there is no record to compare it with.`,
      `Have it checked and recorded: pullModel('${name}')`,
    );
  }
  if (await lacksWeights(directory)) return ok(topic, 'The original weights were removed; what was converted from them runs.');
  if (await isInstalled(directory, origin)) return ok(topic, `Revision ${origin.revision ?? 'unknown'}, all files there with their sizes.`);
  return problem(topic, `Files of ${directory} are missing or have other sizes.`, `Fetch them again: pullModel('${name}')`);
}

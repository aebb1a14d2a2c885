import { checkDeviceName, type DeviceName } from '@h2ovl/core';
import type { PrecisionName } from '@h2ovl/core/convert';
import { type Command as Commander, Option } from 'commander';
import { wholeNumber } from './numbers.ts';

/** Which model to run, and how. */
export interface ModelFlags {
  /** Alias or folder. */
  readonly model: string;
  /** Whether neither a flag nor H2OVL_MODEL named it. */
  readonly isDefaultModel: boolean;
  readonly precision: PrecisionName | undefined;
  readonly threads: number | undefined;
  /** Undefined: H2OVL_DEVICE, else the library's own choice. */
  readonly device: DeviceName | undefined;
}

/** The same as commander hands them over. */
export interface RawModelFlags {
  readonly model?: string;
  readonly precision?: PrecisionName;
  readonly threads?: number;
  readonly device?: string;
}

/** Model, threads, device and precision. */
export function addModelFlags(command: Commander): Commander {
  return addPrecisionFlag(addModelChoice(command)).option(
    '--device <name>',
    'auto, cpu, webgpu or webgpu:vision (or H2OVL_DEVICE; default: auto)',
  );
}

/** Model and threads, where the command itself says which precisions run. */
export function addModelChoice(command: Commander): Commander {
  return command
    .option('--model <name>', 'nano, 0.8b, 2b or a folder (or H2OVL_MODEL; default: nano)')
    .option('--threads <count>', 'threads to compute with (default: physical cores)', wholeNumber);
}

export function addPrecisionFlag(command: Commander): Commander {
  const choices: readonly PrecisionName[] = ['exact', 'balanced', 'fast'];
  return command.addOption(new Option('--precision <name>', 'how weights are stored (default: balanced)').choices(choices));
}

/** @throws VisionError where the device has a name that is none: also a command that will need no model refuses what it was told in vain */
export function modelFlags(
  { model, precision, threads, device }: RawModelFlags,
  env: Readonly<Record<string, string | undefined>>,
): ModelFlags {
  const chosen = model ?? (env.H2OVL_MODEL || undefined);
  return {
    ...{ model: chosen ?? 'nano', isDefaultModel: chosen === undefined, precision, threads },
    device: device === undefined ? undefined : checkDeviceName(device),
  };
}

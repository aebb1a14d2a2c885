import { VisionError, type VisionErrorCode } from '@h2ovl/contract';

/** Node's name of a permission, and the flag that grants it. */
const flags: Readonly<Record<string, string>> = {
  FileSystemRead: '--allow-fs-read',
  FileSystemWrite: '--allow-fs-write',
  WorkerThreads: '--allow-worker',
  ChildProcess: '--allow-child-process',
};

/** What to do about an error of Node's permission model; undefined for any other error. */
export function deniedHint(error: unknown): string | undefined {
  const { code, permission, resource } = (error ?? {}) as { code?: unknown; permission?: string; resource?: string };
  if (code === 'ERR_DLOPEN_DISABLED')
    return "Node's permission model forbids native addons, which compute here: start it with --allow-addons.";
  if (code !== 'ERR_ACCESS_DENIED') return undefined;
  const flag = flags[permission ?? ''];
  const what = resource ? ` for ${resource}` : '';
  return `Node's permission model forbids it: start it with ${flag ?? `the permission ${permission}`}${what}.`;
}

/** The same error, or one of ours when Node's permission model made it. `what` is the sentence without its end. */
export function explainDenied(error: unknown, code: VisionErrorCode, what: string): unknown {
  const hint = VisionError.isInstance(error) ? undefined : deniedHint(error);
  if (hint === undefined) return error;
  return new VisionError(code, `${what}: ${(error as Error).message}.`, { hint, cause: error });
}

/** What to do where Node's permission model forbids native addons, asked for outright: packages that load one often swallow why they could not. */
export function deniedAddonsHint(): string | undefined {
  try {
    process.dlopen({ exports: {} }, '/nowhere/addon.node');
    return undefined;
  } catch (error) {
    return deniedHint(error); // elsewhere it is only not found
  }
}

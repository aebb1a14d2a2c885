import { readFile } from 'node:fs/promises';
import { describeSystemError } from '@h2ovl/contract';
import type { CommandContext } from '../command-context.ts';
import type { DocumentFlags } from '../flags/document-flags.ts';
import type { UrlFlags } from '../flags/url-flags.ts';
import { given } from '../given.ts';
import { askHidden, isPersonThere } from '../terminal/ask-hidden.ts';
import { UsageError } from '../usage-error.ts';
import type { DocumentPagesOptions } from './document-pages.ts';

/** How documents are opened, as the flags say. @throws UsageError for a password file that cannot be read */
export async function openOptions(flags: DocumentFlags & UrlFlags, context: CommandContext): Promise<DocumentPagesOptions> {
  const { signal, status, world } = context;
  const { dpi, maxPages, maxBytes, maxPixels, maxMemory, pageTimeout, documentTimeout, urlHosts } = flags;
  const password = await findPassword(flags, world.env);
  const isAsked = password === undefined && status.isForPeople && isPersonThere(world);
  return {
    pages: flags.pages,
    signal,
    ...given({
      dpi,
      maxPages,
      maxBytes,
      maxPixels,
      maxMemoryBytes: maxMemory,
      pageTimeoutMs: pageTimeout && Math.ceil(pageTimeout * 1000),
      documentTimeoutMs: documentTimeout && Math.ceil(documentTimeout * 1000),
      password,
      askPassword: isAsked ? (question: string) => askHidden(question, world, status, signal) : undefined,
      allowRemote: urlHosts && { privateHosts: urlHosts },
    }),
  };
}

async function findPassword(
  { password, passwordFile }: DocumentFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (password !== undefined) return password;
  if (passwordFile === undefined) return env.H2OVL_PASSWORD || undefined;
  try {
    return (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, ''); // editors end the last line
  } catch (error) {
    throw new UsageError(`The password file ${passwordFile} cannot be read: ${describeSystemError(error)}.`);
  }
}

import type { Command as Commander } from 'commander';

/** Whether addresses may be inputs. */
export interface UrlFlags {
  /** Undefined: no; else private hosts that may be fetched from, beside the public internet. */
  readonly urlHosts: readonly string[] | undefined;
}

/** The same as commander hands them over. */
export interface RawUrlFlags {
  readonly allowUrls?: true;
  readonly privateHost?: readonly string[];
}

export function addUrlFlags(command: Commander): Commander {
  return command
    .option('--allow-urls', 'fetch images from https addresses on the public internet')
    .option('--private-host <host...>', 'hosts of a private network to fetch from too, with --allow-urls');
}

export function urlFlags({ allowUrls, privateHost }: RawUrlFlags): UrlFlags {
  return { urlHosts: allowUrls === true ? (privateHost ?? []) : undefined };
}

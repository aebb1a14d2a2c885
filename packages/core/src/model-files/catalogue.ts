import { basename } from 'node:path';

/** What is known of a published model beforehand. */
export interface CatalogueEntry {
  /** Its short name. */
  readonly alias: '0.8b' | '2b';
  /** Repository on the Hugging Face hub. */
  readonly repository: string;
  readonly licence: string;
  /** Bytes that its default conversion takes at most. */
  readonly convertedBytes: number;
  /** The commit that is taken when none is named; undefined: the newest one at the first download, which is then recorded. */
  readonly revision: string | undefined;
  /** Lower-case SHA-256 of files, and bytes where they are published: what arrives must have them. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly size?: number }>>;
}

/** The published checkpoints. Hashes are those the hub lists for its large files. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    alias: '0.8b',
    repository: 'h2oai/h2ovl-mississippi-800m',
    licence: 'Apache-2.0',
    convertedBytes: 1_920_000_000,
    revision: undefined,
    files: {
      'model.safetensors': { sha256: '260fd8e6c1e92c974fd4fa1a8be5d26330e570c9e09281dd9abd1108b66514d2' },
      'tokenizer.model': { sha256: 'dadfd56d766715c61d2ef780a525ab43b8e6da4de6865bda3d95fdef5e134055' },
    },
  },
  {
    alias: '2b',
    repository: 'h2oai/h2ovl-mississippi-2b',
    licence: 'Apache-2.0',
    convertedBytes: 3_390_000_000,
    revision: undefined,
    files: {
      'model.safetensors': { sha256: '682177bfbfb6516c8df626f36a3ceea423b15a290d636537b71641752823ccf8' },
    },
  },
];

/** Short names of models, and their repositories on the Hugging Face hub. */
export const modelAliases: Readonly<Record<'nano' | '0.8b' | '2b', string>> = {
  nano: '@h2ovl/nano',
  '0.8b': 'h2oai/h2ovl-mississippi-800m',
  '2b': 'h2oai/h2ovl-mississippi-2b',
};

/** The entry of an alias or repository, in any case of letters. */
export function findInCatalogue(name: string): CatalogueEntry | undefined {
  const lower = name.toLowerCase();
  return catalogue.find(({ alias, repository }) => alias === lower || repository === lower);
}

const repositoryPattern = /^[\w.-]{1,96}\/[\w.-]{1,96}$/;

/** Whether a text has the form of a repository on the hub, ORGANISATION/NAME. */
export function isRepositoryName(text: string): boolean {
  return repositoryPattern.test(text) && !text.split('/').some((part) => /^\.+$/.test(part) || part.includes('..'));
}

/** The folder below `models` in the home folder that holds a repository's files. */
export function modelFolderName(repository: string): string {
  return findInCatalogue(repository) ? basename(repository.toLowerCase()) : repository.replace('/', '--');
}

/** Files of a checkpoint that are read. Code in a repository is never fetched or run. */
const checkpointFile =
  /^(config|generation_config|tokenizer_config|special_tokens_map|added_tokens|model\.safetensors\.index)\.json$|^tokenizer\.model$|^model(-\d{5}-of-\d{5})?\.safetensors$/;

/** Whether a file of a repository belongs to the checkpoint itself. */
export function isCheckpointFile(name: string): boolean {
  return checkpointFile.test(name);
}

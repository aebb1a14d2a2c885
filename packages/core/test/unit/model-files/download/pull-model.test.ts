import { createHash } from 'node:crypto';
import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LocalHubOptions } from '../../../../../dev/src/testing/local-hub.ts';
import { planPull, pullModel } from '../../../../src/model-files/download/pull-model.ts';
import { locateModel } from '../../../../src/model-files/locate-model.ts';
import { readOrigin } from '../../../../src/model-files/origin-record.ts';
import { checkpointBytes, files, PullFixture, repository, smallBytes, weights } from '../../../helpers/pull-fixture.ts';

let pull: PullFixture;
const serve = async (options: Partial<LocalHubOptions> = {}): Promise<void> => {
  pull = await PullFixture.open(options);
};
afterEach(() => pull?.close());

describe('pullModel', () => {
  it('fetches what a checkpoint needs and nothing else, records where it came from, and is found by its name', async () => {
    await serve();
    const { commit } = pull.hub;
    const pulled = await pullModel(repository, pull.options());
    expect(pulled).toMatchObject({ name: repository, directory: pull.directory, revision: commit, licence: 'apache-2.0', wasReady: false });
    await pull.expectIntact();
    expect(await readOrigin(pull.directory)).toMatchObject({
      repository,
      revision: commit,
      files: { 'model.safetensors': { size: weights.length, sha256: createHash('sha256').update(weights).digest('hex') } },
    });
    expect(await locateModel(repository, pull.home)).toMatchObject({ type: 'checkpoint', directory: pull.directory });
    expect((await stat(pull.directory)).mode & 0o077).toBe(0);
    expect(pull.storeRequests.filter(({ path }) => path.includes('safetensors')).length).toBe(3);
  });

  it('asks nothing of the network when the model is there', async () => {
    await serve();
    await pullModel(repository, pull.options());
    await pull.hub.close();
    expect(await pullModel(repository, pull.options())).toMatchObject({ wasReady: true, downloadedBytes: 0 });
    expect(await readdir(join(pull.home, 'downloads'))).toEqual([]); // nothing that looks like a download that was cut
  });

  it('sends the token to the hub alone', async () => {
    await serve({ token: 'hf_secret' });
    await pullModel(repository, pull.options({ HF_TOKEN: 'hf_secret' }));
    await pull.expectIntact();
    expect(pull.storeRequests.map(({ authorization }) => authorization)).toEqual(pull.storeRequests.map(() => undefined));
    expect(pull.hub.requests.some(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
  });

  it('says what a repository that may not be read needs', async () => {
    await serve({ token: 'hf_secret' });
    await expect(pullModel(repository, pull.options())).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      hint: expect.stringMatching(/HF_TOKEN/),
    });
    await expect(pullModel(`${repository}@v9`, pull.options({ HF_TOKEN: 'hf_secret' }))).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('refuses a repository that holds no checkpoint before anything is downloaded', async () => {
    await serve({ files: { 'config.json': Buffer.from('{}') } });
    await expect(pullModel(repository, pull.options())).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/tokenizer\.model.*safetensors/),
    });
    expect(pull.hub.requests.length).toBe(1);
  });

  it('refuses published weights with another hash than this version knows, unless their revision is named', async () => {
    await serve({ repository: 'h2oai/h2ovl-mississippi-800m' });
    await expect(pullModel('0.8b', pull.options())).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      hint: expect.stringContaining(pull.hub.commit),
    });
    expect(await pullModel('0.8b@main', pull.options())).toMatchObject({
      name: '0.8b',
      directory: join(pull.home, 'models', 'h2ovl-mississippi-800m'),
    });
  });

  it('plans without fetching or writing anything', async () => {
    await serve();
    const plan = await planPull(repository, pull.options());
    expect(plan).toMatchObject({ repository, recordsRevision: true, licence: 'apache-2.0', freeBytes: expect.any(Number) });
    expect(plan.downloadBytes).toBe(checkpointBytes);
    expect(await readdir(pull.home)).toEqual([]);
    expect(pull.hub.requests.length).toBe(1);
  });

  it('takes files from the Hugging Face cache, through its links, and checks them', async () => {
    await serve();
    const { commit } = pull.hub;
    const cache = join(pull.home, 'hf');
    const snapshot = join(cache, 'models--someone--a-checkpoint', 'snapshots', commit);
    const blobs = join(cache, 'models--someone--a-checkpoint', 'blobs');
    await mkdir(snapshot, { recursive: true });
    await mkdir(blobs);
    const sha256 = createHash('sha256').update(weights).digest('hex');
    await writeFile(join(blobs, sha256), weights);
    await symlink(join('..', '..', 'blobs', sha256), join(snapshot, 'model.safetensors'));
    // The right size, but damaged: it must be downloaded.
    await writeFile(join(snapshot, 'tokenizer.model'), Buffer.alloc(5000));
    const { downloadedBytes } = await pullModel(repository, pull.options({ HF_HUB_CACHE: cache }));
    await pull.expectIntact();
    expect(downloadedBytes).toBe(smallBytes);
    expect((await readFile(join(pull.directory, 'tokenizer.model'))).equals(files['tokenizer.model'] as Buffer)).toBe(true);
  });

  it('works from the Hugging Face cache with the network switched off, and says so when it cannot', async () => {
    await serve();
    const { commit, endpoint } = pull.hub;
    const cache = join(pull.home, 'hf');
    const folder = join(cache, 'models--someone--a-checkpoint');
    await mkdir(join(folder, 'snapshots', commit), { recursive: true });
    await mkdir(join(folder, 'blobs'));
    await mkdir(join(folder, 'refs'));
    const env = { HF_HUB_CACHE: cache, H2OVL_OFFLINE: '1', HF_ENDPOINT: endpoint };
    await expect(pullModel(repository, pull.options(env))).rejects.toMatchObject({ code: 'NETWORK_FORBIDDEN' });
    await writeFile(join(folder, 'refs', 'main'), commit);
    for (const [name, content] of Object.entries(files)) {
      const isLarge = /\.(safetensors|model)$/.test(name);
      const hash = isLarge ? createHash('sha256') : createHash('sha1').update(`blob ${content.length}\0`);
      const blob = hash.update(content).digest('hex');
      await writeFile(join(folder, 'blobs', blob), content);
      await symlink(join('..', '..', 'blobs', blob), join(folder, 'snapshots', commit, name));
    }
    expect(await pullModel(repository, pull.options(env))).toMatchObject({ downloadedBytes: 0, revision: commit });
    await pull.expectIntact();
    expect(pull.hub.requests).toEqual([]);
  });

  it('adopts files that were put there by hand, after checking them', async () => {
    await serve();
    await mkdir(pull.directory, { recursive: true });
    await writeFile(join(pull.home, 'elsewhere'), weights);
    await link(join(pull.home, 'elsewhere'), join(pull.directory, 'model.safetensors'));
    expect((await pullModel(repository, pull.options())).downloadedBytes).toBe(smallBytes);
    await pull.expectIntact();
  });

  it.each([
    ['', /neither a known model/],
    ['nano', /comes with the program/],
    ['../etc/passwd', /neither/],
    ['a/b/c', /neither/],
    ['someone/../x', /neither/],
    ['someone/a-checkpoint@..', /does not end in a revision/],
    ['someone/a-checkpoint@a@b', /does not end in a revision/],
  ])('refuses %j', async (source, message) => {
    await expect(pullModel(source, { home: tmpdir() })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });
});

import type { Manifest, VisionModel } from '@h2ovl/core';
import { defaultPrecision } from '@h2ovl/core/convert';
import type { InfoCommand } from './commands.ts';
import { formatSize } from './format-size.ts';
import { formatTable } from './format-table.ts';
import { given } from './given.ts';
import { createLoadReporter } from './progress-labels.ts';
import type { Session } from './session.ts';
import { withModel } from './with-model.ts';

/** What was compared with the manifest. */
interface Verification {
  readonly files: number;
  readonly bytes: number;
}

/** `info`: what the model is and how it runs here. With --verify every file is hashed before the model is opened. */
export async function showInfo(command: InfoCommand, session: Session): Promise<number> {
  const verified = command.verify ? await verifyModel(command, session) : undefined;
  return await withModel(command, session, async (model) => {
    const facts = {
      model: model.id,
      ...model.info,
      cpuFeatures: session.engine.listCpuFeatures(),
      cacheDirectory: session.engine.cacheDirectory(),
      ...given({ verified }),
    };
    await session.output.write(command.json ? `${JSON.stringify(facts)}\n` : describeFacts(model, session, verified));
    return 0;
  });
}

async function verifyModel(command: InfoCommand, session: Session): Promise<Verification> {
  const { engine, signal, status } = session;
  const options = { signal, onProgress: createLoadReporter(status) };
  const { directory, manifest } = await findFiles(command, session);
  await engine.verifyFiles(directory, manifest, options);
  status.clear();
  const sizes = Object.values(manifest.files).map(({ size }) => size);
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** The files that opening the model will use. */
async function findFiles(
  { model, precision }: InfoCommand,
  { engine, signal, status }: Session,
): Promise<{ readonly directory: string; readonly manifest: Manifest }> {
  const located = await engine.locateModel(model);
  if (located.type === 'converted') return { directory: located.directory, manifest: await engine.readManifest(located.directory) };
  const isExact = (precision ?? defaultPrecision) === 'exact';
  return await engine.ensureConverted(located.directory, {
    ...given({ precision, int8Limit: isExact ? undefined : await engine.measureInt8Limit() }),
    signal,
    onProgress: createLoadReporter(status),
  });
}

function describeFacts({ id, info }: VisionModel, { engine }: Session, verified: Verification | undefined): string {
  const { architecture, parameters, weights, contextLength, maxTiles, tokensPerTile, runtime, threads, reasons, directory } = info;
  const features = engine.listCpuFeatures();
  const rows: readonly (readonly [string, string])[] = [
    ['model', `${id} (${architecture}, ${(parameters / 1e6).toFixed(1)} M parameters)`],
    ['precision', weights],
    ['context', `${contextLength} tokens; an image is up to ${maxTiles} tiles (and a thumbnail) of ${tokensPerTile} tokens`],
    ['runtime', runtime],
    ['threads', String(threads)],
    ...reasons.map((reason) => ['why', reason] as const),
    ['processor', features.length === 0 ? 'its features are not known on this system' : features.join(', ')],
    ['files', directory],
    ['cache', engine.cacheDirectory()],
  ];
  const done = verified && `${verified.files} files, ${formatSize(verified.bytes)}: every SHA-256 is as the manifest says`;
  return formatTable(done === undefined ? rows : [...rows, ['verified', done]]);
}

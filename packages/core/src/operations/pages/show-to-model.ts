import {
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  type Page,
  type PageLines,
  type PagePicture,
  VisionError,
} from '@h2ovl/contract';
import type { DocumentOptions } from '../document-options.ts';
import type { PageModel } from '../page-model.ts';
import { lookAtPage } from '../verdicts/look-at-page.ts';
import type { PageTime } from '../verdicts/page-time.ts';
import { type CroppedPage, cropsOfPage } from './crop-pages.ts';
import { describePicture, pictureWarnings } from './describe-picture.ts';
import { readCrops } from './read-crops.ts';
import { type ShownPage, showPage } from './show-page.ts';
import { gridOf, type TileRoom, tilesOf } from './tile-room.ts';

/** Who is asked about a page, and what the prompt shows. */
export interface PagePrompt {
  /** The model, which reads the parts of the page one after the other where it is shown in parts. */
  readonly model: PageModel;
  /** The page, or all of its parts. */
  readonly images: readonly Page[];
}

/** A page as it is shown to a model. */
export interface PageForModel extends PagePrompt {
  /** The page as a whole, set upright. */
  readonly shown: ShownPage;
  /** What else an attempt may show; undefined where the caller chose the tiles. */
  readonly others: OtherPrompts | undefined;
  /** What the line reader saw of it, if it looked. */
  readonly lines: PageLines | undefined;
  /** What became of the page, by what an answer says. */
  picture(result: GenerateResult<unknown>): PagePicture | undefined;
  /** What is to be said about it. */
  warnings(result: GenerateResult<unknown>): readonly string[];
}

/** Other ways to show the same page. */
export interface OtherPrompts {
  /** Tiles of the whole page. */
  readonly tileCount: () => Promise<number>;
  /** The page in parts; undefined where it has one part only, or is shown in parts already. */
  readonly inParts: () => Promise<PagePrompt | undefined>;
}

export interface ShowOptions extends Pick<DocumentOptions, 'rotate' | 'tiles' | 'signal'> {
  /** What the line reader saw, if it has looked; without it, it looks where the page may have to be turned. */
  readonly lines: PageLines | undefined;
  /** What the page may take: cutting it anew for another attempt counts. */
  readonly time: Pick<PageTime, 'clock'>;
  /** `apart`: its parts may be read one after the other, and their texts joined. `together`: they have one answer. */
  readonly parts: 'apart' | 'together';
}

/**
 * Sets a page upright and level for a model, and has it read in parts where its lines would else be too small.
 * @throws what rendering the page throws; the signal's reason when aborted
 */
export async function showToModel(
  model: PageModel,
  page: Page,
  { rotate = 'auto', tiles, signal, lines: known, parts, time }: ShowOptions,
): Promise<PageForModel> {
  const lines = known ?? (rotate === 'auto' || tiles === 'crops' ? (await lookAtPage(page, signal)).lines : undefined);
  const shown = await showPage(page, { rotate, lines, signal });
  const isCut = tiles === 'crops' || (parts === 'apart' && (tiles === undefined || tiles === 'auto'));
  const choice = tiles === 'crops' ? 'crops' : 'auto';
  const chosen = isCut ? await cropsOfPage(shown, { choice, room: await tilesOf(model, signal), signal }) : undefined;
  let crops = chosen; // those of another attempt, once there is one
  const isInParts = (result: GenerateResult<unknown>): boolean => crops !== undefined && result.images?.length === crops.length;
  const picture = (result: GenerateResult<unknown>): PagePicture | undefined =>
    describePicture(shown, result.images, isInParts(result) ? crops : undefined);
  const promptOf = (cut: readonly CroppedPage[] | undefined): PagePrompt => ({
    model: cut !== undefined && parts === 'apart' ? inParts(model, cut) : ofPages(model, shown.page.name, cut?.length ?? 1),
    images: cut !== undefined && parts === 'together' ? cut.map((crop) => crop.page) : [shown.page],
  });
  const cutAnew = async (): Promise<PagePrompt | undefined> => {
    if (chosen !== undefined) return undefined;
    crops = await cropsOfPage(shown, { choice: 'crops', room: await tilesOf(model, signal), signal });
    return crops && promptOf(crops);
  };
  return {
    ...promptOf(chosen),
    shown,
    others:
      tiles === undefined || tiles === 'auto'
        ? { tileCount: async () => countTiles(shown, await tilesOf(model, signal)), inParts: () => time.clock(cutAnew) }
        : undefined,
    lines,
    picture,
    warnings: (result) => [
      ...shown.warnings,
      ...(choice === 'auto' && chosen !== undefined && isInParts(result)
        ? [`The page was read in ${chosen.length} parts, since its lines are small.`]
        : []),
      ...pictureWarnings(picture(result)),
    ],
  };
}

function countTiles({ page: { size } }: ShownPage, room: TileRoom): number {
  const { columns, rows } = gridOf(size.width, size.height, room);
  return columns * rows;
}

const plainTiles = ({ tiles, ...request }: GenerateOptions<unknown>): GenerateOptions<unknown> =>
  ({ ...request, ...(typeof tiles === 'number' && { tiles }) }) as GenerateOptions<unknown>;

/** Reads the parts one after the other; asked for a number of tiles, as when a page is tried in another way, it reads the page as a whole. */
function inParts(model: PageModel, crops: readonly CroppedPage[]): PageModel {
  return {
    id: model.id,
    keeper: model.keeper ?? model,
    async *stream(request): AsyncGenerator<GenerationEvent<unknown>, void> {
      if (typeof request.tiles === 'number') yield* model.stream(request);
      else yield* readCrops(model, crops, plainTiles(request));
    },
  };
}

/** Shows what the prompt has; that the parts are too many for one answer is told with the way out. */
function ofPages(model: PageModel, name: string, count: number): PageModel {
  return {
    id: model.id,
    keeper: model.keeper ?? model,
    async *stream(request): AsyncGenerator<GenerationEvent<unknown>, void> {
      try {
        yield* model.stream(plainTiles(request));
      } catch (error) {
        if (count === 1 || !VisionError.isInstance(error) || error.code !== 'CONTEXT_OVERFLOW') throw error;
        throw new VisionError('CONTEXT_OVERFLOW', `${name} has ${count} parts, which are too many for one answer. ${error.message}`, {
          hint: 'Set the option tiles to auto, or read the page, whose parts then have an answer each.',
          cause: error,
          param: 'tiles',
        });
      }
    },
  };
}

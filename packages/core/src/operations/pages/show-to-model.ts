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
import { type CroppedPage, cropsOfPage } from './crop-pages.ts';
import { describePicture, pictureWarnings } from './describe-picture.ts';
import { readCrops } from './read-crops.ts';
import { showPage } from './show-page.ts';
import { publishedTiles } from './tile-room.ts';

/** A page as it is shown to a model. */
export interface PageForModel {
  /** The model, which reads the parts of the page one after the other where it is shown in parts. */
  readonly model: PageModel;
  /** What the prompt shows: the page, or all of its parts. */
  readonly images: readonly Page[];
  /** What became of the page, by what an answer says. */
  picture(result: GenerateResult<unknown>): PagePicture | undefined;
  /** What is to be said about it. */
  warnings(result: GenerateResult<unknown>): readonly string[];
}

export interface ShowOptions extends Pick<DocumentOptions, 'rotate' | 'tiles' | 'signal'> {
  /** What the line reader saw, if it has looked; without it, it looks where the page may have to be turned. */
  readonly lines: PageLines | undefined;
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
  { rotate = 'auto', tiles, signal, lines: known, parts }: ShowOptions,
): Promise<PageForModel> {
  const lines = known ?? (rotate === 'auto' || tiles === 'crops' ? (await lookAtPage(page, signal)).lines : undefined);
  const shown = await showPage(page, { rotate, lines, signal });
  const isCut = tiles === 'crops' || (parts === 'apart' && (tiles === undefined || tiles === 'auto'));
  const choice = tiles === 'crops' ? 'crops' : 'auto';
  const crops = isCut ? await cropsOfPage(shown, { choice, room: publishedTiles, signal }) : undefined;
  const isInParts = (result: GenerateResult<unknown>): boolean => crops !== undefined && result.images?.length === crops.length;
  const picture = (result: GenerateResult<unknown>): PagePicture | undefined =>
    describePicture(shown, result.images, isInParts(result) ? crops : undefined);
  return {
    model: crops !== undefined && parts === 'apart' ? inParts(model, crops) : ofPages(model, shown.page.name, crops?.length ?? 1),
    images: crops !== undefined && parts === 'together' ? crops.map((crop) => crop.page) : [shown.page],
    picture,
    warnings: (result) => [
      ...shown.warnings,
      ...(choice === 'auto' && isInParts(result) ? [`The page was read in ${crops?.length} parts, since its lines are small.`] : []),
      ...pictureWarnings(picture(result)),
    ],
  };
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

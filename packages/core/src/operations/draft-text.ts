import { type DraftChoice, type Page, VisionError } from '@h2ovl/contract';

/**
 * What the file itself says stands on a page, to be proposed to the model; undefined where it says nothing, or nothing that can be relied on. The model's answer
 * does not depend on it, so a text layer that cannot be read is none.
 * @throws the signal's reason when aborted
 */
export async function layerDraft(
  page: Page,
  { drafts, signal }: { readonly drafts?: DraftChoice | undefined; readonly signal?: AbortSignal | undefined },
): Promise<string | undefined> {
  if (drafts === 'off') return undefined;
  try {
    const layer = await page.textLayer(signal);
    return layer?.health === 'healthy' ? layer.text : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (!VisionError.isInstance(error)) throw error;
    return undefined;
  }
}

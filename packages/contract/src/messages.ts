import type { Page } from './document.ts';

/** Bytes of an image file, or where it is. A string is a `data:`, `file:` or `https:` URL, else a path; never bare base64. */
export type ImageFileInput = Uint8Array | ArrayBuffer | Blob | URL | string;

/**
 * A picture of a prompt: an image file, or one page of a document that is open in this process (and must stay open until the answer is there). Only
 * a model in this process takes pages.
 */
export type ImageInput = ImageFileInput | Page;

/** Text in a message. */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** A picture in a message. */
export interface ImagePart {
  readonly type: 'image';
  readonly image: ImageInput;
}

/**
 * One message of a conversation. The models know user and assistant turns that alternate: messages of one role in a row are joined, and what
 * system messages say is put into the first user turn, with a warning. `null` is an answer without text.
 *
 * Where a picture stands: one picture of a turn goes before all of its text, wherever it was put. Several pictures before or after the text
 * get a line `Image-1: <image>` each before it; pictures between texts stay where they are. A text that spells `<image>` as often as the turn
 * has pictures says itself where they stand.
 */
export type Message =
  | { readonly role: 'system'; readonly content: string | readonly TextPart[] }
  | { readonly role: 'user'; readonly content: string | readonly (TextPart | ImagePart)[] }
  | { readonly role: 'assistant'; readonly content: string | readonly TextPart[] | null };

/** The short form or the full form of a prompt, never both. */
export type PromptInput =
  | { readonly prompt: string; readonly images?: readonly ImageInput[]; readonly system?: string; readonly messages?: never }
  | { readonly messages: readonly Message[]; readonly prompt?: never; readonly images?: never; readonly system?: never };

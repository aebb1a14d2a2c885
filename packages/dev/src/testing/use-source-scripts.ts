import { fileURLToPath } from 'node:url';
import { useDecoderScript } from '@h2ovl/core/internal/documents/decoder/find-decoder-script';
import { bundleScript } from './bundle-script.ts';

// A setup file of vitest: documents are decoded by the script as it is in the source, not by the one that was built last.
const script = await bundleScript(new URL('../../../core/src/documents/decoder/decoder-process.ts', import.meta.url));
useDecoderScript(fileURLToPath(script));

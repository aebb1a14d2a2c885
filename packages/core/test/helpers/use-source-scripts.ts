import { fileURLToPath } from 'node:url';
import { bundleScript } from '../../../dev/src/testing/bundle-script.ts';
import { useDecoderScript } from '../../src/documents/decoder/find-decoder-script.ts';

// Documents are decoded by the script as it is in the source, not by the one that was built last.
const script = await bundleScript(new URL('../../src/documents/decoder/decoder-process.ts', import.meta.url));
useDecoderScript(fileURLToPath(script));

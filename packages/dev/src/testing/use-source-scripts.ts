import { fileURLToPath } from 'node:url';
import { useDecoderScript } from '@h2ovl/core/internal/documents/decoder/find-decoder-script';
import { useSchemaWorkerScript } from '@h2ovl/core/internal/json/schema-thread/worker-conversation';
import { usePageWorkerScript } from '@h2ovl/core/internal/lines/page-worker/page-worker-link';
import { useProbeScript } from '@h2ovl/core/internal/runtime/devices/try-device';
import { bundleScript } from './bundle-script.ts';

// A setup file of vitest: documents are decoded, lines are read and schemas are compiled by the scripts as they are in the source, not by those that were built last.
const core = '../../../core/src/';
useDecoderScript(fileURLToPath(await bundleScript(new URL(`${core}documents/decoder/decoder-process.ts`, import.meta.url))));
usePageWorkerScript(await bundleScript(new URL(`${core}lines/page-worker/page-worker.ts`, import.meta.url)));
useSchemaWorkerScript(() => bundleScript(new URL(`${core}json/schema-thread/schema-worker.ts`, import.meta.url)));
useProbeScript(async () => fileURLToPath(await bundleScript(new URL(`${core}runtime/devices/probe-process.ts`, import.meta.url))));

import { graphFormFor } from '@h2ovl/core/internal/model/graph-form';
import { chooseDevice } from '@h2ovl/core/internal/runtime/choose-device';
import type { Stage } from './stage.ts';
import { timeMs } from './stage.ts';

/** Opens the GPU, runs the self-test, tells what came out. */
export const device: Stage = async (_input, report) => {
  const { ms, value: chosen } = await timeMs(() => chooseDevice({ device: 'webgpu' }));
  const { runtime, abilities, reasons } = chosen;
  report('openedMs', ms);
  report('runtime', runtime.info);
  report('reasons', reasons);
  report('checks', abilities?.checks);
  report('form', graphFormFor(abilities, false));
  await runtime.dispose();
};

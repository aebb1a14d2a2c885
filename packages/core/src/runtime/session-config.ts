import type { SessionOptions } from './port.ts';

/** The configuration keys that both adapters hand to ONNX Runtime. */
export function sessionConfig({ spinning = true, packedWeightsFile }: SessionOptions): Record<string, string> {
  return {
    'session.intra_op.allow_spinning': spinning ? '1' : '0',
    // Between runs nobody spins: the time belongs to JavaScript, sampling and other sessions.
    'session.force_spinning_stop': '1',
    // Weights stay out of the arena, so that their memory is gone with their session.
    'session.use_device_allocator_for_initializers': '1',
    ...(packedWeightsFile === undefined ? {} : savePacked(packedWeightsFile)),
  };
}

function savePacked(file: string): Record<string, string> {
  return {
    'session.save_external_prepacked_constant_initializers': '1',
    'session.optimized_model_external_initializers_file_name': file,
  };
}

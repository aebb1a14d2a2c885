import { expect, test } from 'vitest';
import { DeviceError } from '../../../../src/runtime/device-error.ts';
import { errorFromOrt, trimOrtMessage } from '../../../../src/runtime/ffi/ort-status.ts';

test('keeps the sentence that says something and drops source paths and line breaks', () => {
  const message =
    "Non-zero status code returned while running Add node. Name:'/model/sum' Status Message: /onnxruntime_src/onnxruntime/core/math.h:563 void onnxruntime::Init(long, long) axis was false.\n 2 by 3\n";
  expect(trimOrtMessage(message)).toBe("Add '/model/sum': axis was false. 2 by 3");
});

test('cuts a text that goes on and on', () => {
  expect(trimOrtMessage('x'.repeat(1000))).toHaveLength(401);
});

test('has words where there are none', () => {
  expect(trimOrtMessage(' \n')).toBe('no reason given');
});

test('calls a broken file broken only while one is being opened', () => {
  const opening = { action: 'Opening the graph a.onnx failed', isOpening: true };
  expect(errorFromOrt(7, 'bad', opening)).toMatchObject({ code: 'MODEL_FILE_CORRUPT', message: 'Opening the graph a.onnx failed: bad.' });
  expect(errorFromOrt(9, 'no kernel', opening).code).toBe('SESSION_FAILED');
  expect(errorFromOrt(7, 'bad', { action: 'A run failed' })).toBeInstanceOf(DeviceError);
  expect(errorFromOrt(7, 'bad', { action: 'A run failed' }).code).toBe('SESSION_FAILED');
});

/** Fields of onnx.proto: ModelProto.opset_import, and of OperatorSetIdProto the domain and the version. */
const opsetImport = 8;
const domainField = 1;
const versionField = 2;

/** Kinds of protobuf fields. */
const varintKind = 0;
const bytesKind = 2;

/**
 * The version of ONNX's own operators that a model asks for; undefined where the bytes are no model, or one that names none. Only the model's outermost
 * fields are looked at: the graph is skipped as a whole.
 */
export function readOpset(model: Uint8Array): number | undefined {
  for (const { number, bytes } of fieldsOf(model)) {
    if (number !== opsetImport || bytes === undefined) continue;
    const fields = [...fieldsOf(bytes)];
    const domain = fields.find((field) => field.number === domainField)?.bytes;
    if (domain !== undefined && domain.length > 0) continue; // operators of another maker
    return fields.find((field) => field.number === versionField)?.value;
  }
  return undefined;
}

interface Field {
  readonly number: number;
  readonly value?: number;
  readonly bytes?: Uint8Array;
}

/** The fields of a message, up to the first that is cut off or of a kind that ONNX does not use there. */
function* fieldsOf(message: Uint8Array): Iterable<Field> {
  let at = 0;
  const varint = (): number | undefined => {
    let value = 0;
    for (let scale = 1; at < message.length; scale *= 128) {
      const byte = message[at] as number;
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return Number.isSafeInteger(value) ? value : undefined;
    }
    return undefined;
  };
  while (at < message.length) {
    const [tag, value] = [varint(), varint()];
    if (tag === undefined || value === undefined) return;
    const number = Math.floor(tag / 8);
    if (tag % 8 === varintKind) yield { number, value };
    else if (tag % 8 === bytesKind && at + value <= message.length) {
      yield { number, bytes: message.subarray(at, at + value) };
      at += value;
    } else return;
  }
}

import { ModelError } from './model-error.ts';

/**
 * Looks through the bytes of an ONNX model for tensors whose data lies in another file. Such a
 * model would read a path of its own choosing from the disk of whoever loads it, and its hash
 * would not cover its weights.
 *
 * This walks the protobuf wire format by hand: no decoder of whole models has to trust the bytes,
 * and it starts faster. Field numbers are those of onnx.proto.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

type Message = 'model' | 'training' | 'function' | 'graph' | 'node' | 'attribute' | 'sparse';
type Child = Message | 'tensor';

/** Fields that lead to tensors; all others are skipped. */
const CHILDREN: Readonly<Record<Message, Readonly<Record<number, Child>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
};

const TENSOR_EXTERNAL_DATA = 13;
const TENSOR_DATA_LOCATION = 14;

/** Graphs within attributes of nodes within graphs: deeper than this is an attack. */
const DEPTH_MAX = 64;

/**
 * @returns true when some tensor of the model lies outside its bytes.
 * @throws {ModelError} when the bytes are not well-formed protobuf.
 */
export function hasExternalData(bytes: Uint8Array): boolean {
  return searchMessage(bytes, 'model', 0);
}

function searchMessage(bytes: Uint8Array, kind: Child, depth: number): boolean {
  if (depth > DEPTH_MAX) {
    throw new ModelError('the model is nested too deeply');
  }
  for (const { field, value, body } of fieldsOf(bytes)) {
    if (kind === 'tensor') {
      if (field === TENSOR_EXTERNAL_DATA || (field === TENSOR_DATA_LOCATION && value !== 0)) {
        return true;
      }
      continue;
    }
    const child = CHILDREN[kind][field];
    if (child !== undefined && body !== null && searchMessage(body, child, depth + 1)) {
      return true;
    }
  }
  return false;
}

interface Field {
  readonly field: number;
  /** Value of a varint field, else 0. */
  readonly value: number;
  /** Bytes of a length-delimited field, else null. */
  readonly body: Uint8Array | null;
}

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const field = Math.floor(tag.value / 8);
    const content = readContent(bytes, tag.next, tag.value % 8);
    at = content.next;
    yield { field, value: content.value, body: content.body };
  }
}

function readContent(
  bytes: Uint8Array,
  at: number,
  wireType: number,
): { value: number; body: Uint8Array | null; next: number } {
  switch (wireType) {
    case 0:
      return { ...readVarint(bytes, at), body: null };
    case 1:
      return { value: 0, body: null, next: within(bytes, at + 8) };
    case 2: {
      const length = readVarint(bytes, at);
      const next = within(bytes, length.next + length.value);
      return { value: 0, body: bytes.subarray(length.next, next), next };
    }
    case 5:
      return { value: 0, body: null, next: within(bytes, at + 4) };
    default:
      throw new ModelError(`the model is not an ONNX file: wire type ${String(wireType)}`);
  }
}

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; at < start + 10; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) {
      break;
    }
    value += (byte % 128) * factor;
    factor *= 128;
    if (byte < 128) {
      return { value, next: at + 1 };
    }
  }
  throw new ModelError('the model is not an ONNX file: it ends within a number');
}

function within(bytes: Uint8Array, next: number): number {
  if (next > bytes.length) {
    throw new ModelError('the model is not an ONNX file: it ends within a field');
  }
  return next;
}

import onnxProto from 'onnx-proto';
import { INPUT_NAME, OUTPUT_NAME, type LogisticModel } from './model-contract.ts';

const { onnx } = onnxProto;

/** Fixed, so that the same model gives the same bytes; ONNX Runtime 1.30 and onnx 1.10 read both. */
const IR_VERSION = 8;
const OPERATOR_SET = 13;
const PRODUCER = 'strategy-loop';

const FLOAT = onnx.TensorProto.DataType.FLOAT;

/**
 * The bytes of a single-file ONNX model that standardises its input and returns a probability:
 * sigmoid(((features − means) / scales) · weights + intercept). Weights are rounded to float32.
 *
 * The bytes depend on the model alone: names, order and versions are fixed and tensors are raw
 * little-endian float32.
 *
 * @throws {RangeError} when the arrays differ in length, are empty, or hold a number that float32
 *   cannot carry.
 */
export function writeLogisticModel(model: LogisticModel): Uint8Array {
  const features = model.weights.length;
  checkModel(model, features);
  const graph = onnx.GraphProto.create({
    name: 'logistic',
    node: [
      node('Sub', [INPUT_NAME, 'means'], 'centered'),
      node('Div', ['centered', 'scales'], 'standardized'),
      node('MatMul', ['standardized', 'weights'], 'product'),
      node('Add', ['product', 'intercept'], 'logit'),
      node('Sigmoid', ['logit'], OUTPUT_NAME),
    ],
    initializer: [
      tensor('means', [1, features], model.means),
      tensor('scales', [1, features], model.scales),
      tensor('weights', [features, 1], model.weights),
      tensor('intercept', [1, 1], [model.intercept]),
    ],
    input: [valueInfo(INPUT_NAME, features)],
    output: [valueInfo(OUTPUT_NAME, 1)],
  });
  const message = onnx.ModelProto.create({
    irVersion: IR_VERSION,
    producerName: PRODUCER,
    opsetImport: [onnx.OperatorSetIdProto.create({ domain: '', version: OPERATOR_SET })],
    graph,
  });
  return Uint8Array.from(onnx.ModelProto.encode(message).finish());
}

function node(opType: string, input: string[], output: string) {
  return onnx.NodeProto.create({ opType, name: output, input, output: [output] });
}

function tensor(name: string, dims: number[], values: readonly number[]) {
  const rawData = new Uint8Array(values.length * 4);
  const view = new DataView(rawData.buffer);
  for (const [index, value] of values.entries()) {
    view.setFloat32(index * 4, value, true);
  }
  return onnx.TensorProto.create({ name, dims, dataType: FLOAT, rawData });
}

/** A float32 matrix with any number of rows. */
function valueInfo(name: string, columns: number) {
  const shape = { dim: [{ dimParam: 'n' }, { dimValue: columns }] };
  return onnx.ValueInfoProto.create({ name, type: { tensorType: { elemType: FLOAT, shape } } });
}

function checkModel({ means, scales, weights, intercept }: LogisticModel, features: number): void {
  if (features === 0 || means.length !== features || scales.length !== features) {
    throw new RangeError(
      `means, scales and weights must have one length >= 1, was ${String(means.length)}, ${String(scales.length)} and ${String(features)}`,
    );
  }
  const wrong = [...means, ...scales, ...weights, intercept].find(
    (value) => !Number.isFinite(Math.fround(value)),
  );
  if (wrong !== undefined || scales.some((scale) => Math.fround(scale) <= 0)) {
    throw new RangeError(
      `a model's numbers must be finite float32 and its scales > 0, was ${String(wrong ?? scales.join(', '))}`,
    );
  }
}

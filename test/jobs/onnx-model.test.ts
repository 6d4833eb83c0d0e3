import '../support/onnx-realm.ts';
import onnxProto from 'onnx-proto';
import { hasExternalData } from '../../adapters/onnx/external-data.ts';
import type { LogisticModel } from '../../adapters/onnx/model-contract.ts';
import type { Model } from '../../adapters/onnx/run-model.ts';
import { writeLogisticModel } from '../../adapters/onnx/write-model.ts';
import { xoshiro } from '../../engine/random.ts';

// Loaded late, because Jest runs CommonJS packages before the first import takes effect.
const { loadModel } = await import('../../adapters/onnx/run-model.ts');

const { onnx } = onnxProto;

const FEATURES = 12;

function aModel(seed = 1): LogisticModel {
  const random = xoshiro(seed);
  const numbers = (scale: number) =>
    Array.from({ length: FEATURES }, () => scale * (random.uniform() - 0.5));
  return {
    means: numbers(2),
    scales: numbers(1).map((value) => Math.abs(value) + 0.1),
    weights: numbers(2),
    intercept: 0.3,
  };
}

function rowsOf(count: number): Float32Array {
  const random = xoshiro(77);
  return Float32Array.from({ length: count * FEATURES }, () => 4 * random.uniform() - 2);
}

async function using<T>(bytes: Uint8Array, use: (model: Model) => Promise<T>): Promise<T> {
  const model = await loadModel(bytes, FEATURES);
  try {
    return await use(model);
  } finally {
    await model.release();
  }
}

describe('writeLogisticModel', () => {
  it('gives the same bytes for the same model', () => {
    expect(writeLogisticModel(aModel())).toEqual(writeLogisticModel(aModel()));
    expect(writeLogisticModel(aModel())).not.toEqual(writeLogisticModel(aModel(2)));
  });

  it.each<[string, Partial<LogisticModel>]>([
    ['weights of another length', { weights: [1] }],
    ['a scale of 0', { scales: new Array<number>(FEATURES).fill(0) }],
    ['a number that float32 cannot carry', { intercept: 1e300 }],
    ['NaN', { intercept: Number.NaN }],
  ])('refuses %s', (_case, over) => {
    expect(() => writeLogisticModel({ ...aModel(), ...over })).toThrow(RangeError);
  });
});

describe('loadModel', () => {
  it('computes the logistic function over standardized features', async () => {
    const { means, scales, weights, intercept } = aModel();
    const rows = rowsOf(200);

    const found = await using(writeLogisticModel(aModel()), (model) => model.predict(rows));

    for (const [row, probability] of found.entries()) {
      let logit = intercept;
      for (let k = 0; k < FEATURES; k += 1) {
        const value = rows[row * FEATURES + k] ?? Number.NaN;
        logit += ((value - (means[k] ?? 0)) / (scales[k] ?? 1)) * (weights[k] ?? 0);
      }
      // float32 has 24 bits; the sum of 12 products loses a few.
      expect(probability).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5);
    }
  });

  it('answers a row the same alone as anywhere in a batch, to the last bit', async () => {
    const rows = rowsOf(200);

    await using(writeLogisticModel(aModel()), async (model) => {
      const together = await model.predict(rows);
      for (let row = 0; row < 200; row += 1) {
        const alone = await model.predict(rows.subarray(row * FEATURES, (row + 1) * FEATURES));

        expect(alone[0]).toBe(together[row]);
      }
    });
  });

  it('refuses features that are not finite, naming row and column', async () => {
    const rows = rowsOf(3);
    rows[FEATURES + 2] = Number.NaN;

    await expect(
      using(writeLogisticModel(aModel()), (model) => model.predict(rows)),
    ).rejects.toThrow('features must be finite, row 1 column 2 was NaN');
  });

  it('refuses a row that is not whole', async () => {
    await expect(
      using(writeLogisticModel(aModel()), (model) => model.predict(new Float32Array(13))),
    ).rejects.toThrow('features must be whole rows of 12, was 13 numbers');
  });

  it('refuses a model for another number of features', async () => {
    await expect(loadModel(writeLogisticModel(aModel()), 3)).rejects.toThrow(
      "the model's input must be features float32 [n, 3], was features float32 [n, 12]",
    );
  });

  it.each([
    ['bytes that are no model', Uint8Array.of(1, 2, 3, 4), 'not an ONNX file'],
    ['a model that is cut', writeLogisticModel(aModel()).subarray(0, 300), 'not an ONNX file'],
    ['no bytes', new Uint8Array(), 'the model cannot be loaded'],
    ['more than 16 MiB', new Uint8Array(16 * 1024 * 1024 + 1), 'must be at most 16777216 bytes'],
  ])('refuses %s', async (_case, bytes, message) => {
    await expect(loadModel(bytes, FEATURES)).rejects.toThrow(message);
  });

  it('refuses a model that keeps its weights in another file', async () => {
    const bytes = changed(({ graph }) => {
      const weights = graph?.initializer?.[2];
      if (weights) {
        weights.rawData = new Uint8Array();
        weights.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
        weights.externalData = [{ key: 'location', value: '/etc/passwd' }];
      }
    });

    await expect(loadModel(bytes, FEATURES)).rejects.toThrow('tensor data in another file');
  });
});

/** The model of the other tests after a change to its decoded form. */
function changed(change: (message: onnxProto.onnx.ModelProto) => void): Uint8Array {
  const message = onnx.ModelProto.decode(writeLogisticModel(aModel()));
  change(message);
  return onnx.ModelProto.encode(message).finish();
}

describe('hasExternalData', () => {
  const external = () =>
    onnx.TensorProto.create({ name: 'x', externalData: [{ key: 'location', value: 'w.bin' }] });

  it('finds nothing in a model that is whole', () => {
    expect(hasExternalData(writeLogisticModel(aModel()))).toBe(false);
  });

  it('finds a tensor in an attribute of a node in a graph in an attribute', () => {
    const inner = onnx.GraphProto.create({
      node: [{ opType: 'Constant', attribute: [{ name: 'value', t: external() }] }],
    });
    const bytes = changed(({ graph }) => {
      graph?.node?.push(
        onnx.NodeProto.create({ opType: 'If', attribute: [{ name: 'then_branch', g: inner }] }),
      );
    });

    expect(hasExternalData(bytes)).toBe(true);
  });

  it('finds a tensor in a function and in a sparse initializer', () => {
    const node = { opType: 'Constant', attribute: [{ name: 'value', t: external() }] };
    const inFunction = changed((model) => {
      model.functions = [onnx.FunctionProto.create({ name: 'f', node: [node] })];
    });
    const inSparse = changed(({ graph }) => {
      if (graph) {
        graph.sparseInitializer = [onnx.SparseTensorProto.create({ values: external() })];
      }
    });

    expect(hasExternalData(inFunction)).toBe(true);
    expect(hasExternalData(inSparse)).toBe(true);
  });
});

/**
 * Import this first in tests that run a model in their own process. Jest gives every test file its
 * own set of built-in classes, while ONNX Runtime's native part makes arrays of the process's, and
 * its JavaScript part refuses arrays of another class. So both get the process's Float32Array here.
 */
const outerFunction = Buffer.constructor as (code: string) => () => unknown;

globalThis.Float32Array = outerFunction('return Float32Array')() as Float32ArrayConstructor;

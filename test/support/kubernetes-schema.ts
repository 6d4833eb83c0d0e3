import * as kubernetes from '@kubernetes/client-node';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}
interface Model {
  getAttributeTypeMap?(): readonly Attribute[];
}

/** The client's models are generated from the API's own schema: names and types of every field. */
const MODELS = kubernetes as unknown as Readonly<Record<string, Model | undefined>>;

/**
 * Checks a manifest field by field against the schema of the API.
 *
 * @returns paths of fields that the API does not know or that have another type; empty when none.
 */
export function schemaErrors(manifest: { apiVersion?: string; kind?: string }): string[] {
  const { apiVersion = '', kind = '' } = manifest;
  const version = apiVersion.split('/').at(-1) ?? '';
  const model = `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
  if (MODELS[model]?.getAttributeTypeMap === undefined) return [`${apiVersion} ${kind} is unknown`];
  return errorsOf(manifest, model, kind);
}

function errorsOf(value: unknown, type: string, path: string): string[] {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${path} must be a list`];
    return value.flatMap((item, index) => errorsOf(item, list, `${path}[${String(index)}]`));
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map !== undefined) {
    if (!isObject(value)) return [`${path} must be a map`];
    return Object.entries(value).flatMap(([key, each]) => errorsOf(each, map, `${path}.${key}`));
  }
  const attributes = MODELS[type]?.getAttributeTypeMap?.();
  if (attributes === undefined) return isPlain(value, type) ? [] : [`${path} must be ${type}`];
  if (!isObject(value)) return [`${path} must be a ${type}`];
  return Object.entries(value).flatMap(([key, each]) => {
    const attribute = attributes.find(({ baseName }) => baseName === key);
    const at = `${path}.${key}`;
    return attribute === undefined ? [`${at} is unknown`] : errorsOf(each, attribute.type, at);
  });
}

function isPlain(value: unknown, type: string): boolean {
  if (type === 'IntOrString') return typeof value === 'number' || typeof value === 'string';
  if (type === 'any') return true;
  return typeof value === (type === 'Date' ? 'string' : type);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';

/** Kinds of volumes that Pod Security's level "restricted" admits. */
const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/**
 * What of a pod Pod Security's level "restricted" would refuse, and what this project asks for on top
 * of it: a read-only root, limits, and no token of a service account unless one is needed.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function podViolations(pod: V1PodSpec, mayHoldToken = false): string[] {
  const { securityContext: context, containers, initContainers = [], volumes = [] } = pod;
  return [
    ...broken('host namespaces', !pod.hostNetwork && !pod.hostPID && !pod.hostIPC),
    ...broken('non-root', context?.runAsNonRoot === true && context.runAsUser !== 0),
    ...broken('seccomp', context?.seccompProfile?.type === 'RuntimeDefault'),
    ...broken('token', mayHoldToken || pod.automountServiceAccountToken === false),
    ...volumes.flatMap(volumeViolations),
    ...[...containers, ...initContainers].flatMap((each) => [
      ...rightsViolations(each),
      ...resourceViolations(each),
    ]),
  ];
}

function volumeViolations(volume: V1Volume): string[] {
  const kinds = Object.keys(volume).filter((key) => key !== 'name');
  const isSized = volume.emptyDir === undefined || volume.emptyDir.sizeLimit !== undefined;
  return [
    ...broken(
      `volume ${volume.name}`,
      kinds.every((kind) => VOLUMES.has(kind)),
    ),
    ...broken(`size of ${volume.name}`, isSized),
  ];
}

function rightsViolations({ securityContext: own }: V1Container): string[] {
  const { drop = [], add = [] } = own?.capabilities ?? {};
  return [
    ...broken('escalation', own?.allowPrivilegeEscalation === false && own.privileged !== true),
    ...broken('capabilities', drop.includes('ALL') && add.length === 0),
    ...broken('read-only root', own?.readOnlyRootFilesystem === true),
    ...broken('own user', own?.runAsUser !== 0 && own?.runAsNonRoot !== false),
  ];
}

function resourceViolations({ resources = {}, ports = [] }: V1Container): string[] {
  const isSet = (amounts: Readonly<Record<string, string>> = {}): boolean =>
    'cpu' in amounts && 'memory' in amounts;
  const isOnHost = ports.some(({ hostPort }) => hostPort !== undefined);
  return [
    ...broken('requests', isSet(resources.requests)),
    ...broken('limits', isSet(resources.limits)),
    ...broken('host ports', !isOnHost),
  ];
}

function broken(rule: string, isKept: boolean): string[] {
  return isKept ? [] : [rule];
}

import { LauncherKind } from '../../schemas/task-queue.ts';
import { ConfigurationError } from '../../workers/configuration.ts';
import { containerKinds } from '../../workers/launchers.ts';
import type { ContainerLauncherKind } from '../../workers/launchers.ts';
import { defaultLauncher } from '../defaults.ts';
import { launcherTrouble, openLauncherOf } from '../launcher-check.ts';
import type { Check, Verdict } from './finding.ts';
import { fail, ok } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where jobs can run beside processes of this machine: each that the environment names is asked. */
export function launcherChecks(dataDirectory: string, environment: Environment): Check[] {
  const area = 'launchers';
  const chosen = chosenLauncher();
  const named = containerKinds(environment);
  const kinds = [...new Set([...named, ...(chosen === LauncherKind.Process ? [] : [chosen])])];
  return kinds.map((kind) => ({
    area,
    name: kind,
    look: () => lookAtLauncher(kind, { dataDirectory, environment, isChosen: kind === chosen }),
  }));
}

/** A name that there is not is another check's to tell. */
function chosenLauncher(): LauncherKind {
  try {
    return defaultLauncher();
  } catch {
    return LauncherKind.Process;
  }
}

interface Look {
  readonly dataDirectory: string;
  readonly environment: Environment;
  /** Whether jobs run there unless a command says otherwise. */
  readonly isChosen: boolean;
}

async function lookAtLauncher(
  kind: ContainerLauncherKind,
  { dataDirectory, environment, isChosen }: Look,
): Promise<Verdict> {
  const image = environment['STRATEGY_LOOP_IMAGE'] ?? '';
  const isWanted = isChosen || image !== '' || kind !== LauncherKind.Docker;
  // The image is not looked at: a placeholder does to ask the platform.
  const opened = await openLauncherOf(kind, { dataDirectory, image: image || 'none' }).catch(
    (error: unknown) => {
      if (error instanceof ConfigurationError) return error;
      throw error;
    },
  );
  if (opened instanceof ConfigurationError) {
    return fail(opened.message, 'set what it names, or choose another STRATEGY_LOOP_LAUNCHER');
  }
  const trouble = await launcherTrouble(opened, environment);
  if (trouble === null) {
    const use = image === '' ? '; with STRATEGY_LOOP_IMAGE or --image jobs can run there' : '';
    return ok(`it answers${use}`);
  }
  if (!isWanted) return ok('no Docker Engine answers, and none is needed: jobs run as processes');
  return fail(trouble.text, trouble.wayOut);
}

import { readFileSync } from 'node:fs';
import Docker from 'dockerode';
import { createDockerLauncher } from '../../../adapters/launchers/docker.ts';
import type { Launcher } from '../../../adapters/launchers/launcher.ts';
import { JOB_PROGRAM } from '../../../workers/docker-jobs.ts';
import { dockerSecurity } from '../../../workers/docker-settings.ts';
import { asProcess, runEmbeddedWorker } from '../../../workers/embedded-worker.ts';
import { FAULT_FILE_VARIABLE, faultyCommand } from './container-plan.ts';
import type { NextFault } from './container-plan.ts';

const image = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const directory = `${process.env['STRATEGY_LOOP_JOBS'] ?? ''}-docker`;

function next(): NextFault {
  return JSON.parse(readFileSync(process.env[FAULT_FILE_VARIABLE] ?? '', 'utf8')) as NextFault;
}

/** Containers whose first job of each cycle goes wrong as the file says. */
function faultyContainers(): Launcher {
  const launcher = createDockerLauncher({
    docker: new Docker(),
    directory,
    image,
    security: dockerSecurity(process.env),
    command: (jobType) => {
      const { fault } = next();
      return fault === null ? ['node', JOB_PROGRAM, jobType] : faultyCommand(fault.script, jobType);
    },
  });
  let seen = -1;
  let first = '';
  return {
    ...launcher,
    async ensure(spec) {
      const { number, fault } = next();
      if (number !== seen) {
        seen = number;
        first = spec.jobName;
      }
      const limits = spec.jobName === first ? { ...spec.limits, ...fault?.limits } : spec.limits;
      await launcher.ensure({ ...spec, limits });
    },
    async wait(jobName, options) {
      const ended = await launcher.wait(jobName, options);
      return next().isPlanted ? { ...ended, cause: 'exited', exitCode: 0 } : ended;
    },
    async remove(jobName) {
      if (!next().isPlanted) await launcher.remove(jobName);
    },
  };
}

/** The worker of the embedded default, with jobs in containers that go wrong. */
asProcess(runEmbeddedWorker(process.env, (parts) => ({ ...parts, launcher: faultyContainers() })));

/**
 * The program of a job that goes wrong in its first attempt, or its first two, and then works:
 * `node dist/test/faults/bad-job.js <job-type>`.
 */
import { spawn } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runJob } from '../../jobs/contract/run-job.ts';
import {
  JOB_INPUT_DIRECTORY,
  JOB_INPUT_FILE,
  JOB_OUTPUT_DIRECTORY,
  JOB_RESULT_FILE,
} from '../../schemas/job.ts';
import { JOB_FAULT_VARIABLE } from './plan.ts';
import type { JobFault, WorkerPlan } from './plan.ts';

const MIB = 1024 * 1024;
/** More than the limits that the tests set, far less than the machine has. */
const GREEDY_MIB = 1100;
/** More than the limit of the first attempt, less than that of the second. */
const HUNGRY_MIB = 600;
/** Attempts that go wrong. */
const SPOILT: Partial<Record<JobFault, number>> = { 'out-of-memory': 2, 'needs-memory': Infinity };

const jobType = process.argv[2] ?? '';
const input = process.env[JOB_INPUT_DIRECTORY] ?? '';
const output = process.env[JOB_OUTPUT_DIRECTORY] ?? '';
const wanted = JSON.parse(process.env[JOB_FAULT_VARIABLE] ?? '{}') as Partial<
  NonNullable<WorkerPlan['job']>
>;

interface Asked {
  readonly attempt: number;
  readonly input: { readonly part?: { readonly index: number } };
}

function asked(): Asked {
  return JSON.parse(readFileSync(join(input, JOB_INPUT_FILE), 'utf8')) as Asked;
}

async function takeMemory(wantedMib: number): Promise<void> {
  const kept: Buffer[] = [];
  for (let mib = 0; mib < wantedMib; mib += 20) {
    kept.push(Buffer.alloc(20 * MIB, 1));
    await sleep(40);
  }
}

async function spoilWork(fault: JobFault): Promise<void> {
  switch (fault) {
    case 'hung-and-escaped':
      // A session of its own is out of the launcher's reach.
      spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).unref();
      await sleep(300_000);
      return;
    case 'hung':
      await sleep(300_000);
      return;
    case 'killed':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'out-of-memory':
      return takeMemory(GREEDY_MIB);
    case 'needs-memory':
      return takeMemory(HUNGRY_MIB);
    default:
  }
}

function spoilResult(fault: JobFault): void {
  const path = join(output, JOB_RESULT_FILE);
  const text = readFileSync(path, 'utf8');
  if (fault === 'truncated') truncateSync(path, text.trimEnd().length - 1);
  if (fault === 'extra-file') writeFileSync(join(output, 'extra.bin'), 'nobody asked for this');
  if (fault === 'not-a-number') writeFileSync(path, text.replace(/"cash":[^,}]+/, '"cash":NaN'));
  if (fault === 'another-job') writeFileSync(path, text.replace(/"jobName":"[^"]+/, '$&-2'));
}

async function main(): Promise<number> {
  const { type, fault: planned, part } = wanted;
  const { attempt, input: work } = asked();
  const isMeant = type === jobType && (part === undefined || part === work.part?.index);
  const isSpoilt = planned !== undefined && attempt <= (SPOILT[planned] ?? 1);
  const fault = isMeant && isSpoilt ? planned : undefined;
  if (fault !== undefined) await spoilWork(fault);
  const code = await runJob(jobType, input, output);
  if (fault !== undefined && code === 0) spoilResult(fault);
  return code;
}

process.exit(await main());

import { workerBug } from './fault.ts';
import type { Fault } from './fault.ts';
import { fullDiskFaults } from './disk-faults.ts';
import { sleep } from './server-faults.ts';

/** Errors that the store answers with, raised by the real server from a trigger. */
const RAISED = [
  { state: '40001', name: 'serialization failure', times: 2, isQuick: false },
  { state: '40P01', name: 'deadlock', times: 2, isQuick: false },
  { state: '23505', name: 'unique violation', times: 1, isQuick: false },
] as const;

/** A store that refuses, and a clock that steps. */
export const STORE_FAULTS: readonly Fault[] = [
  ...RAISED.map(({ state, name, times, isQuick }): Fault => ({
    name: `${state} (${name}) in an ingest, ${String(times)} times`,
    isQuick,
    attempts: 1,
    planted: {
      text: 'an error of the database taken for success',
      mistake: { worker: 'swallows-database-errors' },
      sign: /waits at|rows lost in/,
    },
    async happen(_stand, trial, mistake) {
      // A sequence is not rolled back, so it counts tries.
      await trial.pool.query(`
          create sequence tries;
          create function fail() returns trigger language plpgsql as $$ begin
            if nextval('tries') <= ${String(times)} then
              raise exception 'raised for a test' using errcode = '${state}';
            end if;
            return null;
          end $$;
          create trigger fail after insert on equity for each statement execute function fail();`);
      await trial.startWorker(workerBug(mistake));
      await trial.startCycle();
      await trial.completed(mistake === null ? 60_000 : 20_000);
      const { rows } = await trial.pool.query<{ tries: number }>(
        'select last_value as tries from tries',
      );
      if (rows[0]?.tries !== times + 1) throw new Error(`${String(rows[0]?.tries)} tries`);
      return `${String(times)} failed, try ${String(times + 1)} stored everything`;
    },
  })),
  ...fullDiskFaults(),
  {
    name: "worker's clock stepped +1 h, then -2 h (shim over Date)",
    isQuick: false,
    attempts: 1,
    planted: {
      text: 'a deadline by the wall clock',
      mistake: { worker: 'wall-clock-deadline' },
      sign: /JobDeadlineExceeded/,
    },
    async happen(_stand, trial, mistake) {
      await trial.startWorker({
        clockSteps: [
          { activity: 'launchTrade', stepMs: 3_600_000 },
          { activity: 'ingestRetrain', stepMs: -7_200_000 },
        ],
        ...workerBug(mistake),
      });
      await trial.startCycle();
      return 'completed';
    },
  },
  {
    name: 'worker frozen past its heartbeat (SIGSTOP), thawed',
    isQuick: false,
    attempts: 1,
    planted: {
      text: 'an ingest that adds up when it is repeated',
      mistake: { store: 'forgetful-ingest' },
      sign: /rows too many in decisions/,
    },
    async happen(_stand, trial) {
      const frozen = await trial.startWorker({
        holdAt: { activity: 'ingestTrade', when: 'before' },
      });
      await trial.startCycle();
      await frozen.held;
      frozen.child.kill('SIGSTOP');
      await trial.startWorker();
      await trial.completed(90_000);
      frozen.child.kill('SIGCONT');
      frozen.go();
      const how = await Promise.race([frozen.ended, sleep(20_000).then(() => 'never ended')]);
      if (how !== 'done') throw new Error(`the late write ${how}`);
      return 'another worker completed the cycle; the late write went through and changed nothing';
    },
  },
];

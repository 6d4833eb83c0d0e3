import type { Info } from '@temporalio/activity';
import { activityFields } from '../../workers/activity-fields.ts';
import { secretsOf, withoutSecrets } from '../../workers/logger.ts';
import { lineForPeople } from '../../workers/log-line.ts';

const info = (activityType: string): Info =>
  ({
    activityType,
    attempt: 2,
    workflowExecution: { workflowId: 'cycle/a/b', runId: 'r' },
  }) as Info;

describe('activityFields', () => {
  it.each([
    ['ingestTrade', [{ cycleId: 'cycle/a/b' }, { jobName: 'sl-1' }], 'trade', 'sl-1', null],
    ['launchTrade', ['cycle/a/b', { jobName: 'sl-1', releaseId: 'f00' }], 'trade', 'sl-1', 'f00'],
    [
      'launchEvaluate',
      ['cycle/a/b', { jobName: 'sl-2', stage: 'roll-out' }],
      'roll-out',
      'sl-2',
      null,
    ],
    [
      'judgeChallenger',
      [{ challengerId: 'f00', cycle: { cycleId: 'cycle/a/b' } }, null],
      'roll-out',
      null,
      'f00',
    ],
  ])('reads what %s works on', (name, args, stage, jobName, releaseId) => {
    expect(activityFields(info(name), args)).toEqual({
      activity: name,
      workflowId: 'cycle/a/b',
      attempt: 2,
      cycleId: 'cycle/a/b',
      stage,
      releaseId,
      jobName,
    });
  });

  it('has null for what an activity is not about', () => {
    expect(activityFields(info('hasRelease'), ['rsi-macd'])).toMatchObject({
      cycleId: null,
      stage: null,
      releaseId: null,
      jobName: null,
    });
  });
});

describe('withoutSecrets', () => {
  it('takes the password of the database out of every line, also the one that is written in a URL', () => {
    const url = 'postgres://loop:p%40ss-word@127.0.0.1:5432/strategy_loop';

    const line = withoutSecrets(`{"a":"${url}","b":"p@ss-word"}`, secretsOf(url));

    expect(line).toBe(
      '{"a":"postgres://loop:[secret]@127.0.0.1:5432/strategy_loop","b":"[secret]"}',
    );
  });

  it('changes nothing where there is no password', () => {
    expect(withoutSecrets('a line', secretsOf('postgres://loop@127.0.0.1/x'))).toBe('a line');
  });
});

describe('lineForPeople', () => {
  it('has time, level, message and the fields that say something', () => {
    const line = JSON.stringify({
      ...{ level: 40, time: 0, pid: 1, hostname: 'h', name: 'worker' },
      ...{ cycleId: 'cycle/a/b', jobName: null, attempt: 2, msg: 'ingestTrade failed' },
    });

    expect(lineForPeople(`${line}\n`)).toBe(
      '00:00:00.000 WARN  ingestTrade failed cycleId=cycle/a/b attempt=2\n',
    );
  });

  it('leaves alone what is no JSON', () => {
    expect(lineForPeople('ready\n')).toBe('ready\n');
  });
});

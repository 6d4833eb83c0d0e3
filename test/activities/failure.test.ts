import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import {
  ArtifactCorruptError,
  ArtifactMissingError,
  ArtifactStoreRefusedError,
  ArtifactStoreUnavailableError,
} from '../../adapters/artifacts/artifact-store.ts';
import { LauncherUnavailableError } from '../../adapters/launchers/launcher.ts';
import { WindowAlreadyRanError } from '../../adapters/postgres/cycles.ts';
import { GenerationConflictError } from '../../adapters/postgres/publish.ts';
import { UnknownStrategyError } from '../../adapters/postgres/strategies.ts';
import { classify, classified } from '../../activities/failure.ts';
import { FailureType } from '../../schemas/failure-type.ts';

const SHA = 'a'.repeat(64);

/** Classifies as the try of that number would. */
function classifyAt(attempt: number, error: unknown): Promise<Error> {
  const environment = new MockActivityEnvironment({ attempt });
  return environment.run(() => Promise.resolve(classify(error)));
}

function withCode(code: string, message = 'it failed'): Error {
  return Object.assign(new Error(message), { code });
}

describe('classify', () => {
  it.each([
    ['another window', new WindowAlreadyRanError('it ran'), FailureType.WindowAlreadyRan],
    ['an unknown strategy', new UnknownStrategyError('x', []), FailureType.UnknownStrategy],
    ['a missing artifact', new ArtifactMissingError(SHA), FailureType.ResultRefused],
    ['a damaged artifact', new ArtifactCorruptError(SHA), FailureType.ResultRefused],
  ])('asks for a person at once about %s', async (_, error, type) => {
    const failure = await classifyAt(1, error);

    expect(failure).toMatchObject({ type, nonRetryable: true, message: error.message });
    expect(failure.cause).toBe(error);
  });

  it.each([
    ...['08006', '53100', '53300', '57014', '57P01', '57P03', '58030', '25006', '25P03'],
    ...['40001', '40P01', '55P03'],
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'ENOSPC', 'EMFILE'],
  ])('has %s tried again without end, as infrastructure that is away', async (code) => {
    for (const attempt of [1, 3, 1000]) {
      expect(await classifyAt(attempt, withCode(code))).toMatchObject({
        type: FailureType.InfrastructureUnavailable,
        nonRetryable: false,
      });
    }
  });

  it('has a launcher that is away tried again without end', async () => {
    expect(await classifyAt(1000, new LauncherUnavailableError('no leader'))).toMatchObject({
      type: FailureType.InfrastructureUnavailable,
      nonRetryable: false,
    });
  });

  it.each([ArtifactStoreUnavailableError, ArtifactStoreRefusedError])(
    'has an artifact store tried again without end: %p',
    async (StoreError) => {
      const error = new StoreError({ what: 'the store is away', wayOut: 'bring it back' });

      expect(await classifyAt(1000, error)).toMatchObject({
        type: FailureType.InfrastructureUnavailable,
        message: 'the store is away; bring it back',
        nonRetryable: false,
      });
    },
  );

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ])('knows a broken connection by its text: %s', async (message) => {
    expect(await classifyAt(3, new Error(message))).toMatchObject({
      type: FailureType.InfrastructureUnavailable,
      nonRetryable: false,
    });
  });

  it.each(['ServiceError', 'WorkflowUpdateRPCTimeoutOrCancelledError'])(
    'knows a Temporal server that is away by the name %s',
    async (name) => {
      const error = Object.assign(new Error('14 UNAVAILABLE'), { name });

      expect(await classifyAt(3, error)).toMatchObject({
        type: FailureType.InfrastructureUnavailable,
        nonRetryable: false,
      });
    },
  );

  it('has a lost race for the channel judged by the workflow', async () => {
    const error = new GenerationConflictError('ml-forecast', 1);

    expect(await classifyAt(1, error)).toMatchObject({
      type: FailureType.GenerationConflict,
      nonRetryable: false,
    });
  });

  it.each([
    ['23505', withCode('23505', 'duplicate key')],
    ['a TypeError', new TypeError('x is not a function')],
    ['an error that only sounds like a broken connection', new Error('the Connection terminated')],
  ])('tries %s three times and then asks for a person', async (_, error) => {
    const tries = await Promise.all([1, 2, 3].map((attempt) => classifyAt(attempt, error)));

    expect(tries).toMatchObject(
      [false, false, true].map((nonRetryable) => ({
        type: FailureType.Bug,
        message: error.message,
        nonRetryable,
      })),
    );
  });

  it('leaves failures and cancellations as they are', async () => {
    const failure = ApplicationFailure.create({ type: FailureType.JobKilled });
    const cancelled = new CancelledFailure('stop');

    expect(await classifyAt(1, failure)).toBe(failure);
    expect(await classifyAt(1, cancelled)).toBe(cancelled);
  });

  it('takes what is no error for a bug, and keeps NUL out of what is stored', async () => {
    expect(await classifyAt(1, 'a\0b')).toMatchObject({
      type: FailureType.Bug,
      message: 'ab',
      nonRetryable: true,
    });
  });
});

describe('classified', () => {
  it('heartbeats while an activity works, and classifies what it throws', async () => {
    const environment = new MockActivityEnvironment();
    let beats = 0;
    environment.on('heartbeat', () => {
      beats += 1;
    });
    const { work } = classified({
      work: async () => {
        while (beats === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        throw withCode('ECONNRESET');
      },
    });

    await expect(environment.run(work)).rejects.toMatchObject({
      type: FailureType.InfrastructureUnavailable,
    });
    expect(beats).toBeGreaterThan(0);
  });
});

import { FailureType } from '../../schemas/failure-type.ts';
import { Message } from '../../schemas/message.ts';
import { Stage } from '../../schemas/stage.ts';
import { waitingDetails } from '../../workflows/details.ts';

const CAUSE = {
  type: FailureType.JobBadInput,
  message: 'line 2 is wrong',
  jobName: 'job',
  logTail: 'first\n\nlast `quoted`\n',
  logSha256: null,
};

/** Everything between braces that begins like an object. */
function objectsIn(text: string): unknown[] {
  return [...text.matchAll(/\{"[^}]*\}/g)].map(([json]) => JSON.parse(json) as unknown);
}

describe('waitingDetails', () => {
  it('shows data that can be pasted, with the stage that waits', () => {
    const text = waitingDetails(Stage.Retrain, CAUSE);

    expect(objectsIn(text)).toEqual([
      { stage: 'retrain', reason: '…', actor: '…' },
      { reason: '…', actor: '…' },
    ]);
    expect(text).toMatch(/retryStage[^]*skipStage[^]*abortCycle/);
    expect(waitingDetails(Stage.Trade, CAUSE)).not.toContain('skipStage');
  });

  it('shows the choices in front of the log, which may lie below the edge of the panel', () => {
    const text = waitingDetails(Stage.Collect, CAUSE);

    expect(text.indexOf('abortCycle')).toBeLessThan(text.indexOf('first'));
    expect(text).toMatch(/```\nfirst\nlast 'quoted'\n```$/);
    expect(waitingDetails(Stage.Collect, { ...CAUSE, logTail: '' })).not.toContain('```');
  });
});

describe('the descriptions of decisions', () => {
  it('hold an example in JSON, with a stage where the message takes one', () => {
    const { RetryStage, SkipStage, AbortCycle } = Message;
    const fields = [RetryStage, SkipStage, AbortCycle].map(({ description }) =>
      objectsIn(description).flatMap((example) => Object.keys(example as object)),
    );

    expect(fields).toEqual([
      ['stage', 'reason', 'actor'],
      ['stage', 'reason', 'actor'],
      ['reason', 'actor'],
    ]);
  });
});

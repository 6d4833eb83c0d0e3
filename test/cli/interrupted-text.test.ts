import { interruptedText } from '../../cli/interrupted-text.ts';

function text(isOwner: boolean, ...watched: string[]): string {
  return interruptedText({ ...SESSION, isOwner, watched: new Set(watched) });
}

const SESSION = { dataDirectory: '/data/there', image: null };

describe('interruptedText', () => {
  it('says of every long run in a stack that is up that it goes on, and how it is stopped', () => {
    const backfill = text(false, 'backfill/one');
    const replay = text(false, 'replay/one/2012-01-01_P12M');

    expect(backfill).toContain('backfill/one goes on in the stack that is up');
    expect(backfill).toContain('  strategy-loop run list --data-dir /data/there\n');
    expect(backfill).toContain('  strategy-loop run stop backfill/one --data-dir /data/there');
    // One text for both.
    expect(replay.replaceAll('replay/one/2012-01-01_P12M', 'backfill/one')).toBe(backfill);
  });

  it('says of a stack of its own that the same command goes on', () => {
    expect(text(true)).toBe(
      'interrupted; what was done is kept, and the same command goes on from there',
    );
    expect(text(true, 'backfill/one')).toContain('`strategy-loop up` goes on with it, too');
  });

  it('says of one cycle, which no command starts twice, what goes on with it', () => {
    const watched = new Set(['cycle/one/2012-01-01_2013-01-01']);

    expect(interruptedText({ ...SESSION, isOwner: true, watched, image: 'loop:1' })).toBe(
      'interrupted; what was done is kept, and cycle/one/2012-01-01_2013-01-01 goes on with ' +
        '`strategy-loop up --data-dir /data/there --image loop:1`',
    );
    expect(interruptedText({ ...SESSION, isOwner: true, watched: new Set(['report/one']) })).toBe(
      'interrupted; what was done is kept, and the same command goes on from there',
    );
  });

  it('offers no stop for one cycle, which has decisions of its own', () => {
    const cycle = text(false, 'cycle/one/2012-01-01_2013-01-01');

    expect(cycle).toContain('cycle status cycle/one/2012-01-01_2013-01-01');
    expect(cycle).not.toContain('run stop');
  });
});

import { count, duration, percent, ratio, signedPercent } from '../../jobs/analyze/page/format.ts';
import { promotionSentence, verdictSentence } from '../../jobs/analyze/page/verdict.ts';
import { someContest, someCycle, someGate, someStory } from './analyze-story.ts';

describe('verdictSentence', () => {
  it.each([
    [
      'wins',
      someContest(0.382, 0.21, 0.171),
      'The loop gained 38.2% after costs, with a largest drawdown of 5.0%. It did better than release 1 never retrained (+21.0%) and better than buy and hold (+17.1%).',
    ],
    [
      'loses',
      someContest(-0.0321, 0.21, 1.71),
      'The loop lost 3.2% after costs, with a largest drawdown of 5.0%. It did worse than release 1 never retrained (+21.0%) and worse than buy and hold (+171.0%).',
    ],
    [
      'is where it was',
      someContest(-0.0001, 0.0001, -0.5),
      'The loop ended where it began after costs, with a largest drawdown of 5.0%. It did the same as release 1 never retrained (0.0%) and better than buy and hold (−50.0%).',
    ],
  ])('stays honest when the loop %s', (_what, contest, sentence) => {
    expect(verdictSentence(contest)).toBe(sentence);
  });
});

describe('promotionSentence', () => {
  const kept = someCycle({ outcome: 'kept' });

  it.each([
    ['Of 1 challenger the gate published 1.', someStory()],
    [
      'Of 1 challenger the gate published none, so the loop still trades its first release.',
      someStory({ cycles: [kept] }),
    ],
    [
      'Of 2 challengers the gate published 1.',
      someStory({ cycles: [kept, someCycle()], gates: [someGate(), someGate()] }),
    ],
    ['No challenger has been judged yet.', someStory({ cycles: [], gates: [] })],
  ])('%s', (sentence, story) => {
    expect(promotionSentence(story)).toBe(sentence);
  });
});

describe('figures for people', () => {
  it.each([
    [signedPercent(0.38214), '+38.2%'],
    [signedPercent(-0.0321), '−3.2%'],
    [signedPercent(12.345), '+1,234.5%'],
    [signedPercent(-0.0004), '0.0%'],
    [signedPercent(0.0004), '0.0%'],
    [signedPercent(null), '–'],
    [percent(0.1214), '12.1%'],
    [percent(null), '–'],
    [ratio(-0.456), '−0.46'],
    [ratio(-0.004), '0.00'],
    [ratio(null), '–'],
    [count(1234567), '1,234,567'],
    [count(999), '999'],
    [duration(412.4), '412 ms'],
    [duration(999.6), '1.0 s'],
    [duration(59_960), '1 min 0 s'],
    [duration(125_000), '2 min 5 s'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { isHopeless, keepsAnswers, planLimits } from '../../../../src/quality/vision-plan/judge-plan.ts';

const about = (value: number, spread = 0) => ({ value, low: value - spread, high: value + spread });

describe('the limits of a plan', () => {
  const good = { pages: 17, predictions: 2000, agreement: about(0.997, 0.002), divergence: about(0.0008, 0.0002) };

  it('are 0.001 nats, 99.7 % and 2,000 predictions, each kept to the last', () => {
    expect(planLimits).toEqual({ divergence: 0.001, agreement: 0.997, predictions: 2000 });
    expect(keepsAnswers(good, planLimits)).toBe(true);
    expect(keepsAnswers({ ...good, predictions: 1999 }, planLimits)).toBe(false);
    expect(keepsAnswers({ ...good, agreement: about(0.9969, 0.002) }, planLimits)).toBe(false);
  });

  it('take the upper bound of the divergence, and the share of first tokens itself', () => {
    expect(keepsAnswers({ ...good, divergence: about(0.0008, 0.00021) }, planLimits)).toBe(false);
    expect(keepsAnswers({ ...good, agreement: { value: 0.997, low: 0.9, high: 1 } }, planLimits)).toBe(true);
  });
});

describe('a plan without hope', () => {
  const predictions = 2048;
  const hopeless = (passages: number, agreement: ReturnType<typeof about>, divergence: ReturnType<typeof about>): boolean =>
    isHopeless({ passages, positions: 128 * passages, agreement, divergence }, predictions, planLimits);
  const none = about(0);
  /** So many of the predictions read so far have another first token. */
  const lost = (count: number, passages: number) => about(1 - count / (128 * passages), 0.01);

  it('is one that lost more than it may lose on all pages, and not one fewer', () => {
    // 0.3 % of 2,048 predictions are 6.1.
    expect([hopeless(3, lost(6, 3), none), hopeless(3, lost(7, 3), none)]).toEqual([false, true]);
    expect([hopeless(11, lost(6, 11), none), hopeless(11, lost(7, 11), none)]).toEqual([false, true]);
    // 0.001 nats of 2,048 predictions are 0.004 of a quarter of them.
    expect([hopeless(4, about(1), about(0.0039, 0.01)), hopeless(4, about(1), about(0.0041, 0.01))]).toEqual([false, true]);
  });

  it('is not seen in one page, which gives no intervals', () => {
    expect(hopeless(1, lost(100, 1), about(5))).toBe(false);
    expect(hopeless(2, lost(100, 2), about(5))).toBe(true);
  });

  it('is one whose intervals leave none after six pages, where they are looked at once', () => {
    const short = { value: 0.9955, low: 0.99, high: 0.9969 };
    const far = { value: 0.0023, low: 0.0031, high: 0.004 };
    for (const pages of [5, 7, 16]) {
      expect(hopeless(pages, { ...short, value: 0.9982 }, none)).toBe(false);
      expect(hopeless(pages, about(1), { ...far, value: 0.0009 })).toBe(false);
    }
    expect([hopeless(6, short, none), hopeless(6, { ...short, high: 0.997 }, none)]).toEqual([true, false]);
    expect([hopeless(6, about(1), far), hopeless(6, about(1), { ...far, low: 0.003 })]).toEqual([true, false]);
  });
});

import type { Calibration } from '../../models/index.ts';

/** A score of which it is known whether it belongs to a right candidate. */
export interface Judged {
  score: number;
  isRight: boolean;
}

const steps = 50;

/**
 * Fits 1 / (1 + exp(-(slope · score + offset))) to judged scores by Newton's method, with targets a little inside of 0 and 1
 * (Platt 1999, section 2.2), so that a perfect ranker gets a finite slope. Without both kinds: slope 1, offset 0.
 */
export function calibrationOf(judged: readonly Judged[]): Calibration {
  const right = judged.filter(({ isRight }) => isRight).length;
  const wrong = judged.length - right;
  if (right === 0 || wrong === 0) return { slope: 1, offset: 0 };
  const [high, low] = [(right + 1) / (right + 2), 1 / (wrong + 2)];
  // Scores of another size than about 1 would need more steps.
  const scale = Math.max(
    1e-6,
    Math.sqrt(judged.reduce((sum, { score }) => sum + score ** 2, 0) / judged.length),
  );
  let [slope, offset] = [1, Math.log(right / wrong)];
  for (let step = 0; step < steps; step++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-9, 0, 1e-9];
    for (const { score, isRight } of judged) {
      const x = score / scale;
      const p = 1 / (1 + Math.exp(-(slope * x + offset)));
      const error = p - (isRight ? high : low);
      const curvature = p * (1 - p);
      ga += error * x;
      gb += error;
      haa += curvature * x * x;
      hab += curvature * x;
      hbb += curvature;
    }
    const determinant = haa * hbb - hab * hab;
    if (!(Math.abs(determinant) > 1e-12)) break;
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    // A step from far away can overshoot: it is bounded.
    const shrink = Math.min(1, 2 / Math.max(1e-12, Math.hypot(da, db)));
    slope -= da * shrink;
    offset -= db * shrink;
    if (Math.hypot(da, db) < 1e-9) break;
  }
  return { slope: slope / scale, offset };
}

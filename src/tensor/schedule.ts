/** The learning rate of a step; the first step is 1. */
export type Schedule = (step: number) => number;

export function constantRate(rate: number): Schedule {
  return () => rate;
}

/** From `rate` in a straight line to `floor`, reached at the step `steps` and kept. */
export function linearDecay(rate: number, steps: number, floor = 0): Schedule {
  return step => floor + (rate - floor) * (1 - share(step, steps));
}

/** From `rate` along half a cosine to `floor`, reached at the step `steps` and kept (Loshchilov & Hutter 2017). */
export function cosineDecay(rate: number, steps: number, floor = 0): Schedule {
  return step => floor + ((rate - floor) * (1 + Math.cos(Math.PI * share(step, steps)))) / 2;
}

/** Multiplies the rates of the first `steps` steps by 1/steps, 2/steps … 1. */
export function warmUp(steps: number, schedule: Schedule): Schedule {
  return step => schedule(step) * Math.min(1, step / Math.max(1, steps));
}

function share(step: number, steps: number): number {
  return Math.min(1, step / Math.max(1, steps));
}

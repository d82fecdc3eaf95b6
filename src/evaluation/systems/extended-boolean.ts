/**
 * The extended Boolean model, or p-norm (G. Salton, E. Fox, H. Wu: "Extended Boolean Information Retrieval", CACM
 * 26(11), 1983): AND and OR of weights in [0, 1] that give a value in [0, 1].
 *
 *   or(w)  = (Σ qᵢᵖ · wᵢᵖ / Σ qᵢᵖ)^(1/p)
 *   and(w) = 1 − (Σ qᵢᵖ · (1 − wᵢ)ᵖ / Σ qᵢᵖ)^(1/p)
 *
 * with p = 1 both are the mean, as in the vector space model; towards infinity they become minimum and maximum.
 * `importance` holds the qᵢ, all 1 if left out.
 */
export function pNormOr(weights: readonly number[], p: number, importance?: readonly number[]): number {
  let sum = 0;
  let total = 0;
  weights.forEach((weight, i) => {
    const q = (importance?.[i] ?? 1) ** p;
    sum += q * weight ** p;
    total += q;
  });
  return total === 0 ? 0 : (sum / total) ** (1 / p);
}

/** See `pNormOr`. */
export function pNormAnd(weights: readonly number[], p: number, importance?: readonly number[]): number {
  return weights.length === 0
    ? 0
    : 1 -
        pNormOr(
          weights.map(w => 1 - w),
          p,
          importance,
        );
}

/**
 * What one run of a denoising network on one set of latents takes, by the number of cells (height · width of the
 * latents).
 */
export interface DenoiserCost {
  /**
   * Floating-point operations: flops = once + perCell · cells + perPair · cells², a product and a sum counted as two.
   */
  readonly flopsOnce: number
  readonly flopsPerCell: number
  /** Self-attention compares every place with every other. */
  readonly flopsPerPair: number
  /** Bytes of float32 values that are alive at the worst moment, for each cell. */
  readonly bytesPerCell: number
}

/** Floating-point operations of one run on one set of latents of so many cells. */
export function flopsOf(
  { flopsOnce, flopsPerCell, flopsPerPair }: Omit<DenoiserCost, 'bytesPerCell'>,
  cells: number,
): number {
  return flopsOnce + flopsPerCell * cells + flopsPerPair * cells ** 2
}

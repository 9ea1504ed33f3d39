/** The learning rate of each step; steps count from 0. */
export type LearningRate = (step: number) => number

export interface ScheduleOptions {
  readonly peak: number
  /** Steps over which the rate rises from 0 to its peak. Default 0. */
  readonly warmup?: number
  /** Steps of the whole training; the rate stays at `floor` after them. */
  readonly total: number
  /** The rate at the end. Default 0. */
  readonly floor?: number
}

export const constantRate =
  (rate: number): LearningRate =>
  () =>
    rate

/** Rises to the peak, then stays there. */
export const warmupRate =
  (peak: number, warmup: number): LearningRate =>
  (step) =>
    peak * Math.min(1, (step + 1) / Math.max(1, warmup))

/** Rises to the peak, then falls along half a cosine (Loshchilov & Hutter 2017, without restarts). */
export const cosineRate = (options: ScheduleOptions): LearningRate =>
  decaying(options, (progress) => (1 + Math.cos(Math.PI * progress)) / 2)

/** Rises to the peak, then falls in a line. */
export const linearRate = (options: ScheduleOptions): LearningRate => decaying(options, (progress) => 1 - progress)

function decaying(
  { peak, warmup = 0, total, floor = 0 }: ScheduleOptions,
  share: (progress: number) => number,
): LearningRate {
  return (step) => {
    if (step < warmup) return (peak * (step + 1)) / warmup
    const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup))
    return floor + (peak - floor) * share(progress)
  }
}

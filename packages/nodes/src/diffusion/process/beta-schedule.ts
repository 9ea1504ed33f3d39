/** How a diffusion model was trained to lose its signal: the names that checkpoints' configurations use. */
export const betaScheduleNames = ['linear', 'scaled_linear', 'squaredcos_cap_v2'] as const
export type BetaScheduleName = (typeof betaScheduleNames)[number]

export interface BetaSchedule {
  readonly name: BetaScheduleName
  readonly timesteps: number
  /** Used by the two linear schedules only. */
  readonly betaStart: number
  readonly betaEnd: number
}

/** Stable Diffusion's training schedule. */
export const stableDiffusionBetas: BetaSchedule = {
  name: 'scaled_linear',
  timesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
}

function betasOf({ name, timesteps, betaStart, betaEnd }: BetaSchedule): Float64Array {
  const line = (start: number, end: number, i: number): number =>
    timesteps === 1 ? start : start + ((end - start) * i) / (timesteps - 1)
  switch (name) {
    case 'linear':
      return Float64Array.from({ length: timesteps }, (_, i) => line(betaStart, betaEnd, i))
    case 'scaled_linear':
      return Float64Array.from({ length: timesteps }, (_, i) => line(Math.sqrt(betaStart), Math.sqrt(betaEnd), i) ** 2)
    case 'squaredcos_cap_v2': {
      // Nichol and Dhariwal (2021), eq. 17, capped at 0.999.
      const signal = (t: number): number => Math.cos((((t / timesteps + 0.008) / 1.008) * Math.PI) / 2) ** 2
      return Float64Array.from({ length: timesteps }, (_, i) => Math.min(1 - signal(i + 1) / signal(i), 0.999))
    }
    default:
      return name satisfies never
  }
}

/**
 * The smallest ᾱ of a zero-terminal-SNR schedule: not 0, so that the first sigma (about 4519) stays finite. The value
 * of the programs that people run single files in; diffusers has 2⁻²⁴.
 */
const usualTerminalSignal = 4.8973451890853435e-8

/**
 * Training sigmas √((1 − ᾱ) / ᾱ), ascending, one a timestep. With `zeroTerminalSnr`, √ᾱ is shifted and scaled so that
 * the last timestep holds no signal but `terminalSignal` (Lin et al. 2024, Algorithm 1).
 */
export function trainingSigmas(
  schedule: BetaSchedule,
  zeroTerminalSnr = false,
  terminalSignal = usualTerminalSignal,
): number[] {
  let product = 1
  let signals = [...betasOf(schedule)].map((beta) => (product *= 1 - beta))
  if (zeroTerminalSnr) {
    const first = Math.sqrt(signals[0] ?? 1)
    const last = Math.sqrt(signals.at(-1) ?? 0)
    signals = signals.map((signal) =>
      Math.max(terminalSignal, (((Math.sqrt(signal) - last) * first) / (first - last)) ** 2),
    )
  }
  return signals.map((signal) => Math.sqrt((1 - signal) / signal))
}

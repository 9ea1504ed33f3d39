import { numberAt } from '@patchbay/onnx/tensor'
import { roundHalfToEven } from '../maths/rounding.ts'

/** Noise levels from a text, split by commas, spaces or lines. Throws a SyntaxError that says what is wrong. */
export function parseSigmas(text: string): number[] {
  const [mistake] = findSigmaMistake(text)
  if (mistake) throw new SyntaxError(mistake.message)
  return partsOf(text).map(Number)
}

/** What is wrong with noise levels as written; nothing when they fall, and end at 0 or above. */
export function findSigmaMistake(text: string): { input: 'levels'; message: string }[] {
  const parts = partsOf(text)
  const levels = parts.map(Number)
  const wrong = parts.find((_, i) => !Number.isFinite(levels[i]))
  const complain = (message: string) => [{ input: 'levels' as const, message }]
  if (wrong !== undefined) return complain(`${JSON.stringify(wrong)} is no number.`)
  if (levels.length < 2) return complain('A run has at least two noise levels: where it begins and where it ends.')
  const rising = levels.findIndex((level, i) => i > 0 && level >= numberAt(levels, i - 1))
  if (rising > 0)
    return complain(`Noise levels fall from step to step, but ${levels[rising]} comes after ${levels[rising - 1]}.`)
  return (levels.at(-1) ?? 0) < 0 ? complain('Noise levels end at 0 or above.') : []
}

/** Noise levels from low to high, for a run that adds noise: a lowest one of 0 becomes a little one. */
export function flippedSigmas(sigmas: readonly number[]): readonly number[] {
  const [first, ...rest] = sigmas.toReversed()
  return first === undefined ? [] : [first === 0 ? 1e-4 : first, ...rest]
}

/** Noise levels in two: those before the last share of the steps, and those of it. The one between is in both. */
export function splitByShare(
  sigmas: readonly number[],
  share: number,
): { readonly high: readonly number[]; readonly low: readonly number[] } {
  const kept = roundHalfToEven(Math.max(0, sigmas.length - 1) * share)
  return { high: kept === 0 ? [] : sigmas.slice(0, sigmas.length - kept), low: sigmas.slice(sigmas.length - kept - 1) }
}

/** How levels lie between two: evenly, or thicker at the start or the end. */
export const sigmaSpacings = ['linear', 'cosine', 'sine'] as const
export type SigmaSpacing = (typeof sigmaSpacings)[number]
const places: Record<SigmaSpacing, (share: number) => number> = {
  linear: (share) => share,
  cosine: (share) => Math.sin((share * Math.PI) / 2),
  sine: (share) => 1 - Math.cos((share * Math.PI) / 2),
}

/** Each step that begins at a level from `lowest` to `highest` in so many steps. */
export function extendedSigmas(
  sigmas: readonly number[],
  steps: number,
  spacing: SigmaSpacing,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
): readonly number[] {
  return sigmas.flatMap((sigma, i) => {
    const next = sigmas[i + 1]
    if (next === undefined || sigma < lowest || sigma > highest) return [sigma]
    return Array.from({ length: steps }, (_, k) => sigma + places[spacing](k / steps) * (next - sigma))
  })
}

function partsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== '')
}

import { numberAt } from '@patchbay/onnx/tensor'
import type { Phone } from '../speech/phones.ts'
import type { Mouth } from './drawn-mouth.ts'

/** How lips stand for sounds that look alike: openness, width, roundness. */
type Viseme = readonly [openness: number, width: number, roundness: number]

const visemes = {
  rest: [0, 0.5, 0],
  lips: [0, 0.45, 0],
  teeth: [0.1, 0.5, 0],
  tongue: [0.2, 0.5, 0],
  hiss: [0.14, 0.6, 0],
  hush: [0.22, 0.25, 0.5],
  back: [0.3, 0.5, 0.1],
  round: [0.28, 0.1, 0.8],
  oh: [0.55, 0.25, 0.8],
  ah: [0.85, 0.5, 0.2],
  eh: [0.5, 0.65, 0.1],
  ee: [0.28, 0.9, 0],
} as const satisfies Record<string, Viseme>

/** Of each phone; two for a diphthong, which moves from one to the other. */
const visemesOf: Readonly<Record<string, readonly (keyof typeof visemes)[]>> = {
  pau: ['rest'],
  ...same('lips', 'p b m'),
  ...same('teeth', 'f v'),
  ...same('tongue', 'th dh t d n l'),
  ...same('hiss', 's z'),
  ...same('hush', 'ch jh sh zh'),
  ...same('back', 'k g ng hh y'),
  ...same('round', 'r er w uw uh'),
  ...same('oh', 'ao'),
  ...same('ah', 'aa ah'),
  ...same('eh', 'ae eh ax'),
  ...same('ee', 'iy ih'),
  aw: ['ah', 'round'],
  ay: ['ah', 'ee'],
  ey: ['eh', 'ee'],
  ow: ['oh', 'round'],
  oy: ['oh', 'ee'],
}

function same(viseme: keyof typeof visemes, phones: string): Record<string, readonly (keyof typeof visemes)[]> {
  return Object.fromEntries(phones.split(' ').map((phone) => [phone, [viseme]]))
}

/** Seconds over which lips move from one sound to the next. */
const motion = 0.06

/**
 * The mouth of each frame while the phones are said: the mean of what lips do over 60 ms round the middle of the frame.
 * Before the first phone and after the last one it rests.
 */
export function mouthTrack(phones: readonly Phone[], frames: number, fps: number, curve: number): Mouth[] {
  const stands = phones.flatMap(({ name, from, to }) => {
    const looks = visemesOf[name] ?? ['rest']
    const length = (to - from) / looks.length
    return looks.map((look, i) => ({ look: visemes[look], from: from + i * length, to: from + (i + 1) * length }))
  })
  return Array.from({ length: frames }, (_, frame) => {
    const middle = (frame + 0.5) / fps
    const [first, last] = [middle - motion / 2, middle + motion / 2]
    const shares = stands.map(({ from, to }) => Math.max(0, Math.min(to, last) - Math.max(from, first)) / motion)
    const rest = Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0))
    const meanOf = (numberOf: (viseme: Viseme) => number): number => {
      const spoken = stands.reduce((sum, { look }, i) => sum + numberAt(shares, i) * numberOf(look), 0)
      return Math.min(1, Math.max(0, spoken + rest * numberOf(visemes.rest)))
    }
    const openness = meanOf(([value]) => value)
    const width = meanOf(([, value]) => value)
    const roundness = meanOf(([, , value]) => value)
    return { curve, openness, width, roundness }
  })
}

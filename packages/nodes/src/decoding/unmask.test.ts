import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { referenceInput } from '../testing/reference-models.ts'
import { indexOfLargest } from './sample-token.ts'
import { maskedShare, masksAfter, passTemperatures, type UnmaskSchedule } from './unmask.ts'

interface Reference {
  readonly schedule: UnmaskSchedule
  readonly passes: number
  readonly temperature: number
  readonly startShare: number
  readonly places: number
  readonly codes: number
  readonly masks: readonly (readonly number[])[]
}
const file = new URL('../../../../tests/reference/vectors/unmask.json', import.meta.url)
const references = JSON.parse(readFileSync(file, 'utf8')) as readonly Reference[]

/** The same numbers as `uniform` of the script that made the references. */
const uniform = (name: string, count: number): Float32Array =>
  referenceInput(name, count).map((value) => value / Math.fround(1.7))

/** The probability of the likeliest code of each place. */
function likeliest(logits: Float32Array, codes: number): Float32Array {
  return Float32Array.from({ length: logits.length / codes }, (_, place) => {
    const own = logits.subarray(place * codes, (place + 1) * codes)
    const largest = own[indexOfLargest(own)] ?? 0
    return 1 / own.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)
  })
}

describe('the masks after each pass', () => {
  test.each(references)("are those of diffusers' AmusedScheduler: $passes $schedule passes", (reference) => {
    const { schedule, passes, temperature, startShare, places, codes, masks } = reference
    let isMasked = Array.from({ length: places }, (_, place) => place < places * startShare)
    const temperatures = passTemperatures(temperature, 0, passes)
    for (let pass = 0; pass < passes; pass++) {
      const name = `${schedule}.${passes}`
      const logits = uniform(`${name}.logits.${pass}`, places * codes).map((value) => value * 3)
      isMasked = [
        ...masksAfter({
          probabilities: likeliest(logits, codes),
          isMasked,
          draws: uniform(`${name}.draws.${pass}`, places).map((value) => (value + 1) / 2),
          pass,
          passes,
          schedule,
          temperature: temperatures[pass] ?? 0,
          startShare,
        }),
      ]
      expect(isMasked.map(Number)).toEqual(masks[pass])
    }
  })

  test('are as many as the cosine says, and none after the last pass', () => {
    const share = Array.from({ length: 4 }, (_, pass) => maskedShare('cosine', pass, 4))
    expect(share.map((value) => value.toFixed(3))).toEqual(['0.924', '0.707', '0.383', '-0.000'])
    const probabilities = Float32Array.from({ length: 64 }, (_, place) => (place + 1) / 65)
    const options = {
      probabilities,
      draws: new Float32Array(64).fill(0.5),
      passes: 4,
      schedule: 'cosine',
      temperature: 0,
    } as const
    const masked = masksAfter({ ...options, isMasked: Array.from({ length: 64 }, () => true), pass: 1 })
    expect(masked.filter(Boolean).length).toBe(Math.floor(64 * Math.SQRT1_2))
    expect(masked.indexOf(false)).toBe(45)
    expect(masksAfter({ ...options, isMasked: masked, pass: 3 })).not.toContain(true)
  })

  test('never cover a place that was not masked, however hot the noise', () => {
    const isMasked = Array.from({ length: 32 }, (_, place) => place % 2 === 0)
    const draws = Float32Array.from({ length: 32 }, (_, place) => (place % 2 === 0 ? 0.9999999 : 0))
    const after = masksAfter({
      probabilities: new Float32Array(32).fill(0.1),
      isMasked,
      draws,
      pass: 0,
      passes: 8,
      schedule: 'cosine',
      temperature: 50,
    })
    expect(after.filter((masked, place) => masked && place % 2 === 1)).toEqual([])
  })
})

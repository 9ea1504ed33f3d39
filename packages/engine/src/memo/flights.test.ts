import { describe, expect, test } from 'vitest'
import { createMemoryMemoStore, Float } from '../index.ts'
import type { Flight } from './flights.ts'
import { Flights } from './flights.ts'
import { keyOf } from './fingerprint-key.ts'
import { LastPartsOfRuns } from './last-parts.ts'

/** Alike in the digits that make the key. */
const twins = ['AAAAA-one', 'AAAAA-two'] as const
const flightOf = (fingerprint: string) => ({ fingerprint, passengers: undefined }) as unknown as Flight

describe('two fingerprints of one key', () => {
  test('have the same key, and most others do not', () => {
    expect(keyOf(twins[0])).toBe(keyOf(twins[1]))
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    expect(new Set([...digits].map((digit) => keyOf(`x${digit}yzw`))).size).toBe(digits.length)
  })

  test('are never taken for one another by the memory memo: the later stays', () => {
    const store = createMemoryMemoStore()
    for (const [value, twin] of twins.entries()) store.set(twin, { value }, { value: Float })
    expect(twins.map((twin) => store.get(twin, { value: Float }))).toEqual([
      undefined,
      { results: { value: 1 }, from: 'memory' },
    ])
    expect(store.size).toBe(1)
  })

  test('do not wait for one another: the later is computed for itself, and its landing leaves the first', () => {
    const flights = new Flights()
    const [first, second] = [flightOf(twins[0]), flightOf(twins[1])]
    flights.add(twins[0], first)
    flights.add(twins[1], second)
    expect([flights.get(twins[0]), flights.get(twins[1])]).toEqual([first, undefined])
    flights.delete(twins[1], second)
    expect(flights.size).toBe(1)
    flights.delete(twins[0], first)
    expect(flights.size).toBe(0)
  })
})

test('a run looks back at earlier runs of its workflow, not at itself', () => {
  const parts = { type: 'Add', version: 1, values: {}, own: '', links: [] }
  const runs = new LastPartsOfRuns()
  const first = runs.forRun()
  first.add('a', parts)
  expect(first.get('a')).toBeUndefined()
  const second = runs.forRun()
  second.add('b', { ...parts, version: 2 })
  expect([second.get('a'), runs.forRun().get('b')?.version]).toEqual([parts, 2])
})

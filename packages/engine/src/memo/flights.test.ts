import { describe, expect, test } from 'vitest'
import { createMemoryMemoStore, Float } from '../index.ts'
import type { PlannedNode } from '../planning/planned-node.ts'
import { Flights } from './flights.ts'
import { keyOf } from './fingerprint-key.ts'
import { LastPartsOfRuns } from './last-parts.ts'

/** Alike in the digits that make the key. */
const twins = ['AAAAA-one', 'AAAAA-two'] as const
const nodesWith = (fingerprints: readonly string[]) => ({
  nodeAt: (rank: number) => ({ rank }) as PlannedNode,
  fingerprintAt: (rank: number) => fingerprints[rank],
})

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

  test('do not wait for one another: the later is computed for itself, and its end leaves the first', () => {
    const flights = new Flights()
    const run = flights.open(nodesWith(twins))
    run.begin(0, twins[0])
    run.begin(1, twins[1])
    expect(twins.map((twin) => flights.find(twin)?.rank)).toEqual([0, undefined])
    run.end(1, twins[1], {})
    expect(flights.find(twins[0])).toEqual({ of: run, rank: 0 })
    run.end(0, twins[0], {})
    expect(flights.size).toBe(0)
  })
})

describe('a node in flight', () => {
  test('is found by every run, and tells its waiters once what it came to', () => {
    const flights = new Flights()
    const [first, second] = [flights.open(nodesWith(['a'])), flights.open(nodesWith(['b', 'c']))]
    first.begin(0, 'a')
    second.begin(1, 'c')
    expect(['a', 'b', 'c'].map((one) => flights.find(one))).toEqual([
      { of: first, rank: 0 },
      undefined,
      { of: second, rank: 1 },
    ])
    const heard: unknown[] = []
    for (const waiter of [1, 2]) second.wait(1, (results) => heard.push([waiter, results]))
    second.end(1, 'c', { value: 3 })
    second.end(1, 'c', { value: 4 })
    expect(heard).toEqual([
      [1, { value: 3 }],
      [2, { value: 3 }],
    ])
    expect(flights.find('c')).toBeUndefined()
  })

  test('of a run that is over comes to nothing', () => {
    const flights = new Flights()
    const run = flights.open(nodesWith(['a']))
    run.begin(0, 'a')
    const heard: unknown[] = []
    run.wait(0, (results) => heard.push(results))
    flights.close(run)
    expect([heard, flights.find('a'), flights.size]).toEqual([[undefined], undefined, 0])
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

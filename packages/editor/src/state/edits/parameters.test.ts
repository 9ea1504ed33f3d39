import { expect, test } from 'vitest'
import { workflowOf } from '../../testing/manifests.ts'
import { setParameter } from './parameters.ts'

const empty = workflowOf({})

test('an input that is chosen for the app view is an argument under its own name', () => {
  expect(setParameter(empty, '3', 'seed', 'Seed', true).parameters).toEqual({
    seed: { node: '3', input: 'seed', label: 'Seed' },
  })
})

test('a name that is taken gets a number', () => {
  const one = setParameter(empty, '3', 'seed', 'Seed', true)
  expect(Object.keys(setParameter(one, '4', 'seed', 'Seed', true).parameters ?? {})).toEqual(['seed', 'seed2'])
})

test('taking the last one out leaves a document without parameters', () => {
  const one = setParameter(empty, '3', 'seed', 'Seed', true)
  expect(setParameter(one, '3', 'seed', 'Seed', false)).not.toHaveProperty('parameters')
})

test('choosing what is chosen, or leaving out what is not, changes nothing', () => {
  const one = setParameter(empty, '3', 'seed', 'Seed', true)
  expect(setParameter(one, '3', 'seed', 'Seed', true)).toBe(one)
  expect(setParameter(empty, '3', 'seed', 'Seed', false)).toBe(empty)
})

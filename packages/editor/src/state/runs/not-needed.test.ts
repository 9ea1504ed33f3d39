import { expect, test } from 'vitest'
import { pictureWorkflow } from '../../testing/manifests.ts'
import { reusedBelow } from './not-needed.ts'

test('a node was not needed because of the reused one that it feeds', () => {
  const nodes = { 3: { state: 'reused' }, 4: { state: 'finished' } } as const
  expect(reusedBelow(pictureWorkflow, nodes, '1')).toBe('3')
  expect(reusedBelow(pictureWorkflow, nodes, '3')).toBeUndefined()
})

test('also through others that were passed over', () => {
  expect(reusedBelow(pictureWorkflow, { 4: { state: 'reused' } }, '1')).toBe('4')
})

test('what feeds nothing reused simply did not run', () => {
  expect(reusedBelow(pictureWorkflow, { 3: { state: 'finished' } }, '1')).toBeUndefined()
})

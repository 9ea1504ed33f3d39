import { freemem, totalmem } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { freeMemory, totalMemory } from './memory.ts'

afterEach(() => vi.restoreAllMocks())

const inContainerOf = (bytes: number): void => void vi.spyOn(process, 'constrainedMemory').mockReturnValue(bytes)

test('memory is the machine’s where no container holds the process', () => {
  inContainerOf(2 ** 64)
  expect(totalMemory()).toBe(totalmem())
  expect(freeMemory() / freemem()).toBeCloseTo(1, 1)
  inContainerOf(0)
  expect(totalMemory()).toBe(totalmem())
})

test('in a container it is what the container allows, without what the process holds itself', () => {
  const limit = 2 ** 29
  inContainerOf(limit)
  expect(totalMemory()).toBe(limit)
  expect(freeMemory()).toBeLessThan(limit - 2 ** 23)
  inContainerOf(1)
  expect(freeMemory()).toBe(0)
})

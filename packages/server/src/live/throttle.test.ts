import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunEvent } from '@patchbay/engine/workflow'
import { createThrottle } from './throttle.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const step = (at: number, node = 'n'): RunEvent => ({ type: 'node-progress', node, step: at, steps: 1000 })
function record() {
  const messages: (readonly RunEvent[])[] = []
  const throttle = createThrottle((events) => messages.push(events), 100)
  const steps = () => messages.flat().flatMap((event) => (event.type === 'node-progress' ? [event.step] : []))
  return { throttle, messages, steps }
}

test('a thousand fast steps become a few, the first and the last among them', () => {
  const { throttle, steps } = record()
  for (let at = 1; at <= 1000; at++) {
    throttle.push(step(at))
    vi.advanceTimersByTime(1)
  }
  expect(steps().length).toBeLessThan(15)
  expect([steps()[0], steps().at(-1)]).toEqual([1, 1000])
})

test('the newest of an interval is told even when nothing follows it', () => {
  const { throttle, steps } = record()
  for (const at of [1, 2, 3]) throttle.push(step(at))
  vi.advanceTimersByTime(200)
  expect(steps()).toEqual([1, 3])
})

test('what is kept is never dropped, and progress never comes after the end of its node', () => {
  const { throttle, messages } = record()
  throttle.push(step(1))
  throttle.push(step(2))
  throttle.push({ type: 'node-finished', node: 'n', ms: 1 })
  vi.advanceTimersByTime(500)
  expect(messages).toHaveLength(1)
  expect(messages.flat().map(({ type }) => type)).toEqual(['node-progress', 'node-finished'])
})

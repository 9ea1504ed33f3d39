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

const picture = (bytes: number, index = 0): RunEvent => ({
  type: 'node-preview',
  node: 'n',
  preview: { mime: 'image/png', width: 8, height: 8, index, bytes: new Uint8Array(bytes) },
})
const picturesIn = (messages: readonly (readonly RunEvent[])[]) =>
  messages.flat().flatMap((event) => (event.type === 'node-preview' ? [event.preview.bytes.length] : []))

test('a node that finishes is left with its last preview, one that fails with none that came too soon', () => {
  const finished = record()
  for (const bytes of [1, 2, 3]) finished.throttle.push(picture(bytes))
  finished.throttle.push({ type: 'node-finished', node: 'n', ms: 1 })
  const failed = record()
  for (const bytes of [1, 2, 3]) failed.throttle.push(picture(bytes))
  failed.throttle.push({ type: 'node-failed', node: 'n', error: { code: 'node-failed', node: 'n', message: 'no' } })
  vi.advanceTimersByTime(500)
  expect([picturesIn(finished.messages), picturesIn(failed.messages)]).toEqual([[1, 3], [1]])
  expect(finished.messages.flat().at(-1)?.type).toBe('node-finished')
})

test('the pictures of a batch do not drive one another out', () => {
  const { throttle, messages } = record()
  for (const index of [0, 1, 2]) throttle.push(picture(index + 1, index))
  vi.advanceTimersByTime(50)
  expect(picturesIn(messages)).toEqual([1, 2, 3])
})

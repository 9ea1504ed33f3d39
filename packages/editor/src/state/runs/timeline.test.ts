import { describe, expect, test } from 'vitest'
import { applyEvent, startRun, type JobRun } from './run.ts'
import { timelineOf } from './timeline.ts'

function halfway(): JobRun {
  let run = startRun('job1')
  run = applyEvent(run, { type: 'job-started', device: 'cpu', attempt: 1 }, 1000)
  run = applyEvent(run, { type: 'node-reused', node: '1', from: 'disk' }, 1010)
  run = applyEvent(run, { type: 'node-started', node: '2' }, 1020)
  run = applyEvent(run, { type: 'node-finished', node: '2', ms: 300 }, 1330)
  return applyEvent(run, { type: 'node-started', node: '3' }, 1400)
}

describe('the timeline of a run', () => {
  test('has what is done and what runs, each from its start', () => {
    expect(timelineOf(halfway(), 2000)).toEqual([
      { node: '1', state: 'reused', start: 10, end: 10 },
      { node: '2', state: 'finished', start: 20, end: 320 },
      { node: '3', state: 'running', start: 400, end: 1000 },
    ])
  })
  test('grows while a node runs', () => {
    const lengthAt = (now: number) => timelineOf(halfway(), now).at(-1)?.end
    expect(lengthAt(3000)).toBe(2000)
    expect(lengthAt(1)).toBe(400)
  })
  test('ends a node where it failed', () => {
    const error = { code: 'node-failed', message: 'No.' }
    const failed = applyEvent(halfway(), { type: 'node-failed', node: '3', error }, 1450)
    expect(timelineOf(failed, 9000).at(-1)).toEqual({ node: '3', state: 'failed', start: 400, end: 450 })
  })
})

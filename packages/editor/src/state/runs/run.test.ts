import { expect, test } from 'vitest'
import type { ArtifactRef, WireRunEvent } from '@patchbay/engine/workflow'
import type { JobEvent } from '@patchbay/client'
import { applyEvent, applyPreview, pictureAspect, runOfInner, startRun, type JobRun, warningsOfInner } from './run.ts'

const image: ArtifactRef = {
  hash: 'sha256:1',
  name: 'a.png',
  mime: 'image/png',
  bytes: 1,
  kind: 'image',
  width: 20,
  height: 10,
}

function runOf(events: readonly (JobEvent | WireRunEvent)[], before = startRun('j')): JobRun {
  return events.reduce((run, event, index) => applyEvent(run, event, 1000 + index), before)
}

test('a run is counted and each node says what became of it', () => {
  const run = runOf([
    { type: 'job-started', device: 'cpu', attempt: 1 },
    { type: 'run-started', nodes: 3 },
    { type: 'node-reused', node: '1', from: 'memory' },
    { type: 'node-started', node: '2' },
    { type: 'node-progress', node: '2', step: 3, steps: 20 },
  ])
  expect(run).toMatchObject({ state: 'running', total: 3, done: 1, device: 'cpu' })
  expect(run.nodes['1']).toMatchObject({ state: 'reused', reusedFrom: 'memory' })
  expect(run.nodes['2']).toMatchObject({ state: 'running', step: 3, steps: 20 })
})

test('a node says what it warned of, or what the nodes inside it did, once', () => {
  const warned = (node: string, message: string) => ({ type: 'node-warned' as const, node, message })
  const run = runOf([warned('2', 'a'), warned('2', 'a'), warned('2/5', 'b'), warned('20', 'c')])
  expect(warningsOfInner(run, '2')).toBe('a\nb')
  expect(startRun('k', run).warnings).toEqual({})
})

test('a preview stands on the node until the kept picture takes its place', () => {
  const running = runOf([{ type: 'job-started', device: 'cpu', attempt: 1 }])
  const header = { job: 'j', node: '2', mime: 'image/jpeg', width: 8, height: 8, index: 0 }
  const shown = applyPreview(applyPreview(running, header, Uint8Array.of(1)), header, Uint8Array.of(2))
  expect(shown.pictures['2']).toHaveLength(1)
  const kept = applyEvent(shown, { type: 'node-artifact', node: '2', artifact: image }, 0)
  expect(kept.pictures['2']).toEqual([{ kind: 'artifact', artifact: image }])
  expect(pictureAspect(kept.pictures['2'])).toBe(2)
})

test('pictures of the run before stay where they are when another begins, so that nothing jumps', () => {
  const first = runOf([{ type: 'node-artifact', node: '2', artifact: image }])
  const next = startRun('k', first)
  expect(next.pictures).toBe(first.pictures)
  expect(next.artifacts).toEqual({})
})

test('nothing runs any more when the job was cancelled', () => {
  const run = runOf([
    { type: 'job-started', device: 'cpu', attempt: 1 },
    { type: 'node-started', node: '1' },
    { type: 'job-cancelled' },
  ])
  expect(run.nodes).toEqual({})
  expect(run.state).toBe('cancelled')
})

test('a job that is started again after a crash begins anew', () => {
  const run = runOf([
    { type: 'job-started', device: 'cpu', attempt: 1 },
    { type: 'node-finished', node: '1', ms: 5 },
    { type: 'job-requeued', reason: 'crash' },
    { type: 'job-started', device: 'cpu', attempt: 2 },
  ])
  expect(run).toMatchObject({ done: 0, nodes: {}, state: 'running' })
})

test('a sub-workflow shows what happens inside it, failures first', () => {
  const run = runOf([
    { type: 'node-started', node: '4/1' },
    { type: 'node-failed', node: '4/2', error: { code: 'x', message: 'bad' } },
  ])
  expect(runOfInner(run, '4')?.state).toBe('failed')
})

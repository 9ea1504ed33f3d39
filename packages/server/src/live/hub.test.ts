import { describe, expect, test } from 'vitest'
import type { ServerMessage, JobMessage, JobEvent } from '../api/api-types.ts'
import type { EventLog } from '../store/event-log.ts'
import { createHub } from './hub.ts'

/** A log in memory whose reads take a turn, as those of a network do. */
function makeLog() {
  const kept: JobMessage[] = []
  const reads = { count: 0 }
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const log: Pick<EventLog, 'after' | 'newest'> = {
    async after(seq, limit, jobs) {
      reads.count++
      await turn()
      const later = kept.filter((message) => (message.seq ?? 0) > seq && (jobs?.includes(message.job) ?? true))
      return later.slice(0, limit)
    },
    newest: async () => kept.length,
  }
  const append = (job: string, event: JobEvent): JobMessage => {
    const message: JobMessage = { type: 'job', seq: kept.length + 1, job, at: 0, event }
    kept.push(message)
    return message
  }
  return { log, append, reads }
}
/** Until what is read from the log has been sent. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function makeHub() {
  const { log, append, reads } = makeLog()
  const hub = createHub(log)
  const say = (job: string) => hub.publish([append(job, { type: 'job-succeeded' })])
  const progress = (job: string) =>
    hub.publish([{ type: 'job', job, at: 0, event: { type: 'node-progress', node: 'n', step: 1, steps: 2 } }])
  const start = (job: string) =>
    hub.publish([{ type: 'job', job, at: 0, event: { type: 'job-started', device: 'cpu', attempt: 1 } }])
  const makeViewer = () => {
    const seen: ServerMessage[] = []
    const frames: Uint8Array[] = []
    const sink = {
      full: false,
      failed: 0,
      send: (_text: string, message: ServerMessage) => void seen.push(message),
      sendBytes: (frame: Uint8Array) => void frames.push(frame),
      congested: () => sink.full,
      fail: () => void sink.failed++,
    }
    const numbers = () => seen.flatMap((message) => (message.type === 'job' ? [message.seq] : []))
    return { viewer: hub.view(sink), sink, seen, frames, numbers }
  }
  return { hub, say, start, progress, makeViewer, reads }
}

describe('a viewer', () => {
  test('hears from now on, or everything after a number first', async () => {
    const { say, makeViewer } = makeHub()
    for (let i = 0; i < 3; i++) say('a')
    const [late, replaying] = [makeViewer(), makeViewer()]
    late.viewer.subscribe({})
    await settled()
    replaying.viewer.subscribe({ after: 1 })
    await settled()
    say('a')
    expect(late.numbers()).toEqual([4])
    expect(replaying.numbers()).toEqual([2, 3, 4])
  })

  test('replays more than a page without a gap or a repeat', async () => {
    const { say, makeViewer } = makeHub()
    for (let i = 0; i < 1203; i++) say('a')
    const { viewer, numbers } = makeViewer()
    viewer.subscribe({ after: 0 })
    await settled()
    expect(numbers()).toEqual(Array.from({ length: 1203 }, (_, i) => i + 1))
  })

  test('that is slow costs no memory and loses nothing: it catches up from the log', async () => {
    const { say, progress, makeViewer } = makeHub()
    const { viewer, sink, numbers } = makeViewer()
    viewer.subscribe({})
    await settled()
    say('a')
    sink.full = true
    say('a')
    progress('a')
    say('a')
    expect(numbers()).toEqual([1])
    sink.full = false
    say('a')
    expect(numbers()).toEqual([1])
    viewer.resume()
    await settled()
    expect(numbers()).toEqual([1, 2, 3, 4])
    progress('a')
    expect(numbers()).toEqual([1, 2, 3, 4, undefined])
  })

  test('hears only of the jobs it asked for, previews only if it asked', async () => {
    const { hub, say, makeViewer } = makeHub()
    const header = { job: 'a', node: 'n', mime: 'image/jpeg', width: 1, height: 1, index: 0 }
    const [a, b] = [makeViewer(), makeViewer()]
    a.viewer.subscribe({ jobs: ['a'], previews: true })
    await settled()
    b.viewer.subscribe({ jobs: ['b'] })
    await settled()
    say('a')
    say('b')
    hub.publishPreview(header, Uint8Array.of(1))
    expect([a.numbers(), b.numbers()]).toEqual([[1], [2]])
    expect([a.frames.length, b.frames.length]).toEqual([1, 0])
  })

  test('that comes in the middle of a run begins with what was said last: a step of each node, and its pictures', async () => {
    const { hub, say, start, progress, makeViewer } = makeHub()
    start('a')
    const picture = (index: number, byte: number) =>
      hub.publishPreview({ job: 'a', node: 'n', mime: 'image/jpeg', width: 1, height: 1, index }, Uint8Array.of(byte))
    progress('a')
    progress('a')
    for (const [index, byte] of [
      [0, 1],
      [1, 2],
      [0, 3],
    ] as const)
      picture(index, byte)
    const [late, other] = [makeViewer(), makeViewer()]
    late.viewer.subscribe({ previews: true })
    await settled()
    other.viewer.subscribe({ jobs: ['b'], previews: true })
    await settled()
    expect(late.seen).toHaveLength(1)
    expect(late.frames.map((frame) => frame.at(-1))).toEqual([2, 3])
    expect([other.seen, other.frames]).toEqual([[], []])

    say('a')
    // A runner that was killed may still have had something to say.
    progress('a')
    picture(0, 4)
    const after = makeViewer()
    after.viewer.subscribe({ previews: true })
    await settled()
    expect([after.seen, after.frames]).toEqual([[], []])
  })

  test('begins with the newest pictures only, where those of a run are large', async () => {
    const { hub, start, makeViewer } = makeHub()
    start('a')
    const large = new Uint8Array(6 * 2 ** 20)
    for (let index = 0; index < 5; index++) {
      hub.publishPreview({ job: 'a', node: 'n', mime: 'image/png', width: 9, height: 9, index }, large)
    }
    const { viewer, frames } = makeViewer()
    viewer.subscribe({ previews: true })
    await settled()
    expect(frames).toHaveLength(2)
  })

  test('is not told the last step of a node that has ended', async () => {
    const { hub, start, progress, makeViewer } = makeHub()
    start('a')
    progress('a')
    hub.publish([{ type: 'job', job: 'a', at: 0, event: { type: 'node-finished', node: 'n', ms: 1 } }])
    const { viewer, seen } = makeViewer()
    viewer.subscribe({})
    await settled()
    expect(seen).toEqual([])
  })
})

describe('many replays', () => {
  const oneTurn = () => new Promise((resolve) => setImmediate(resolve))
  test('read one page in a turn of the event loop, whoever they are for', async () => {
    const { say, makeViewer, reads } = makeHub()
    for (let i = 0; i < 1203; i++) say('a')
    const viewers = Array.from({ length: 50 }, () => makeViewer())
    for (const { viewer } of viewers) viewer.subscribe({ after: 0 })
    for (let turn = 0; turn < 10; turn++) await oneTurn()
    expect(reads.count).toBeLessThanOrEqual(11)
    await expect.poll(() => viewers.every(({ numbers }) => numbers().length === 1203)).toBe(true)
  })

  test('of one viewer that subscribes again and again are one', async () => {
    const { say, makeViewer, reads } = makeHub()
    for (let i = 0; i < 3; i++) say('a')
    const { viewer, numbers } = makeViewer()
    for (let again = 0; again < 2_000; again++) viewer.subscribe({ after: 0 })
    await expect.poll(() => numbers()).toEqual([1, 2, 3])
    expect(reads.count).toBe(1)
  })
})

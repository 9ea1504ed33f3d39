import type { WireRunEvent } from '@patchbay/engine/workflow'
import { z } from 'zod'
import { artifactRef } from './files.ts'
import { job, queueStatus } from './jobs.ts'
import { refusal, runError } from './refusals.ts'
import { conformsTo, jsonObject, listOf, objectOf, time } from './shapes.ts'

const node = z.string()
const ms = z.number()
const shown = jsonObject.exactOptional()
const given = {
  results: jsonObject
    .exactOptional()
    .describe('What the run gave, by name; a kept picture as `sha256`, `url` and size.'),
  used: jsonObject.exactOptional().describe('The values that it used: parameters by name, and seeds.'),
}
const runEvent = conformsTo<WireRunEvent>()(
  z.discriminatedUnion('type', [
    objectOf({ type: z.literal('run-started'), nodes: z.int() }),
    objectOf({ type: z.literal('node-started'), node }),
    objectOf({
      type: z.literal('node-progress'),
      node,
      step: z.number(),
      steps: z.number(),
      text: z.string().exactOptional(),
    }),
    objectOf({ type: z.literal('node-reused'), node, from: z.enum(['memory', 'disk', 'in-flight']), shown }),
    objectOf({ type: z.literal('node-finished'), node, ms, notReused: z.string().exactOptional(), shown }),
    objectOf({ type: z.literal('node-artifact'), node, artifact: artifactRef }),
    objectOf({ type: z.literal('node-warned'), node, message: z.string() }),
    objectOf({ type: z.literal('node-blocked'), node, reason: z.string().exactOptional() }),
    objectOf({ type: z.literal('node-skipped'), node, reason: z.string().exactOptional() }),
    objectOf({ type: z.literal('node-expanded'), node, nodes: listOf(objectOf({ id: node, type: z.string() })) }),
    objectOf({ type: z.literal('node-retried'), node, attempt: z.int(), message: z.string() }),
    objectOf({ type: z.literal('node-failed'), node, error: runError }),
    objectOf({ type: z.literal('run-succeeded'), ms, ran: z.int(), reused: z.int(), ...given }),
    objectOf({ type: z.literal('run-failed'), ms, error: runError }),
    objectOf({ type: z.literal('run-cancelled'), ms }),
  ]),
)
export const jobEvent = z
  .discriminatedUnion('type', [
    objectOf({ type: z.literal('job-queued'), job }),
    objectOf({ type: z.literal('job-started'), device: z.string(), attempt: z.int() }),
    objectOf({ type: z.literal('job-requeued'), reason: z.string() }),
    objectOf({ type: z.literal('job-changed'), priority: z.int() }),
    objectOf({ type: z.literal('job-succeeded'), ...given }),
    objectOf({ type: z.literal('job-failed'), error: runError, ...given }),
    objectOf({ type: z.literal('job-cancelled') }),
    objectOf({ type: z.literal('job-deleted') }),
  ])
  .describe('A change of a job that is not an event of its run.')
export const wireRunEvent = runEvent.describe('An event of a run.')

export const jobMessage = objectOf({
  type: z.literal('job'),
  job: z.string(),
  seq: z
    .int()
    .exactOptional()
    .describe('Present where the event is kept: it can be replayed from any number, and numbers rise across all jobs.'),
  at: time,
  event: z.union([jobEvent, wireRunEvent]),
}).describe('Something happened to a job. One without `seq` (progress) is passing: only the newest matters.')
export const jobEvents = objectOf({ events: listOf(jobMessage), next: z.int() })
const hello = objectOf({
  type: z.literal('hello'),
  seq: z.int().describe('The newest number at the time of connecting.'),
  store: z.string().describe('Differs when the database is another one, so that old numbers mean nothing.'),
  version: z.string(),
})
const queueMessage = objectOf({ type: z.literal('queue'), queue: queueStatus })
export const serverMessage = z
  .discriminatedUnion('type', [hello, jobMessage, queueMessage, objectOf({ type: z.literal('error'), error: refusal })])
  .describe('What a server sends over the socket or the stream of events.')

/** What a client may send over the socket. */
export const clientMessage = objectOf({
  type: z.literal('subscribe'),
  after: z.int().min(0).exactOptional().describe('Replay everything kept after this number first.'),
  jobs: listOf(z.string().max(100))
    .check(z.maxLength(1000))
    .exactOptional()
    .describe('Only these jobs; absent means all.'),
  previews: z.boolean().exactOptional().describe('Also send previews as binary frames.'),
}).describe('What a client may send over the socket. Each `subscribe` replaces the one before.')

import {
  type ArtifactRecord,
  type ArtifactRef,
  type DeviceStatus,
  type HelloMessage,
  type Issue,
  type NodeEstimate,
  type Job,
  type JobDetail,
  type JobMessage,
  type PruneResponse,
  type QueueMessage,
  type QueueStatus,
  type RunErrorReport,
  type ServerMessage,
  type SubmitResponse,
  type TimelineEntry,
  type ValidateResponse,
  issueCodes,
  jobStates,
} from '@patchbay/engine/workflow'
import { z } from 'zod'
import { bytes, conformsTo, jsonObject, listOf, time } from './conforms.ts'
import { workflowDocument } from './workflow-answers.ts'

export const issue = conformsTo<Issue>()(
  z.strictObject({
    code: z.enum(issueCodes),
    message: z.string().describe('What is wrong, where, what was expected, and how to mend it.'),
    path: z.string().describe('Where in the document, e.g. nodes.3.values.steps.'),
    node: z.string().optional(),
    input: z.string().optional(),
    severity: z.enum(['error', 'warning']),
    cycle: listOf(z.string()).optional(),
  }),
)
export const refusal = z.strictObject({
  code: z.string(),
  message: z.string().describe('What is wrong and where.'),
  hint: z.string().optional().describe('The way out.'),
  issues: listOf(issue).optional(),
  requestId: z.string().optional(),
})
export const runError = conformsTo<RunErrorReport>()(
  z.strictObject({
    code: z.string(),
    message: z.string(),
    node: z.string().optional(),
    nodeType: z.string().optional(),
    inputs: jsonObject.optional(),
    causes: listOf(z.string()).optional(),
  }),
)
const jobFields = {
  id: z.string(),
  number: z.int().describe('Counts submissions.'),
  state: z.enum(jobStates),
  name: z.string().optional(),
  owner: z.string(),
  priority: z.int(),
  workflow: z.strictObject({ id: z.string(), version: z.int() }).optional(),
  batch: z.strictObject({ id: z.string(), index: z.int(), count: z.int() }).optional(),
  createdAt: time,
  startedAt: time.optional(),
  finishedAt: time.optional(),
  attempts: z.int(),
  position: z.int().min(1).optional().describe('1 is next; only while queued.'),
  expectedAt: time.optional(),
  nodes: z.strictObject({ total: z.int(), finished: z.int() }).optional(),
  error: runError.optional(),
  artifacts: z.int(),
  device: z.string().optional(),
}
export const job = conformsTo<Job>()(z.strictObject(jobFields))
export const timelineEntry = conformsTo<TimelineEntry>()(
  z.strictObject({
    node: z.string(),
    start: z.number().describe('Milliseconds since the start of the job.'),
    end: z.number(),
    lane: z.string().optional(),
    memoryBytes: bytes.optional(),
    outcome: z.enum(['finished', 'reused', 'failed', 'blocked']),
  }),
)
const artifactFields = {
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  name: z.string(),
  mime: z.string(),
  bytes,
  kind: z.enum(['image', 'latents', 'weights', 'table', 'text', 'file']),
  width: z.int().optional(),
  height: z.int().optional(),
  temporary: z.boolean().optional(),
}
const artifactRef = conformsTo<ArtifactRef>()(z.strictObject(artifactFields))
export const artifact = conformsTo<ArtifactRecord>()(
  z.strictObject({
    ...artifactFields,
    job: z.string(),
    node: z.string(),
    createdAt: time,
    url: z.string(),
    thumbnailUrl: z.string().optional(),
  }),
)
export const jobDetail = conformsTo<JobDetail>()(
  z.strictObject({
    ...jobFields,
    document: workflowDocument,
    targets: listOf(z.string()).optional(),
    files: listOf(artifact),
    timeline: listOf(timelineEntry),
  }),
)
export const device = conformsTo<DeviceStatus>()(
  z.strictObject({
    name: z.string(),
    state: z.enum(['starting', 'idle', 'busy', 'stopping', 'failed']),
    job: z.string().optional(),
    processId: z.int().optional(),
    memoryBytes: bytes.optional(),
    startedAt: time.optional(),
    restarts: z.int(),
    message: z.string().optional(),
  }),
)
export const queueStatus = conformsTo<QueueStatus>()(
  z.strictObject({
    paused: z.boolean(),
    queued: z.int(),
    running: z.int(),
    capacity: z.int(),
    devices: listOf(device),
  }),
)
export const submitResponse = conformsTo<SubmitResponse>()(
  z.strictObject({
    jobs: listOf(job),
    batch: z.string().optional(),
    warnings: listOf(issue),
    repeated: z.boolean().optional().describe('An earlier request with the same idempotency key made these jobs.'),
  }),
)
const nodeEstimate = conformsTo<NodeEstimate>()(
  z.strictObject({
    node: z.string(),
    type: z.string(),
    flops: z.number().optional().describe('Floating-point operations, a product and a sum counted as two.'),
    bytes: z.number().optional().describe('Memory beside what is loaded.'),
    seconds: z.number().optional().describe('On the device here, once a run has shown how fast it is.'),
  }),
)
export const validateResponse = conformsTo<ValidateResponse>()(
  z.strictObject({ ok: z.boolean(), issues: listOf(issue), estimates: listOf(nodeEstimate) }),
)
export const pruned = conformsTo<PruneResponse>()(
  z.strictObject({
    jobs: z.int(),
    files: z.int().describe('Kept files that no job refers to any more.'),
    bytes,
  }),
)

const node = z.string()
const ms = z.number()
const shown = jsonObject.optional()
/** Every kept event, and progress. */
const event = conformsTo<JobMessage['event']>()(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('job-queued'), job }),
    z.strictObject({ type: z.literal('job-started'), device: z.string(), attempt: z.int() }),
    z.strictObject({ type: z.literal('job-requeued'), reason: z.string() }),
    z.strictObject({ type: z.literal('job-changed'), priority: z.int() }),
    z.strictObject({ type: z.literal('job-succeeded') }),
    z.strictObject({ type: z.literal('job-failed'), error: runError }),
    z.strictObject({ type: z.literal('job-cancelled') }),
    z.strictObject({ type: z.literal('job-deleted') }),
    z.strictObject({ type: z.literal('run-started'), nodes: z.int() }),
    z.strictObject({ type: z.literal('node-started'), node }),
    z.strictObject({
      type: z.literal('node-progress'),
      node,
      step: z.number(),
      steps: z.number(),
      text: z.string().optional(),
    }),
    z.strictObject({ type: z.literal('node-reused'), node, from: z.enum(['memory', 'disk', 'in-flight']), shown }),
    z.strictObject({ type: z.literal('node-finished'), node, ms, notReused: z.string().optional(), shown }),
    z.strictObject({ type: z.literal('node-artifact'), node, artifact: artifactRef }),
    z.strictObject({ type: z.literal('node-blocked'), node, reason: z.string().optional() }),
    z.strictObject({ type: z.literal('node-skipped'), node }),
    z.strictObject({
      type: z.literal('node-expanded'),
      node,
      nodes: listOf(z.strictObject({ id: node, type: z.string() })),
    }),
    z.strictObject({ type: z.literal('node-retried'), node, attempt: z.int(), message: z.string() }),
    z.strictObject({ type: z.literal('node-failed'), node, error: runError }),
    z.strictObject({ type: z.literal('run-succeeded'), ms, ran: z.int(), reused: z.int() }),
    z.strictObject({ type: z.literal('run-failed'), ms, error: runError }),
    z.strictObject({ type: z.literal('run-cancelled'), ms }),
  ]),
)
export const jobMessage = conformsTo<JobMessage>()(
  z.strictObject({
    type: z.literal('job'),
    job: z.string(),
    seq: z.int().optional().describe('Present where the event is kept and can be replayed.'),
    at: time,
    event,
  }),
)
const hello = conformsTo<HelloMessage>()(
  z.strictObject({ type: z.literal('hello'), seq: z.int(), store: z.string(), version: z.string() }),
)
const queueMessage = conformsTo<QueueMessage>()(z.strictObject({ type: z.literal('queue'), queue: queueStatus }))
export const serverMessage = conformsTo<ServerMessage>()(
  z.discriminatedUnion('type', [
    hello,
    jobMessage,
    queueMessage,
    z.strictObject({ type: z.literal('error'), error: refusal }),
  ]),
)

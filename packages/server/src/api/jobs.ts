import { type NodeEstimate, jobStates } from '@patchbay/engine/workflow'
import { z } from 'zod'
import { artifact } from './files.ts'
import { issue, runError } from './refusals.ts'
import { bytes, conformsTo, jsonObject, jsonValue, listOf, objectOf, time } from './shapes.ts'
import { failurePolicy, untrustedDocument, workflowDocument } from './workflows.ts'

export const jobState = z.enum(jobStates)
const jobFields = {
  id: z.string(),
  number: z.int().describe('Counts submissions; rises by one for each job.'),
  state: jobState,
  name: z.string().exactOptional(),
  owner: z.string().describe("Who submitted it; jobs of one owner share that owner's turn."),
  priority: z.int().describe('Higher runs first.'),
  workflow: objectOf({ id: z.string(), version: z.int() })
    .exactOptional()
    .describe('Present when it runs a saved workflow.'),
  batch: objectOf({ id: z.string(), index: z.int(), count: z.int() }).exactOptional(),
  createdAt: time,
  startedAt: time.exactOptional(),
  finishedAt: time.exactOptional(),
  attempts: z.int().describe('How often it was started; more than 1 after a crash or a retry.'),
  position: z.int().min(1).exactOptional().describe('1 is next; only while queued.'),
  expectedAt: time
    .exactOptional()
    .describe('Expected time of its end, from earlier runs of like size; only while queued or running.'),
  nodes: objectOf({ total: z.int(), finished: z.int() }).exactOptional(),
  error: runError.exactOptional(),
  artifacts: z.int(),
  device: z.string().exactOptional().describe('The name of the device it ran on.'),
}
export const job = objectOf(jobFields).describe('One queued run of a workflow. Times are milliseconds since 1970.')
export const timelineEntry = objectOf({
  node: z.string(),
  start: z.number().describe('Milliseconds since the start of the job.'),
  end: z.number(),
  lane: z.string().exactOptional(),
  memoryBytes: bytes.exactOptional().describe("The runner's resident memory at the end."),
  outcome: z.enum(['finished', 'reused', 'failed', 'blocked']),
}).describe("One node's time on a lane.")
export const jobWarning = objectOf({
  node: z.string(),
  message: z.string().describe('What the result is not, and how to mend it.'),
}).describe('What a node warned of while it ran. The job went on.')
export const jobDetail = objectOf({
  ...jobFields,
  document: workflowDocument,
  targets: listOf(z.string()).exactOptional(),
  files: listOf(artifact),
  timeline: listOf(timelineEntry),
  warnings: listOf(jobWarning),
  results: jsonObject
    .exactOptional()
    .describe('What its run gave, by name; a kept picture as `sha256`, `url` and size.'),
  used: jsonObject.exactOptional().describe('The values that its run used: parameters by name, and seeds.'),
}).describe('A job with its document and what it left.')

export const device = objectOf({
  name: z.string(),
  state: z.enum(['starting', 'idle', 'busy', 'stopping', 'failed']),
  job: z.string().exactOptional(),
  processId: z.int().exactOptional(),
  memoryBytes: bytes.exactOptional(),
  startedAt: time.exactOptional(),
  restarts: z.int().describe('How often its runner process had to be replaced.'),
  message: z.string().exactOptional().describe('Why it is not ready, and what may help.'),
})
export const queueStatus = objectOf({
  paused: z.boolean(),
  queued: z.int(),
  running: z.int(),
  capacity: z.int().describe('Submissions past this many queued jobs are refused with 429.'),
  devices: listOf(device),
})

const nodeId = z.string().min(1).max(500)
export const valueTarget = z
  .union([z.string().max(200), objectOf({ node: nodeId, input: z.string().max(200) })])
  .describe('Where a value goes: a named parameter of the workflow, or an input of a node.')
export const batchAxis = objectOf({
  target: valueTarget,
  values: listOf(jsonValue).check(z.minLength(1), z.maxLength(10_000)),
})
export const batch = objectOf({
  groups: listOf(listOf(batchAxis).check(z.minLength(1), z.maxLength(100)))
    .check(z.maxLength(20))
    .exactOptional()
    .describe('Axes inside a group advance together (and have the same length); groups multiply.'),
  count: z.int().min(1).max(10_000).exactOptional().describe('How often each combination runs.'),
  vary: valueTarget.exactOptional().describe('A seed that rises by one for each repeat.'),
}).describe('Many jobs from one document.')
export const crashPolicy = z
  .enum(['requeue', 'fail'])
  .describe('What to do with a running job when its process dies: run it again (default), or mark it failed.')

const runFields = {
  parameters: z
    .record(z.string().max(200), jsonValue)
    .readonly()
    .exactOptional()
    .describe("Values by the workflow's parameter names."),
  targets: listOf(nodeId).check(z.maxLength(1000)).exactOptional().describe('Run only what these nodes need.'),
  batch: batch.exactOptional(),
  name: z.string().max(200).exactOptional(),
  priority: z.int().min(-1000).max(1000).exactOptional(),
  front: z.boolean().exactOptional().describe('Before all queued jobs of the same priority.'),
  onCrash: crashPolicy.exactOptional(),
  onFailure: failurePolicy.exactOptional().describe('For nodes of which the document says nothing.'),
  webhook: objectOf({ url: z.url().max(2000), secret: z.string().max(200).exactOptional() })
    .exactOptional()
    .describe('Called with the job, signed, when it ends.'),
}
export const submitRequest = objectOf({
  document: untrustedDocument.exactOptional().describe('A workflow document; or give `workflow`.'),
  workflow: objectOf({ id: z.string().max(100), version: z.int().min(1).exactOptional() })
    .exactOptional()
    .describe('A saved workflow; or give `document`.'),
  ...runFields,
})
export const submitResponse = objectOf({
  jobs: listOf(job),
  batch: z.string().exactOptional().describe('Present when the submission was a batch.'),
  warnings: listOf(issue),
  repeated: z.boolean().exactOptional().describe('An earlier request with the same idempotency key made these jobs.'),
})
const place = z.union([
  z.enum(['front', 'back']),
  objectOf({ before: z.string().max(100) }),
  objectOf({ after: z.string().max(100) }),
])
export const jobPatch = objectOf({
  priority: z.int().min(-1000).max(1000).exactOptional(),
  move: place.exactOptional(),
}).describe('A new place in the queue.')

export const validateRequest = objectOf({
  document: untrustedDocument,
  targets: listOf(z.string()).check(z.maxLength(1000)).exactOptional(),
})
export const nodeEstimate = conformsTo<NodeEstimate>()(
  objectOf({
    node: z.string(),
    type: z.string(),
    flops: z.number().exactOptional().describe('Floating-point operations, a product and a sum counted as two.'),
    bytes: z.number().exactOptional().describe('Memory beside what is loaded.'),
    seconds: z.number().exactOptional().describe("On the server's device, once a run has shown how fast it is."),
    attention: listOf(
      objectOf({
        kind: z.enum(['spatial', 'temporal', 'full', 'cross', 'causal']),
        pairs: z.int().describe('Queries times keys, over all layers and all pictures of a call.'),
        flops: z.number(),
      }),
    )
      .exactOptional()
      .describe('What attention compares in one call of its network, exactly, by kind.'),
  }).describe('What a node takes to run. What is not known is missing.'),
)
export const validateResponse = objectOf({
  ok: z.boolean(),
  issues: listOf(issue),
  estimates: listOf(nodeEstimate).describe(
    'Of those nodes that can tell what they take, in the order in which they run; none of a document with an error.',
  ),
})

export const pruneRequest = objectOf({
  keepJobs: z.int().min(0).exactOptional().describe('Keep so many jobs that have ended, the newest.'),
  keepDays: z.number().min(0).max(100_000).exactOptional().describe('Keep those that ended within so many days.'),
  keepBytes: z.number().min(0).exactOptional().describe('Keep the newest whose files take no more than this together.'),
  dryRun: z.boolean().exactOptional().describe('Only count what would go.'),
}).describe(
  "What of the past is kept; a bound that is missing does not hold. Without any bound, the server's rule holds.",
)
export const pruneResponse = objectOf({
  jobs: z.int(),
  files: z.int().describe('Kept files that no job refers to any more.'),
  bytes,
})

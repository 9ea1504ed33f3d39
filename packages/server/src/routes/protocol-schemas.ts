import { issueCodes, jobStates } from '@patchbay/engine/workflow'
import { z } from 'zod'

const issue = z.looseObject({
  code: z.enum(issueCodes),
  message: z.string(),
  path: z.string(),
  severity: z.enum(['error', 'warning']),
})
const job = z.looseObject({
  id: z.string(),
  number: z.number(),
  state: z.enum(jobStates),
  owner: z.string(),
  priority: z.number(),
  createdAt: z.number().describe('Milliseconds since 1970.'),
  attempts: z.number(),
  artifacts: z.number(),
})

/** The answers that most callers read, as JSON Schema. */
export const protocolSchemas = {
  ApiErrorBody: z.toJSONSchema(
    z.object({
      error: z.looseObject({
        code: z.string(),
        message: z.string().describe('What is wrong and where.'),
      }),
    }),
  ),
  Job: z.toJSONSchema(job),
  JobList: z.toJSONSchema(z.object({ jobs: z.array(job), total: z.number() })),
  SubmitResponse: z.toJSONSchema(z.looseObject({ jobs: z.array(job).readonly(), warnings: z.array(issue).readonly() })),
  ValidateResponse: z.toJSONSchema(z.object({ ok: z.boolean(), issues: z.array(issue).readonly() })),
  QueueStatus: z.toJSONSchema(
    z.looseObject({ paused: z.boolean(), queued: z.number(), running: z.number(), capacity: z.number() }),
  ),
}

import { type Issue, issueCodes, type RunErrorReport } from '@patchbay/engine/workflow'
import { z } from 'zod'
import { failureCodes } from './failure-status.ts'
import { conformsTo, jsonObject, listOf, objectOf } from './shapes.ts'

export const issue = conformsTo<Issue>()(
  objectOf({
    code: z.enum(issueCodes),
    message: z.string().describe('What is wrong, where, what was expected, and how to mend it.'),
    path: z.string().describe('Where in the document, e.g. nodes.3.values.steps.'),
    node: z.string().exactOptional(),
    input: z.string().exactOptional(),
    severity: z.enum(['error', 'warning']).describe('A warning does not stop a run.'),
    cycle: listOf(z.string()).exactOptional().describe('The nodes of a cycle, in order, the first again at the end.'),
  }),
)
export const refusal = objectOf({
  code: z.enum(failureCodes).describe('For programs: it stays when the words change.'),
  message: z.string().describe('What is wrong and where.'),
  hint: z.string().exactOptional().describe('The way out.'),
  issues: listOf(issue).exactOptional(),
  requestId: z.string().exactOptional().describe("Names this request in the server's log."),
})
export const apiErrorBody = objectOf({ error: refusal }).describe('What every answer of 400 and above carries.')

export const runError = conformsTo<RunErrorReport>()(
  objectOf({
    code: z.string(),
    message: z.string(),
    node: z.string().exactOptional(),
    nodeType: z.string().exactOptional(),
    inputs: jsonObject.exactOptional().describe('The inputs of the failed node, shortened for reading.'),
    causes: listOf(z.string()).exactOptional().describe('Messages of the causes, outermost first.'),
  }),
)

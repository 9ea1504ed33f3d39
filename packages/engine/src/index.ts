export * from './workflow/index.ts'
export { parseWorkflow, parseWorkflowText } from './parse-workflow.ts'
export type { ParsedWorkflow } from './parse-workflow.ts'
export { workflowSchema } from './workflow-schema.ts'

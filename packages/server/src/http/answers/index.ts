import { z } from 'zod'
import { listOf } from './conforms.ts'
import { download, file, modelDetail, modelFolder, settings, systemStatus, uploaded } from './host-answers.ts'
import {
  artifact,
  job,
  jobDetail,
  jobMessage,
  pruned,
  queueStatus,
  refusal,
  serverMessage,
  submitResponse,
  validateResponse,
} from './run-answers.ts'
import {
  registryManifest,
  template,
  workflowArgument,
  workflowDiff,
  workflowDocument,
  workflowRecord,
  workflowSummary,
  workflowVersionEntry,
} from './workflow-answers.ts'

/** Everything that comes back as JSON, by its name in the API description. A route names one, and gives nothing else. */
export const answers = {
  ApiErrorBody: z.strictObject({ error: refusal }),
  ServerMessage: serverMessage,
  Workflow: workflowDocument,
  Job: job,
  JobDetail: jobDetail,
  JobList: z.strictObject({ jobs: listOf(job), total: z.int() }),
  JobEvents: z.strictObject({ events: listOf(jobMessage), next: z.int() }),
  SubmitResponse: submitResponse,
  ValidateResponse: validateResponse,
  QueueStatus: queueStatus,
  Pruned: pruned,
  Cleared: z.strictObject({ cancelled: z.int() }),
  WorkflowList: z.strictObject({ workflows: listOf(workflowSummary) }),
  WorkflowRecord: workflowRecord,
  WorkflowVersions: z.strictObject({ versions: listOf(workflowVersionEntry) }),
  WorkflowArguments: z.strictObject({ arguments: listOf(workflowArgument) }),
  WorkflowDiff: workflowDiff,
  WorkflowDocument: z.strictObject({ document: workflowDocument }),
  ImportedWorkflow: z.strictObject({ document: workflowDocument, problems: listOf(z.string()) }),
  ExportedWorkflow: z.strictObject({
    workflow: z
      .record(z.string(), z.unknown())
      .readonly()
      .describe("As ComfyUI's editor saves it, or as it is posted."),
    problems: listOf(z.string()).describe('What could not be said in it, a sentence each.'),
  }),
  TemplateList: z.strictObject({ templates: listOf(template) }),
  ArtifactList: z.strictObject({ artifacts: listOf(artifact) }),
  FileList: z.strictObject({ files: listOf(file) }),
  UploadResponse: uploaded,
  ModelFolders: z.strictObject({ folders: listOf(modelFolder) }),
  ModelDetail: modelDetail,
  Download: download,
  Downloads: z.strictObject({ downloads: listOf(download) }),
  RegistryManifest: registryManifest,
  SystemStatus: systemStatus,
  Settings: settings,
  OpenApi: z.looseObject({ openapi: z.string() }),
} as const satisfies { readonly [name: string]: z.ZodType }

export type AnswerName = keyof typeof answers
export type Answer<Name extends AnswerName> = z.output<(typeof answers)[Name]>

/** JSON Schemas of all answers, as parts of an API description that refer to each other. */
export function answerSchemas(): { readonly [name: string]: { readonly [key: string]: unknown } } {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(answers)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, unrepresentable: 'any' })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _address, ...schema }]) => [name, { ...schema }]),
  )
}

import { z } from 'zod'
import { clientMessage, jobEvent, jobEvents, jobMessage, serverMessage, wireRunEvent } from './events.ts'
import {
  artifact,
  artifactRef,
  download,
  downloadRequest,
  file,
  fileList,
  modelDetail,
  modelFolder,
  uploadForm,
  uploadResponse,
} from './files.ts'
import {
  batch,
  batchAxis,
  crashPolicy,
  device,
  job,
  jobDetail,
  jobWarning,
  jobPatch,
  jobState,
  nodeEstimate,
  pruneRequest,
  pruneResponse,
  queueStatus,
  submitRequest,
  submitResponse,
  timelineEntry,
  validateRequest,
  validateResponse,
  valueTarget,
} from './jobs.ts'
import { apiErrorBody, issue, runError } from './refusals.ts'
import { jsonObject, jsonValue, listOf, objectOf } from './shapes.ts'
import { role, settingChanges, settings, systemStatus } from './system.ts'
import {
  exportRequest,
  exportedWorkflow,
  importRequest,
  importedWorkflow,
  registryManifest,
  saveWorkflowRequest,
  template,
  untrustedDocument,
  widget,
  workflowArgument,
  workflowDiff,
  workflowDocument,
  workflowRecord,
  workflowSummary,
  workflowVersionEntry,
} from './workflows.ts'

/** What comes in as JSON, by its name in the API description. */
export const requests = {
  ClientMessage: clientMessage,
  DownloadRequest: downloadRequest,
  ExportRequest: exportRequest,
  ImportRequest: importRequest,
  JobPatch: jobPatch,
  PruneRequest: pruneRequest,
  SaveWorkflowRequest: saveWorkflowRequest,
  SettingChanges: settingChanges,
  SubmitRequest: submitRequest,
  UntrustedDocument: untrustedDocument,
  UploadForm: uploadForm,
  ValidateRequest: validateRequest,
} as const satisfies { readonly [name: string]: z.ZodType }

/** What comes back as JSON, by its name in the API description. A route names one, and gives nothing else. */
export const answers = {
  ApiErrorBody: apiErrorBody,
  ArtifactList: objectOf({ artifacts: listOf(artifact) }),
  Cleared: objectOf({ cancelled: z.int() }),
  Download: download,
  Downloads: objectOf({ downloads: listOf(download) }),
  ExportedWorkflow: exportedWorkflow,
  FileList: fileList,
  ImportedWorkflow: importedWorkflow,
  Job: job,
  JobDetail: jobDetail,
  JobWarning: jobWarning,
  JobEvents: jobEvents,
  JobList: objectOf({ jobs: listOf(job), total: z.int() }),
  ModelDetail: modelDetail,
  ModelFolders: objectOf({ folders: listOf(modelFolder) }),
  OpenApi: z.looseObject({ openapi: z.string() }),
  PruneResponse: pruneResponse,
  QueueStatus: queueStatus,
  RegistryManifest: registryManifest,
  ServerMessage: serverMessage,
  Settings: settings,
  SubmitResponse: submitResponse,
  SystemStatus: systemStatus,
  TemplateList: objectOf({ templates: listOf(template) }),
  UploadResponse: uploadResponse,
  ValidateResponse: validateResponse,
  WorkflowArguments: objectOf({ arguments: listOf(workflowArgument) }),
  WorkflowDiff: workflowDiff,
  WorkflowDocument: objectOf({ document: workflowDocument }),
  WorkflowList: objectOf({ workflows: listOf(workflowSummary) }),
  WorkflowRecord: workflowRecord,
  WorkflowVersions: objectOf({ versions: listOf(workflowVersionEntry) }),
} as const satisfies { readonly [name: string]: z.ZodType }

/** What the others are made of, by its name in the API description. */
export const parts = {
  ArtifactRecord: artifact,
  ArtifactRef: artifactRef,
  Batch: batch,
  BatchAxis: batchAxis,
  CrashPolicy: crashPolicy,
  DeviceStatus: device,
  FileRecord: file,
  Issue: issue,
  JobEvent: jobEvent,
  JobMessage: jobMessage,
  JobState: jobState,
  JsonObject: jsonObject,
  JsonValue: jsonValue,
  ModelFolder: modelFolder,
  NodeEstimate: nodeEstimate,
  Role: role,
  RunErrorReport: runError,
  TimelineEntry: timelineEntry,
  ValueTarget: valueTarget,
  Widget: widget,
  WireRunEvent: wireRunEvent,
  Workflow: workflowDocument,
  WorkflowArgument: workflowArgument,
  WorkflowSummary: workflowSummary,
  WorkflowTemplate: template,
  WorkflowVersion: workflowVersionEntry,
} as const satisfies { readonly [name: string]: z.ZodType }

export type AnswerName = keyof typeof answers
export type Answer<Name extends AnswerName> = z.output<(typeof answers)[Name]>
export type Part<Name extends keyof typeof parts> = z.output<(typeof parts)[Name]>
export type RequestName = keyof typeof requests
export type RequestBody<Name extends RequestName> = z.output<(typeof requests)[Name]>

type JsonSchema = { readonly [key: string]: unknown }

/** JSON Schemas of everything that has a name, as parts of an API description that refer to each other. */
export function schemasOfApi(): { readonly [name: string]: JsonSchema } {
  const answered = { ...parts, ...answers }
  return { ...schemasOf({ ...requests, ...answered }, requests, 'input'), ...schemasOf(answered, answered, 'output') }
}

type Schemas = { readonly [name: string]: z.ZodType }
/**
 * Of those `wanted`, as they are before (`input`) or after (`output`) defaults are filled in; each refers to all
 * `named` by name.
 */
function schemasOf(named: Schemas, wanted: Schemas, io: 'input' | 'output'): { readonly [name: string]: JsonSchema } {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: (id) => `#/components/schemas/${id}`,
    // "readOnly" means in OpenAPI that a field is not to be sent, not that a program is not to change it.
    override: ({ jsonSchema }) => delete jsonSchema.readOnly,
  })
  const own = Object.entries(schemas).filter(([name]) => name in wanted)
  return Object.fromEntries(own.map(([name, { $schema: _dialect, $id: _address, ...schema }]) => [name, schema]))
}

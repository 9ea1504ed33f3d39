export type { JsonObject, JsonValue } from './json.ts'
export type { GroupLayout, Layout, NodeLayout, NoteLayout, Point } from './layout.ts'
export type {
  Link,
  NodeId,
  NodeInstance,
  NodeLink,
  NodeMode,
  SubWorkflow,
  SubWorkflowInput,
  SubWorkflowInputLink,
  SubWorkflowOutput,
  Workflow,
  WorkflowParameter,
  WorkflowResult,
} from './workflow.ts'
export { isNodeLink, subWorkflowPrefix, workflowVersion } from './workflow.ts'
export type {
  CoercionManifest,
  InputManifest,
  LinkInputManifest,
  NodeManifest,
  OutputManifest,
  RegistryManifest,
  SocketTypeManifest,
  ValueInputManifest,
  Widget,
} from './node-manifest.ts'
export type { Issue, IssueCode } from './issue.ts'
export { issueCodes } from './issue.ts'
export type { ArtifactRef, Preview, RunErrorReport, RunEvent, RunEventType } from './run-event.ts'

export type { JsonObject, JsonValue } from './json.ts'
export type { GroupLayout, Layout, NodeLayout, NoteLayout, Point } from './layout.ts'
export type {
  FailurePolicy,
  Link,
  NodeId,
  NodeInstance,
  NodeLink,
  NodeMode,
  SubWorkflow,
  SubWorkflowInput,
  SubWorkflowInputLink,
  SubWorkflowOutput,
  SubWorkflows,
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
export type { ArtifactRef, Preview, RunErrorReport, RunEvent, RunEventType, WireRunEvent } from './run-event.ts'
export type { NodeEstimate } from './node-estimate.ts'
export type { FinishedJobState, JobState, PreviewHeader } from './protocol.ts'
export { apiPrefix, decodePreviewFrame, encodePreviewFrame, isFinished, jobStates } from './protocol.ts'
export { assumedNodeSize, boundsOf, boxOf, placeMissing } from './arrange.ts'
export type { Box } from './arrange.ts'
export { describeDiff, diffWorkflows, isSameGraph } from './diff.ts'
export type { Change, GraphDiff, InputChange, NodeChange, SubWorkflowDiff, WorkflowDiff } from './diff.ts'
export { given } from './given.ts'
export { migrate } from './migrate.ts'
export type { Migrated } from './migrate.ts'
export type { Migration } from './migrations/migration.ts'
export { naturalOrder } from './natural-order.ts'
export { jsonLimits, parseJson } from './parse-json.ts'
export type { JsonDetails, JsonLimits, ParsedJson } from './parse-json.ts'
export { canonicalJson, serializeWorkflow } from './serialize.ts'
export { anyTypeName, builtInCoercions, canConnect, valueTypeNames } from './socket-type.ts'
export type { Connection, ValueTypeName } from './socket-type.ts'
export {
  ancestorsOf,
  dependantsIn,
  findCycle,
  linksFrom,
  linksInto,
  nodeOf,
  sourcesOf,
  topologicalOrder,
} from './topology.ts'
export type { Graph, LinkedInput } from './topology.ts'

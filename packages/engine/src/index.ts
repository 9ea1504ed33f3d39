export * from './workflow/index.ts'
export { listed, nearestName } from './definition/nearest-name.ts'
export { parseWorkflow, parseWorkflowText } from './planning/parse-workflow.ts'
export type { ParsedWorkflow } from './planning/parse-workflow.ts'
export { workflowSchema } from './planning/workflow-schema.ts'
export type {
  ListOutput,
  NameOf,
  Socket,
  SocketTypeOptions,
  SocketUnion,
  ValueCodec,
  ValueOf,
} from './definition/socket-type.ts'
export type { SocketType } from './definition/socket-type.ts'
export { AnyType, Float, Int, Text, Toggle, anyOf, listOf, socketType } from './definition/socket-type.ts'
export type { CurvePoints, Input, LinkInput, LinkOptions, ValueInput, ValueOptions } from './definition/input.ts'
export {
  choice,
  color,
  curve,
  file,
  float,
  int,
  json,
  lazyLink,
  link,
  listLink,
  optionalLink,
  seed,
  subWorkflow,
  text,
  toggle,
} from './definition/input.ts'
export type { DynamicInputs, Inputs, Lane, NodeDeclaration, Outputs } from './definition/node-declaration.ts'
export type {
  AnyNodeDefinition,
  Estimate,
  Finding,
  InputValues,
  NodeDefinition,
  OutputValues,
  Retry,
  RunResultOf,
  StaticFacts,
} from './definition/define-node.ts'
export { alwaysChanged, createDefineNode, defineNode } from './definition/define-node.ts'
export type { RunContext } from './definition/run-context.ts'
export { Blocked } from './definition/blocked.ts'
export { Expansion } from './definition/run-context.ts'
export { SubgraphBuilder } from './definition/subgraph.ts'
export type { HostResourcePool, ResourcePool, ResourceRequest } from './definition/resource-pool.ts'
export { Resource, createResourcePool } from './definition/resource-pool.ts'
export type { Added, BuilderInputs, OutputRef, RefOf, SubWorkflowRef } from './definition/workflow-builder.ts'
export { GraphBuilder, WorkflowBuilder } from './definition/workflow-builder.ts'
export type { Coercion, Registry, RegistryOptions } from './definition/registry.ts'
export { coercion, createRegistry } from './definition/registry.ts'
export { defaultsOf, valuesSchemaOf } from './definition/values-schema.ts'
export type { Plan } from './planning/plan.ts'
export type { PlannedNode } from './planning/planned-node.ts'
export type { ValidateOptions, Validated } from './planning/validate.ts'
export { validateWorkflow } from './planning/validate.ts'
export type { ExecuteOptions, Outcome, Run, RunResult } from './running/run-options.ts'
export { execute } from './running/execute.ts'
export type { Lanes } from './running/lanes.ts'
export { createLanes } from './running/lanes.ts'
export type { NodeErrorCode } from './running/node-error.ts'
export { NodeError, errorReportOf, nodeErrorCodes } from './running/node-error.ts'
export type { FileName, FingerprintFile } from './running/own-fingerprint.ts'
export type { Memo } from './memo/memo.ts'
export { createMemo } from './memo/memo.ts'
export type { MemoStore, Remembered } from './memo/memo-store.ts'
export type { MemoryMemoOptions, MemoryMemoStore } from './memo/memory.ts'
export { createMemoryMemoStore } from './memo/memory.ts'
export { createNoMemoStore } from './memo/none.ts'
export type { DiskMemoOptions, DiskMemoStore } from './memo/disk.ts'
export { openDiskMemoStore } from './memo/disk.ts'
export { manifestOf, nodeManifestOf } from './definition/node-manifest.ts'
export { alternatives, didYouMean } from './definition/nearest-name.ts'
export { resultNamesOf } from './planning/result-names.ts'
export { usedValuesOf } from './planning/used-values.ts'
export type { SchemaCheck, SchemaIssue } from './definition/compile-schema.ts'
export { createSchemaCompiler } from './definition/compile-schema.ts'

export * from './workflow/index.ts'
export { parseWorkflow, parseWorkflowText } from './parse-workflow.ts'
export type { ParsedWorkflow } from './parse-workflow.ts'
export { workflowSchema } from './workflow-schema.ts'
export type { ListOutput, NameOf, Socket, SocketTypeOptions, SocketUnion, ValueCodec, ValueOf } from './socket-type.ts'
export type { SocketType } from './socket-type.ts'
export { AnyType, Float, Int, Text, Toggle, anyOf, listOf, socketType } from './socket-type.ts'
export type { CurvePoints, Input, LinkInput, LinkOptions, ValueInput, ValueOptions } from './input.ts'
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
} from './input.ts'
export type { DynamicInputs, Inputs, Lane, NodeDeclaration, Outputs } from './node-declaration.ts'
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
} from './define-node.ts'
export { alwaysChanged, createDefineNode, defineNode } from './define-node.ts'
export type { RunContext } from './run-context.ts'
export { Blocked } from './blocked.ts'
export { Expansion } from './run-context.ts'
export { SubgraphBuilder } from './subgraph.ts'
export type { HostResourcePool, ResourcePool, ResourceRequest } from './resource-pool.ts'
export { Resource, createResourcePool } from './resource-pool.ts'
export type { Added, BuilderInputs, OutputRef, RefOf, SubWorkflowRef } from './workflow-builder.ts'
export { GraphBuilder, WorkflowBuilder } from './workflow-builder.ts'
export type { Coercion, Registry, RegistryOptions } from './registry.ts'
export { coercion, createRegistry } from './registry.ts'
export { defaultsOf, valuesSchemaOf } from './values-schema.ts'
export type { Plan } from './plan.ts'
export type { PlannedNode } from './planned-node.ts'
export type { ValidateOptions, Validated } from './validate.ts'
export { validateWorkflow } from './validate.ts'
export type { ExecuteOptions, Outcome, Run, RunResult } from './run-options.ts'
export { execute } from './execute.ts'
export type { Lanes } from './lanes.ts'
export { createLanes } from './lanes.ts'
export type { NodeErrorCode } from './node-error.ts'
export { NodeError, errorReportOf, nodeErrorCodes } from './node-error.ts'
export type { FileName, FingerprintFile } from './own-fingerprint.ts'
export type { Memo } from './memo/memo.ts'
export { createMemo } from './memo/memo.ts'
export type { MemoStore, Remembered } from './memo/memo-store.ts'
export type { MemoryMemoOptions, MemoryMemoStore } from './memo/memory.ts'
export { createMemoryMemoStore } from './memo/memory.ts'
export { createNoMemoStore } from './memo/none.ts'
export type { DiskMemoOptions, DiskMemoStore } from './memo/disk.ts'
export { openDiskMemoStore } from './memo/disk.ts'
export { manifestOf, nodeManifestOf } from './node-manifest.ts'
export type { SchemaCheck, SchemaIssue } from './compile-schema.ts'
export { compileSchema, createSchemaCompiler } from './compile-schema.ts'

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
export type {
  AnyNodeDefinition,
  DynamicInputs,
  Finding,
  InputValues,
  Inputs,
  Lane,
  Literals,
  NodeDefinition,
  OutputValues,
  Outputs,
  Retry,
  RunResultOf,
  StaticFacts,
} from './define-node.ts'
export { alwaysChanged, createDefineNode, defineNode } from './define-node.ts'
export type { RunContext } from './run-context.ts'
export { Blocked, Expansion } from './run-context.ts'
export { SubgraphBuilder } from './subgraph.ts'
export type { Resource, ResourcePool, ResourceRequest } from './resource-pool.ts'
export type { Added, BuilderInputs, OutputRef, RefOf, SubWorkflowRef } from './workflow-builder.ts'
export { GraphBuilder, WorkflowBuilder } from './workflow-builder.ts'
export type { Coercion, Registry, RegistryOptions } from './registry.ts'
export { coercion, createRegistry } from './registry.ts'
export { defaultsOf, valuesSchemaOf } from './values-schema.ts'
export { manifestOf, nodeManifestOf } from './node-manifest.ts'
export type { SchemaCheck, SchemaIssue } from './compile-schema.ts'
export { compileSchema, createSchemaCompiler } from './compile-schema.ts'

import {
  type Layout,
  type NodeLayout,
  type RegistryManifest,
  type Widget,
  type Workflow,
  type WorkflowArgument,
  type WorkflowDiff,
  type WorkflowRecord,
  type WorkflowSummary,
  type WorkflowTemplate,
  type WorkflowVersion,
  workflowVersion,
} from '@patchbay/engine/workflow'
import { z } from 'zod'
import { conformsTo, jsonObject, listOf, time } from './conforms.ts'

const link = z.union([z.strictObject({ node: z.string(), output: z.string() }), z.strictObject({ input: z.string() })])
const links = z.union([link, listOf(link)])
const record = <Schema extends z.ZodType>(values: Schema) => z.record(z.string(), values).readonly()
const nodes = record(
  z.strictObject({
    type: z.string(),
    version: z.int(),
    values: jsonObject,
    links: record(links),
    mode: z.enum(['muted', 'bypassed']).optional(),
  }),
)
const point = { x: z.number(), y: z.number() }
const box = { ...point, width: z.number(), height: z.number(), color: z.string().optional() }
const nodeLayout = conformsTo<NodeLayout>()(
  z.strictObject({
    ...point,
    width: z.number().optional(),
    height: z.number().optional(),
    title: z.string().optional(),
    color: z.string().optional(),
    collapsed: z.boolean().optional(),
    pinned: z.boolean().optional(),
    sockets: listOf(z.string()).optional(),
    seeds: record(z.enum(['increment', 'decrement', 'randomise'])).optional(),
  }),
)
const layout = conformsTo<Layout>()(
  z.strictObject({
    nodes: record(nodeLayout).optional(),
    groups: record(z.strictObject({ ...box, title: z.string() })).optional(),
    notes: record(z.strictObject({ ...box, text: z.string() })).optional(),
    reroutes: record(listOf(z.strictObject(point))).optional(),
    view: z.strictObject({ ...point, zoom: z.number() }).optional(),
  }),
)
  .describe('How it looks; no result depends on it.')
  .optional()
const end = { node: z.string(), label: z.string().optional() }
const parameter = z.strictObject({ ...end, input: z.string(), description: z.string().optional() })
const subWorkflow = z.strictObject({
  label: z.string().optional(),
  description: z.string().optional(),
  nodes,
  inputs: record(
    z.strictObject({
      like: z.strictObject({ node: z.string(), input: z.string() }),
      label: z.string().optional(),
      value: z.unknown().optional(),
    }),
  ),
  outputs: record(z.strictObject({ ...end, output: z.string() })),
  layout,
})
export const workflowDocument = conformsTo<Workflow>()(
  z.strictObject({
    format: z.literal('patchbay-workflow'),
    version: z.literal(workflowVersion),
    name: z.string().optional(),
    description: z.string().optional(),
    tags: listOf(z.string()).optional(),
    nodes,
    workflows: record(subWorkflow).optional(),
    parameters: record(parameter).optional(),
    results: record(z.strictObject({ ...end, output: z.string() })).optional(),
    layout,
    extra: jsonObject.optional(),
  }),
)

const summaryFields = {
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  tags: listOf(z.string()),
  version: z.int().min(1),
  createdAt: time,
  updatedAt: time,
}
export const workflowSummary = conformsTo<WorkflowSummary>()(z.strictObject(summaryFields))
export const workflowRecord = conformsTo<WorkflowRecord>()(
  z.strictObject({ ...summaryFields, document: workflowDocument }),
)
export const workflowVersionEntry = conformsTo<WorkflowVersion>()(
  z.strictObject({
    version: z.int().min(1),
    createdAt: time,
    message: z.string().optional(),
    hash: z.string().describe('Content hash of the canonical document.'),
  }),
)
export const template = conformsTo<WorkflowTemplate>()(z.strictObject({ id: z.string(), document: workflowDocument }))

const widget = conformsTo<Widget>()(
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.enum(['int', 'float']),
      min: z.number(),
      max: z.number(),
      step: z.number(),
      slider: z.boolean().optional(),
      unit: z.string().optional(),
    }),
    z.strictObject({ type: z.literal('text'), multiline: z.boolean(), placeholder: z.string().optional() }),
    z.strictObject({ type: z.literal('choice'), options: listOf(z.string()) }),
    z.strictObject({ type: z.literal('file'), folder: z.string(), accept: listOf(z.string()) }),
    z.strictObject({ type: z.enum(['toggle', 'seed', 'color', 'curve', 'json', 'workflow']) }),
  ]),
)
export const workflowArgument = conformsTo<WorkflowArgument>()(
  z.strictObject({
    name: z.string(),
    ...end,
    input: z.string(),
    description: z.string().optional(),
    types: listOf(z.string()),
    value: z.unknown().optional(),
    widget: widget.optional(),
  }),
)

const input = { name: z.string(), label: z.string(), description: z.string().optional(), types: listOf(z.string()) }
const nodeManifest = z.strictObject({
  type: z.string(),
  version: z.int(),
  label: z.string(),
  category: z.string(),
  description: z.string(),
  aliases: listOf(z.string()),
  inputs: listOf(
    z.discriminatedUnion('kind', [
      z.strictObject({
        ...input,
        kind: z.literal('link'),
        optional: z.boolean(),
        lazy: z.boolean(),
        list: z.boolean(),
      }),
      z.strictObject({
        ...input,
        kind: z.literal('value'),
        widget,
        default: z.unknown(),
        schema: jsonObject,
        advanced: z.boolean().optional(),
      }),
    ]),
  ),
  outputs: listOf(
    z.strictObject({
      name: z.string(),
      label: z.string(),
      description: z.string().optional(),
      type: z.string(),
      list: z.boolean(),
    }),
  ),
  sideEffect: z.boolean(),
  dynamicInputs: z
    .strictObject({ types: listOf(z.string()), min: z.int().optional(), max: z.int().optional() })
    .optional(),
  deprecated: z.string().optional(),
  experimental: z.boolean().optional(),
})
export const registryManifest = conformsTo<RegistryManifest>()(
  z.strictObject({
    nodes: listOf(conformsTo<RegistryManifest['nodes'][number]>()(nodeManifest)),
    socketTypes: listOf(
      z.strictObject({
        name: z.string(),
        label: z.string(),
        description: z.string().optional(),
        color: z.string(),
      }),
    ),
    coercions: listOf(z.strictObject({ from: z.string(), to: z.string() })),
  }),
)

const names = listOf(z.string())
const changeOf = <Schema extends z.ZodType>(schema: Schema) => ({ from: schema.optional(), to: schema.optional() })
const graphDiff = {
  added: names,
  removed: names,
  changed: listOf(
    z.strictObject({
      node: z.string(),
      type: z.strictObject(changeOf(z.string())).optional(),
      version: z.strictObject(changeOf(z.number())).optional(),
      mode: z.strictObject(changeOf(z.string())).optional(),
      values: listOf(z.strictObject({ input: z.string(), ...changeOf(z.unknown()) })),
      links: listOf(z.strictObject({ input: z.string(), ...changeOf(links) })),
    }),
  ),
}
export const workflowDiff = conformsTo<WorkflowDiff>()(
  z.strictObject({
    nodes: z.strictObject(graphDiff),
    workflows: z.strictObject({
      added: names,
      removed: names,
      changed: listOf(z.strictObject({ ...graphDiff, workflow: z.string(), surface: z.boolean() })),
    }),
    details: names,
    layout: z.boolean(),
  }),
)

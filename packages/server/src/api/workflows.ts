import {
  type FailurePolicy,
  type Layout,
  type NodeLayout,
  type RegistryManifest,
  type Widget,
  type Workflow,
  type WorkflowDiff,
  workflowVersion,
} from '@patchbay/engine/workflow'
import { z } from 'zod'
import { conformsTo, jsonObject, jsonValue, listOf, objectOf, recordOf, time } from './shapes.ts'

const link = z.union([objectOf({ node: z.string(), output: z.string() }), objectOf({ input: z.string() })])
const links = z.union([link, listOf(link)])
export const failurePolicy = conformsTo<FailurePolicy>()(
  objectOf({
    retries: z.int().min(0).max(100).exactOptional().describe('How often a node that fails is tried again first.'),
    then: z
      .enum(['stop', 'skip'])
      .exactOptional()
      .describe('`stop`: the run has failed. `skip`: what could not be made is left out, of a list that one element.'),
  }).describe('What is done when a node fails.'),
)
const nodes = recordOf(
  objectOf({
    type: z.string(),
    version: z.int(),
    values: jsonObject,
    links: recordOf(links),
    mode: z.enum(['muted', 'bypassed']).exactOptional(),
    onFailure: failurePolicy.exactOptional(),
  }),
)
const point = { x: z.number(), y: z.number() }
const box = { ...point, width: z.number(), height: z.number(), color: z.string().exactOptional() }
const nodeLayout = conformsTo<NodeLayout>()(
  objectOf({
    ...point,
    width: z.number().exactOptional(),
    height: z.number().exactOptional(),
    title: z.string().exactOptional(),
    color: z.string().exactOptional(),
    collapsed: z.boolean().exactOptional(),
    pinned: z.boolean().exactOptional(),
    sockets: listOf(z.string()).exactOptional(),
    seeds: recordOf(z.enum(['increment', 'decrement', 'randomise'])).exactOptional(),
  }),
)
const layout = conformsTo<Layout>()(
  objectOf({
    nodes: recordOf(nodeLayout).exactOptional(),
    groups: recordOf(objectOf({ ...box, title: z.string() })).exactOptional(),
    notes: recordOf(objectOf({ ...box, text: z.string() })).exactOptional(),
    reroutes: recordOf(listOf(objectOf(point))).exactOptional(),
    view: objectOf({ ...point, zoom: z.number() }).exactOptional(),
  }),
)
  .describe('How it looks; no result depends on it.')
  .exactOptional()
const end = { node: z.string(), label: z.string().exactOptional() }
const parameter = objectOf({ ...end, input: z.string(), description: z.string().exactOptional() })
const subWorkflow = objectOf({
  label: z.string().exactOptional(),
  description: z.string().exactOptional(),
  nodes,
  inputs: recordOf(
    objectOf({
      like: objectOf({ node: z.string(), input: z.string() }),
      label: z.string().exactOptional(),
      value: jsonValue.exactOptional(),
    }),
  ),
  outputs: recordOf(objectOf({ ...end, output: z.string() })),
  layout,
})
export const workflowDocument = conformsTo<Workflow>()(
  objectOf({
    format: z.literal('patchbay-workflow'),
    version: z.literal(workflowVersion),
    name: z.string().exactOptional(),
    description: z.string().exactOptional(),
    tags: listOf(z.string()).exactOptional(),
    nodes,
    workflows: recordOf(subWorkflow).exactOptional(),
    parameters: recordOf(parameter).exactOptional(),
    results: recordOf(objectOf({ ...end, output: z.string() })).exactOptional(),
    onFailure: failurePolicy.exactOptional().describe('For nodes that say nothing of it themselves.'),
    layout,
    extra: jsonObject.exactOptional(),
  }),
)

/**
 * A document that has not been parsed: of this version, or of an older one, which is migrated. Parsing gives the
 * issues.
 */
export const untrustedDocument = z.unknown().describe('A workflow document of this version or an older one.')

const summaryFields = {
  id: z.string(),
  name: z.string(),
  description: z.string().exactOptional(),
  tags: listOf(z.string()),
  version: z.int().min(1).describe('The newest version; the first is 1.'),
  createdAt: time,
  updatedAt: time,
}
export const workflowSummary = objectOf(summaryFields)
export const workflowRecord = objectOf({ ...summaryFields, document: workflowDocument })
export const workflowVersionEntry = objectOf({
  version: z.int().min(1),
  createdAt: time,
  message: z.string().exactOptional(),
  hash: z.string().describe('Content hash of the canonical document.'),
})
export const template = objectOf({ id: z.string(), document: workflowDocument }).describe(
  'A workflow that ships, to begin with.',
)

const plain = <Type extends string>(type: Type) => objectOf({ type: z.literal(type) })
export const widget = conformsTo<Widget>()(
  z.discriminatedUnion('type', [
    objectOf({
      type: z.enum(['int', 'float']),
      min: z.number(),
      max: z.number(),
      step: z.number(),
      slider: z.boolean().exactOptional(),
      unit: z.string().exactOptional(),
    }),
    objectOf({ type: z.literal('text'), multiline: z.boolean(), placeholder: z.string().exactOptional() }),
    objectOf({ type: z.literal('choice'), options: listOf(z.string()) }),
    objectOf({ type: z.literal('file'), folder: z.string(), accept: listOf(z.string()) }),
    plain('toggle'),
    plain('seed'),
    plain('color'),
    plain('curve'),
    plain('json'),
    plain('workflow'),
  ]),
)
export const workflowArgument = objectOf({
  name: z.string(),
  ...end,
  input: z.string(),
  description: z.string().exactOptional(),
  types: listOf(z.string()).describe('Names of socket types; `*` where the node is not known here.'),
  value: jsonValue.exactOptional().describe('What holds when it is not given.'),
  widget: widget.exactOptional().describe('How it may be asked for, with range or choices.'),
}).describe('A named argument of a saved workflow.')

export const saveWorkflowRequest = objectOf({
  document: untrustedDocument,
  name: z.string().min(1).max(200).exactOptional(),
  message: z.string().max(1000).exactOptional(),
  basedOn: z
    .int()
    .min(1)
    .exactOptional()
    .describe('The version that was edited; a newer one on the server is answered with 409 rather than overwritten.'),
})
export const importRequest = objectOf({
  source: jsonValue.describe(
    'As ComfyUI saves it, or as it is posted; or, as a text, the settings that AUTOMATIC1111 writes beside a picture.',
  ),
})
export const importedWorkflow = objectOf({
  document: workflowDocument,
  problems: listOf(z.string()).describe(
    'What has no counterpart here and stands in the document under its own name, a sentence each.',
  ),
})
export const exportRequest = objectOf({ document: untrustedDocument, to: z.enum(['editor', 'api']).default('editor') })
export const exportedWorkflow = objectOf({
  workflow: jsonObject.describe("As ComfyUI's editor saves it, or as it is posted."),
  problems: listOf(z.string()).describe('What could not be said in it, a sentence each.'),
})

const input = {
  name: z.string(),
  label: z.string(),
  description: z.string().exactOptional(),
  types: listOf(z.string()),
}
const nodeManifest = objectOf({
  type: z.string(),
  version: z.int(),
  label: z.string(),
  category: z.string(),
  description: z.string(),
  aliases: listOf(z.string()),
  inputs: listOf(
    z.discriminatedUnion('kind', [
      objectOf({
        ...input,
        kind: z.literal('link'),
        optional: z.boolean(),
        lazy: z.boolean(),
        list: z.boolean(),
      }),
      objectOf({
        ...input,
        kind: z.literal('value'),
        widget,
        default: jsonValue,
        schema: jsonObject,
        advanced: z.boolean().exactOptional(),
        optional: z.boolean().exactOptional(),
      }),
    ]),
  ),
  outputs: listOf(
    objectOf({
      name: z.string(),
      label: z.string(),
      description: z.string().exactOptional(),
      type: z.string(),
      list: z.boolean(),
    }),
  ),
  sideEffect: z.boolean(),
  dynamicInputs: objectOf({
    types: listOf(z.string()),
    min: z.int().exactOptional(),
    max: z.int().exactOptional(),
  }).exactOptional(),
  deprecated: z.string().exactOptional(),
  experimental: z.boolean().exactOptional(),
})
export const registryManifest = conformsTo<RegistryManifest>()(
  objectOf({
    nodes: listOf(nodeManifest),
    socketTypes: listOf(
      objectOf({
        name: z.string(),
        label: z.string(),
        description: z.string().exactOptional(),
        color: z.string(),
      }),
    ),
    coercions: listOf(objectOf({ from: z.string(), to: z.string() })),
  }),
)

const names = listOf(z.string())
const changeOf = <Schema extends z.ZodType>(schema: Schema) => ({
  from: schema.exactOptional(),
  to: schema.exactOptional(),
})
const graphDiff = {
  added: names,
  removed: names,
  changed: listOf(
    objectOf({
      node: z.string(),
      type: objectOf(changeOf(z.string())).exactOptional(),
      version: objectOf(changeOf(z.number())).exactOptional(),
      mode: objectOf(changeOf(z.string())).exactOptional(),
      onFailure: objectOf(changeOf(failurePolicy)).exactOptional(),
      values: listOf(objectOf({ input: z.string(), ...changeOf(jsonValue) })),
      links: listOf(objectOf({ input: z.string(), ...changeOf(links) })),
    }),
  ),
}
export const workflowDiff = conformsTo<WorkflowDiff>()(
  objectOf({
    nodes: objectOf(graphDiff),
    workflows: objectOf({
      added: names,
      removed: names,
      changed: listOf(objectOf({ ...graphDiff, workflow: z.string(), surface: z.boolean() })),
    }),
    details: names,
    layout: z.boolean(),
  }),
)

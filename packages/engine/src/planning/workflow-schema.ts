import { workflowVersion } from '../workflow/index.ts'

/** Names that every object has: as an id they would read like a node that is there. */
const inheritedNames = Object.getOwnPropertyNames(Object.prototype).sort().join('|')

const ref = (name: string) => ({ $ref: `#/definitions/${name}` })
const text = (maxLength: number) => ({ type: 'string', maxLength })
/** An object from names to `of`. */
const named = (of: object) => ({ type: 'object', propertyNames: ref('name'), additionalProperties: of })
const record = (required: readonly string[], properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
})

const number = { type: 'number' }
const label = text(500)
const description = text(100_000)
const point = { x: number, y: number }
const frame = { ...point, width: number, height: number, color: text(100) }

const links = (link: string) =>
  named({
    if: { type: 'array' },
    then: { type: 'array', maxItems: 10_000, items: ref(link) },
    else: ref(link),
  })
const node = (link: string) =>
  record(['type', 'version', 'values', 'links'], {
    type: { type: 'string', minLength: 1, maxLength: 300 },
    version: { type: 'integer', minimum: 1 },
    mode: { enum: ['muted', 'bypassed'] },
    onFailure: ref('failurePolicy'),
    values: { type: 'object', propertyNames: ref('name') },
    links: links(link),
  })

/**
 * The JSON Schema of a workflow document. This is its only source: the published `schema/workflow.schema.json` is
 * compared with it by a test. Values are free JSON here; what an input takes is said by the node definition.
 */
export const workflowSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://patchbay.invalid/schema/workflow.schema.json',
  title: 'Patchbay workflow',
  ...record(['format', 'version', 'nodes'], {
    format: { const: 'patchbay-workflow' },
    version: { const: workflowVersion },
    name: label,
    description,
    tags: { type: 'array', maxItems: 1000, items: text(200) },
    nodes: named(ref('node')),
    workflows: named(ref('subWorkflow')),
    parameters: named(record(['node', 'input'], { node: ref('name'), input: ref('name'), label, description })),
    results: named(record(['node', 'output'], { node: ref('name'), output: ref('name'), label })),
    onFailure: ref('failurePolicy'),
    layout: ref('layout'),
    extra: { type: 'object' },
  }),
  definitions: {
    name: {
      type: 'string',
      minLength: 1,
      maxLength: 300,
      pattern: `^(?!(?:${inheritedNames})$)[^/]+$`,
    },
    failurePolicy: record([], {
      retries: { type: 'integer', minimum: 0, maximum: 100 },
      then: { enum: ['stop', 'skip'] },
    }),
    node: node('nodeLink'),
    innerNode: node('innerLink'),
    nodeLink: record(['node', 'output'], { node: ref('name'), output: ref('name') }),
    innerLink: {
      if: { type: 'object', required: ['input'], properties: { input: {} } },
      then: record(['input'], { input: ref('name') }),
      else: ref('nodeLink'),
    },
    subWorkflow: record(['nodes', 'inputs', 'outputs'], {
      label,
      description,
      nodes: named(ref('innerNode')),
      inputs: named(
        record(['like'], {
          like: record(['node', 'input'], { node: ref('name'), input: ref('name') }),
          label,
          value: {},
        }),
      ),
      outputs: named(record(['node', 'output'], { node: ref('name'), output: ref('name'), label })),
      layout: ref('layout'),
    }),
    layout: record([], {
      nodes: named(
        record(['x', 'y'], {
          ...frame,
          title: label,
          collapsed: { type: 'boolean' },
          pinned: { type: 'boolean' },
          sockets: { type: 'array', items: ref('name') },
          seeds: named({ enum: ['increment', 'decrement', 'randomise'] }),
        }),
      ),
      groups: named(record(['x', 'y', 'width', 'height', 'title'], { ...frame, title: label })),
      notes: named(record(['x', 'y', 'width', 'height', 'text'], { ...frame, text: description })),
      reroutes: named({ type: 'array', items: record(['x', 'y'], point) }),
      view: record(['x', 'y', 'zoom'], { ...point, zoom: { type: 'number', exclusiveMinimum: 0 } }),
    }),
  },
} as const

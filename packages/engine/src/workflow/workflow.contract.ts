import fc from 'fast-check'
import type { JsonValue } from './json.ts'
import type { NodeInstance, Workflow } from './workflow.ts'

const name = fc.stringMatching(/^[a-z0-9_. ä"-]{1,6}$/)
const value: fc.Arbitrary<JsonValue> = fc
  .jsonValue({ maxDepth: 3, noUnicodeString: false } as fc.JsonSharedConstraints)
  .filter((json) => !JSON.stringify(json).includes('__proto__'))
  .map((json) => JSON.parse(JSON.stringify(json)) as JsonValue)
const nodeLink = fc.record({ node: name, output: name })
const innerLink = fc.oneof(nodeLink, fc.record({ input: name }))

const policy = fc.record(
  { retries: fc.integer({ min: 0, max: 100 }), then: fc.constantFrom('stop' as const, 'skip' as const) },
  { requiredKeys: [] },
)
const node = (link: fc.Arbitrary<NodeInstance['links'][string]>): fc.Arbitrary<NodeInstance> =>
  fc.record(
    {
      type: name,
      version: fc.integer({ min: 1, max: 9 }),
      values: fc.dictionary(name, value, { maxKeys: 3 }),
      links: fc.dictionary(name, link, { maxKeys: 3 }),
      mode: fc.constantFrom('muted', 'bypassed'),
      onFailure: policy,
    },
    { requiredKeys: ['type', 'version', 'values', 'links'] },
  )
const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((x) => x + 0)
const layout = fc.record(
  {
    nodes: fc.dictionary(
      name,
      fc.record({ x: coordinate, y: coordinate, title: fc.string() }, { requiredKeys: ['x', 'y'] }),
    ),
    reroutes: fc.dictionary(name, fc.array(fc.record({ x: coordinate, y: coordinate }), { maxLength: 3 })),
  },
  { requiredKeys: [] },
)

/** Any workflow document that fits the schema. */
export const anyWorkflow: fc.Arbitrary<Workflow> = fc.record(
  {
    format: fc.constant('patchbay-workflow' as const),
    version: fc.constant(1 as const),
    name: fc.string(),
    tags: fc.array(fc.string(), { maxLength: 3 }),
    nodes: fc.dictionary(name, node(fc.oneof(nodeLink, fc.array(nodeLink, { maxLength: 3 }))), { maxKeys: 5 }),
    workflows: fc.dictionary(
      name,
      fc.record({
        nodes: fc.dictionary(name, node(fc.oneof(innerLink, fc.array(innerLink, { maxLength: 2 }))), { maxKeys: 3 }),
        inputs: fc.dictionary(
          name,
          fc.record({ like: fc.record({ node: name, input: name }), value }, { requiredKeys: ['like'] }),
          { maxKeys: 2 },
        ),
        outputs: fc.dictionary(name, nodeLink, { maxKeys: 2 }),
      }),
      { maxKeys: 2 },
    ),
    onFailure: policy,
    parameters: fc.dictionary(name, fc.record({ node: name, input: name }), { maxKeys: 2 }),
    layout,
    extra: fc.dictionary(name, value, { maxKeys: 2 }),
  },
  { requiredKeys: ['format', 'version', 'nodes'] },
)

import { describe, expect, test } from 'vitest'
import {
  choice,
  coercion,
  createRegistry,
  defineNode,
  Float,
  float,
  int,
  type JsonObject,
  link,
  type NodeInstance,
  optionalLink,
  socketType,
  validateWorkflow,
  type Workflow,
  WorkflowBuilder,
} from '../index.ts'
import { arithmetic, number } from '../testing.ts'

const Model = socketType<'model', string>('model')
const Lora = socketType<'lora', string>('lora')
const Image = socketType<'image', string>('image')
const Mask = socketType<'mask', string>('mask')

const loadModel = defineNode({
  type: 'LoadModel',
  version: 1,
  inputs: { family: choice(['sd15', 'sdxl'], 'sd15') },
  outputs: { model: Model, image: Image },
  traits: ({ values }) => Promise.resolve({ model: { family: values.family ?? '' } }),
  run: () => ({ model: 'model', image: 'image' }),
})
const applyLora = defineNode({
  type: 'ApplyLora',
  version: 1,
  inputs: { model: link(Model), family: choice(['sd15', 'sdxl'], 'sd15'), mask: optionalLink(Mask) },
  outputs: { model: Model },
  traits: ({ links }) => ({ model: links.model ?? {} }),
  validate: ({ links, values }) =>
    links.model?.['family'] === undefined || links.model['family'] === values.family
      ? []
      : [
          {
            input: 'model',
            message: `the model is ${String(links.model['family'])}, but the LoRA is for ${values.family ?? ''}.`,
          },
        ],
  run: ({ model }) => ({ model }),
})
const useModel = defineNode({
  type: 'UseModel',
  version: 3,
  inputs: {
    model: link(Model),
    steps: int({ default: 20, min: 1, max: 100 }),
    strength: float({ default: 1, max: 2 }),
  },
  outputs: {},
  sideEffect: true,
  migrate: {
    2: ({ values: { stepCount = 1, ...values }, links }) => ({ values: { ...values, steps: stepCount }, links }),
  },
  run: () => ({}),
})
const atMostTwo = defineNode({
  type: 'AtMostTwo',
  version: 1,
  inputs: {},
  outputs: {},
  dynamicInputs: { each: link(Float), min: 1, max: 2 },
  sideEffect: true,
  run: () => ({}),
})
const registry = createRegistry({
  nodes: [...arithmetic, loadModel, applyLora, useModel, atMostTwo],
  socketTypes: [Lora],
  coercions: [coercion(Image, Mask, (image) => image)],
})

const node = (
  type: string,
  links: NodeInstance['links'] = {},
  values: JsonObject = {},
  more: Partial<NodeInstance> = {},
): NodeInstance => ({
  type,
  version: 1,
  values,
  links,
  ...more,
})
const from = (source: string, output = 'value') => ({ node: source, output })
const document = (nodes: Workflow['nodes'], more: Partial<Workflow> = {}): Workflow => ({
  format: 'patchbay-workflow',
  version: 1,
  nodes,
  ...more,
})
async function issuesOf(workflow: Workflow, targets?: readonly string[]) {
  const validated = await validateWorkflow(workflow, registry, targets ? { targets } : {})
  return validated.ok ? validated.warnings : validated.issues
}
const brief = async (...args: Parameters<typeof issuesOf>) =>
  (await issuesOf(...args)).map(({ code, path }) => `${code} ${path}`)

describe('validation tells', () => {
  test('everything that is wrong, at once, each with its path and its node', async () => {
    const issues = await issuesOf(
      document({
        a: node('Nubmer'),
        b: node(
          'UseModel',
          { model: from('load', 'modle'), width: from('load', 'model') },
          { steps: 0, cfg: 7 },
          { version: 3 },
        ),
        load: node('LoadModel', {}, { family: 'sd14' }),
        c: node('Show'),
        d: node('Show', { value: from('nowhere') }),
        e: node('Show', { value: from('load', 'model') }),
        f: node('Show', { value: from('a') }),
        g: node('Show', { value: [from('n'), from('n')] }),
        n: node('Number'),
      }),
    )
    expect(issues.map(({ code, path }) => `${code} ${path}`).sort()).toEqual([
      'invalid-value nodes.b.values.steps',
      'invalid-value nodes.load.values.family',
      'link-to-missing-node nodes.d.links.value',
      'link-to-missing-output nodes.b.links.model',
      'missing-link nodes.c.links.value',
      'too-many-links nodes.g.links.value',
      'type-mismatch nodes.e.links.value',
      'unknown-input nodes.b.links.width',
      'unknown-input nodes.b.values.cfg',
      'unknown-type nodes.a.type',
    ])
    const of = (code: string) => issues.find((issue) => issue.code === code)?.message
    expect(of('unknown-type')).toBe('Nubmer (node a): there is no node type "Nubmer". Did you mean "Number"?')
    expect(of('type-mismatch')).toBe(
      'Show (node e): input "value" takes "float", but output "model" of node load is "model".',
    )
    expect(of('missing-link')).toBe('Show (node c): input "value" needs a link from "float".')
    expect(of('link-to-missing-output')).toContain('has no output "modle"; it has "model", "image"')
    expect(issues.find(({ path }) => path === 'nodes.b.values.steps')?.message).toBe(
      'UseModel (node b): "steps" must be at least 1, not 0.',
    )
  })

  test('the name that was meant, of inputs, outputs, options and sub-workflows', async () => {
    const issues = await issuesOf(
      document(
        {
          load: node('LoadModel', {}, { family: 'sdx' }),
          a: node('Add', { aa: from('n'), a: from('n', 'vlue') }, { bb: 2 }),
          n: node('Number'),
          use: node('workflow:twise'),
        },
        { workflows: { twice: { nodes: {}, inputs: {}, outputs: {} } } },
      ),
    )
    const hints = issues.flatMap(({ message }) => /Did you mean "[^"]*"\?$/.exec(message)?.[0] ?? [])
    expect(hints.sort()).toEqual([
      'Did you mean "a"?',
      'Did you mean "b"?',
      'Did you mean "sdxl"?',
      'Did you mean "twice"?',
      'Did you mean "value"?',
    ])
  })

  test('a cycle, with its path in the direction of the data', async () => {
    const issues = await issuesOf(
      document({
        a: node('Add', { a: from('c', 'sum') }),
        b: node('Add', { a: from('a', 'sum') }),
        c: node('Add', { a: from('b', 'sum') }),
        show: node('Show', { value: from('c', 'sum') }),
      }),
    )
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatchObject({ code: 'cycle', severity: 'error' })
    const cycle = issues[0]?.cycle ?? []
    expect(cycle).toHaveLength(4)
    expect(`${cycle.join()},${cycle.slice(1).join()}`).toContain('a,b,c,a')
  })

  test('that nothing would run', async () => {
    expect(await brief(document({ a: node('Number') }))).toEqual(['nothing-to-run nodes'])
    expect(await brief(document({}))).toEqual(['nothing-to-run nodes'])
    const muted = document({ a: node('Number'), s: node('Show', { value: from('a') }, {}, { mode: 'muted' }) })
    expect(await brief(muted)).toEqual(['nothing-to-run nodes'])
  })

  test('a target that is not there', async () => {
    expect(await brief(document({ a: node('Number') }), ['b'])).toEqual(['unknown-target nodes.b'])
  })

  test('what is wrong with nodes that would not run, as warnings', async () => {
    const workflow = document({ a: node('Number'), s: node('Show', { value: from('a') }), half: node('Add') })
    const validated = await validateWorkflow(workflow, registry)
    expect(validated).toMatchObject({
      ok: true,
      warnings: [{ code: 'missing-link', severity: 'warning', node: 'half' }],
    })
  })

  test('what a definition finds in the traits of what is linked to it', async () => {
    const workflow = (family: string) =>
      document({
        load: node('LoadModel', {}, { family: 'sdxl' }),
        lora: node('ApplyLora', { model: from('load', 'model') }, { family }),
        use: node('UseModel', { model: from('lora', 'model') }, {}, { version: 3 }),
      })
    expect(await issuesOf(workflow('sdxl'))).toEqual([])
    expect(await issuesOf(workflow('sd15'))).toMatchObject([
      {
        code: 'custom',
        path: 'nodes.lora.links.model',
        message: 'ApplyLora (node lora): the model is sdxl, but the LoRA is for sd15.',
      },
    ])
  })

  test('versions: older nodes are migrated, newer ones and those without a migration are issues', async () => {
    const use = (version: number, values: JsonObject) =>
      document({
        load: node('LoadModel'),
        use: node('UseModel', { model: from('load', 'model') }, values, { version }),
      })
    const migrated = await validateWorkflow(use(2, { stepCount: 7 }), registry)
    expect(migrated.ok && migrated.plan.nodes.at(-1)?.values).toEqual({ steps: 7, strength: 1 })
    expect(await brief(use(1, {}))).toEqual(['unknown-version nodes.use.version'])
    expect(await brief(use(4, {}))).toEqual(['unknown-version nodes.use.version'])
  })

  test('too few and too many dynamic inputs, and links of the wrong type among them', async () => {
    const with_ = (links: NodeInstance['links']) =>
      document({ n: node('Number'), load: node('LoadModel'), d: node('AtMostTwo', links) })
    expect(await brief(with_({ a1: from('n'), a2: from('n') }))).toEqual([])
    expect(await brief(with_({}))).toEqual(['missing-link nodes.d.links'])
    expect(await brief(with_({ a: from('n'), b: from('n'), c: from('n') }))).toEqual(['too-many-links nodes.d.links'])
    expect(await brief(with_({ a: from('load', 'model') }))).toEqual(['type-mismatch nodes.d.links.a'])
  })

  test('nothing against a link that a coercion allows', async () => {
    const workflow = document({
      load: node('LoadModel'),
      lora: node('ApplyLora', { model: from('load', 'model'), mask: from('load', 'image') }),
      use: node('UseModel', { model: from('lora', 'model') }, {}, { version: 3 }),
    })
    expect(await brief(workflow)).toEqual([])
  })
})

describe('sub-workflows', () => {
  const half = { x: node('Add', { a: { input: 'a' } }, { b: 1 }) }
  const inner = (nodes: Workflow['nodes'], outputs = { sum: from('x', 'sum') }) => ({
    nodes,
    inputs: { a: { like: { node: 'x', input: 'a' } } },
    outputs,
  })
  const using = (workflows: Workflow['workflows'], links: NodeInstance['links'] = { a: from('n') }) =>
    document(
      { n: node('Number'), u: node('workflow:half', links), s: node('Show', { value: from('u', 'sum') }) },
      workflows ? { workflows } : {},
    )

  test('are dissolved, with ids and paths that say where', async () => {
    const validated = await validateWorkflow(using({ half: inner(half) }), registry)
    expect(validated.ok && validated.plan.nodes.map(({ id }) => id)).toEqual(['n', 'u/x', 's'])
  })

  test('that are missing, contain themselves, or are fed wrongly are issues', async () => {
    expect(await brief(using({}))).toContain('sub-workflow nodes.u')
    const endless = { half: inner({ ...half, again: node('workflow:half', { a: { input: 'a' } }) }) }
    expect(await brief(using(endless))).toEqual(['sub-workflow workflows.half.nodes.again'])
    expect(await brief(using({ half: inner(half) }, {}))).toEqual(['missing-link nodes.u.links.a'])
    expect(await brief(using({ half: inner(half) }, { a: from('n'), z: from('n') }))).toEqual([
      'unknown-input nodes.u.links.z',
    ])
    const wrongInside = { half: inner({ x: node('Add', { a: { input: 'a' } }, { b: 'x' }) }) }
    expect(await brief(using(wrongInside))).toEqual(['invalid-value workflows.half.nodes.x.values.b'])
  })

  test('that a loop names are checked too', async () => {
    const loop = (body: string, workflows: NonNullable<Workflow['workflows']>) =>
      document(
        {
          n: node('Number'),
          r: node('Repeat', { state: from('n') }, { body }),
          s: node('Show', { value: from('r', 'state') }),
        },
        { workflows },
      )
    expect(await brief(loop('gone', {}))).toEqual(['sub-workflow nodes.r.values.body'])
    expect(await brief(loop('half', { half: inner({ x: node('Add', {}) }) }))).toEqual([
      'missing-link workflows.half.nodes.x.links.a',
    ])
  })
})

test('what nodes will take is told by those that can tell, and stops nothing', async () => {
  const costly = defineNode({
    type: 'Costly',
    version: 1,
    inputs: { model: link(Model), steps: int({ default: 4 }) },
    outputs: { image: Image },
    sideEffect: true,
    estimate: ({ values: { steps = 0 }, links: { model } }) =>
      Promise.resolve({ flops: steps * Number(model?.['flops']) }),
    run: () => ({ image: 'image' }),
  })
  const source = defineNode({
    type: 'Source',
    version: 1,
    inputs: {},
    outputs: { model: Model },
    traits: () => ({ model: { flops: 10 } }),
    estimate: () => {
      throw new Error('no idea')
    },
    run: () => ({ model: 'model' }),
  })
  const registry = createRegistry({ nodes: [costly, source] })
  const builder = new WorkflowBuilder()
  builder.add(costly, { model: builder.add(source, {}).model, steps: 3 })
  const validated = await validateWorkflow(builder.build(), registry)
  expect(validated).toMatchObject({ ok: true, warnings: [], estimates: [{ type: 'Costly', flops: 30 }] })
})

test('a registry refuses two definitions or two socket types of one name', () => {
  expect(() => createRegistry({ nodes: [number, number] })).toThrow('two node definitions named "Number"')
  const other = socketType<'model', number>('model')
  expect(() => createRegistry({ nodes: [loadModel], socketTypes: [other] })).toThrow('two socket types named "model"')
})

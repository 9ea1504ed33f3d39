import { describe, expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { type DrawnNode, savedGraph } from '../../../testing/saved-graphs.ts'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { promptFromNative } from '../export/from-native.ts'
import { checkPrompt } from '../prompt/validate-prompt.ts'
import { promptJson, promptOf } from '../prompt/prompt.ts'
import { importWorkflow } from './import-workflow.ts'
import { apiFromUi } from './ui-workflow.ts'

// Nothing of a workflow is dropped without a word, and what is brought in goes out again whole.

const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
const imported = (source: unknown) => importWorkflow(source, classes)!
const back = (source: unknown) => promptJson(promptFromNative(imported(source).document, classes).prompt)
const alone = (node: Omit<DrawnNode, 'id'>) => savedGraph({ nodes: [{ id: 1, ...node }], links: [] })

/** What is required of a class that stands alone, each constant with its default. */
const given = (type: string, inputs: JsonObject): JsonObject => {
  const defaults = classes.get(type)!.inputs.flatMap(({ name, options, choices, folder, optional }) => {
    const value = options['default'] ?? choices?.[0]
    return value === undefined || folder !== undefined || optional ? [] : [[name, value] as const]
  })
  return { '1': { class_type: type, inputs: { ...Object.fromEntries(defaults), ...inputs } } }
}

describe('a value that has no counterpart', () => {
  const untaken = [...classes.values()].flatMap(({ name, inputs }) =>
    inputs.flatMap((input) => (input.only === undefined ? [] : [[name, input.name, input.only] as const])),
  )
  test.each(untaken)('of %s.%s is told, and %j is not', (type, name, only) => {
    const other: JsonValue = typeof only === 'boolean' ? !only : typeof only === 'number' ? only + 8 : 'other'
    const { problems } = imported(given(type, { [name]: other }))
    expect(problems.filter((problem) => problem.includes(`Node 1 (${type}): ${name} `))).toHaveLength(1)
    expect(imported(given(type, { [name]: only })).problems).toEqual([])
  })

  test.each(untaken)('of %s.%s is no link either', (type, name) => {
    const source = { ...given(type, { [name]: ['2', 0] }), '2': { class_type: 'PrimitiveInt', inputs: { value: 1 } } }
    const said = `nothing here takes a link at "${name}"`
    expect(imported(source).problems).toContainEqual(expect.stringContaining(said))
    const end = { class_type: 'PreviewAny', inputs: { source: ['1', 0] } }
    const checked = checkPrompt(promptOf({ ...source, '3': end })!, { classes, choicesOf: () => [] })
    const errors = checked.nodeErrors.get('1')?.errors.map(({ details }) => details)
    expect(errors).toContainEqual(expect.stringContaining(`${name}: a link has no counterpart here`))
  })

  test('nor is an input that is not known here, but for the buttons of the editor', () => {
    const { problems } = imported(given('EmptyImage', { depth: 3, upload: 'image' }))
    expect(problems).toEqual(['Node 1 (EmptyImage): it has no input "depth" here; 3 is left out.'])
  })

  test('within a subgraph is told too', () => {
    const inner = {
      id: 'aaaaaaaa-0000-4000-8000-000000000009',
      name: 'Mixed',
      ins: [],
      outs: ['LATENT:LATENT'],
      nodes: [
        {
          id: 2,
          type: 'LatentComposite',
          ins: ['samples_to:LATENT', 'samples_from:LATENT'],
          outs: ['LATENT:LATENT'],
          values: [8, 8, 24],
        },
      ],
      links: [[2, 0, -20, 0]] as const,
    }
    const saved = savedGraph(
      {
        nodes: [
          { id: 5, type: inner.id, outs: ['LATENT:LATENT'] },
          { id: 6, type: 'PreviewAny', ins: ['source:*'] },
        ],
        links: [[5, 0, 6, 0]],
      },
      [inner],
    )
    const feather = classes.get('LatentComposite')!.inputs.find(({ name }) => name === 'feather')
    const told = imported(saved).problems.filter((problem) => problem.includes('feather 24'))
    expect(told).toHaveLength(feather?.only === undefined ? 0 : 1)
  })
})

test('every constant that a class requires goes out again', () => {
  for (const comfyClass of classes.values()) {
    if (comfyClass.module !== undefined || comfyClass.takesMore !== undefined) continue
    const source = given(comfyClass.name, {})
    const [node] = Object.values(back(source)).filter(({ class_type: type }) => type === comfyClass.name)
    if (!node) continue
    const required = Object.keys((source['1'] as { inputs: JsonObject }).inputs)
    expect([comfyClass.name, required.filter((name) => !Object.hasOwn(node.inputs, name))]).toEqual([
      comfyClass.name,
      [],
    ])
  }
})

describe('seeds of before July 2023', () => {
  const ins = ['model:MODEL', 'positive:CONDITIONING', 'negative:CONDITIONING', 'latent_image:LATENT']
  test.each([
    [true, { seed: 'randomise' }],
    [false, undefined],
  ])('%s behind a seed says what happens to it', (control, seeds) => {
    const values = [7, control, 3, 8.5, 'sample_euler', 'normal', 1]
    const saved = alone({ type: 'KSampler', ins, outs: ['LATENT:LATENT'], values })
    const { document, problems } = imported(saved)
    expect([document.layout?.nodes?.['1']?.seeds, problems]).toEqual([seeds, []])
    const inputs = { seed: 7, steps: 3, cfg: 8.5, sampler_name: 'euler', scheduler: 'normal', denoise: 1 }
    expect(document.nodes['1']?.values).toMatchObject({ seed: 7, steps: 3, sampler: 'euler', scheduler: 'normal' })
    expect(apiFromUi(saved, classes).get('1')?.inputs).toMatchObject(inputs)
  })
})

describe('the body of a request', () => {
  const prompt = given('EmptyImage', {})
  test.each([
    ['prompt', { prompt, client_id: 'me' }],
    ['workflow', { workflow: prompt }],
    ['workflow as it is saved', { workflow: alone({ type: 'EmptyImage', values: [8, 8, 1, 0] }), prompt: {} }],
  ])('is opened by its %s', (_, body) => {
    expect(imported(body).document.nodes['1']?.type).toBe('EmptyImage')
  })
  test('is no prompt whose node is called so', () => {
    expect(Object.keys(imported({ prompt: prompt['1'] }).document.nodes)).toEqual(['prompt'])
  })
})

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseWorkflowText, serializeWorkflow } from '@patchbay/engine'
import { writeMiniControlNet, writeMiniLora } from '../packages/nodes/src/testing/mini-additions.ts'
import { writeIconCache } from '../packages/nodes/src/testing/icon-cache.ts'
import { writeMiniCheckpoint } from '../packages/nodes/src/testing/mini-checkpoint.ts'
import { decodeImage } from '../packages/nodes/src/image/codec.ts'
import { runWorkflow } from '../packages/server/src/cli/run.ts'
import { testWorkflows } from '../packages/server/src/cli/test.ts'

const folder = join(import.meta.dirname, '../workflows')
const files = readdirSync(folder).filter((name) => /(?<!\.test)\.json$/.test(name))
let place: string

/** Trainings as small as they go, and scores of few pictures, on two icons that lie where fetched ones are kept. */
const tiny: Readonly<Record<string, readonly string[]>> = {
  'train-talking-head.json': ['steps=3', 'batch=2', 'clips=3', 'text=Hello.'],
  'train-autoencoder.json': ['steps=3', 'batch=2', 'network=tiny', 'size=16'],
  'train-style-model.json': ['steps=3', 'batch=2', 'network=tiny', 'size=16'],
  'style-transfer.json': ['steps=2', 'size=32'],
  'align-style.json': ['steps=2', 'batch=2'],
  'train-denoiser.json': ['steps=3', 'batch=2', 'network=tiny', 'size=16', 'sample.steps=2'],
  'train-captioner.json': ['steps=3', 'batch=2', 'network=tiny', 'size=16', 'faces=40'],
  'train-score-towers.json': ['steps=3', 'batch=2', 'network=tiny', 'size=16'],
  'train-discriminator.json': ['steps=3', 'batch=2', 'network=tiny', 'size=16', 'train.generated=4'],
  'train-textual-inversion.json': ['steps=3', 'batch=2', 'before.steps=2', 'after.steps=2'],
  'score-checkpoint.json': ['spread.neighbours=1'],
  'smile-to-frown.json': ['known.count=40', 'amounts=2', 'shown.count=4'],
  'train-turbo.json': ['steps=2', 'batch=2', 'size=32', 'train.rank=2'],
  'train-flow.json': [
    'steps=3',
    'batch=2',
    'network=tiny',
    'size=16',
    'faces.count=120',
    'unseen.count=2',
    'drawn.batch=2',
  ],
  'how-likely.json': ['pictures=2', 'evaluations=4', 'faces.count=4'],
  'flow-there-and-back.json': ['pictures.count=2', 'drawn.batch=2', 'faces.count=4'],
  'train-lora.json': ['steps=3', 'batch=2', 'priorPictures=2', 'before.steps=2', 'after.steps=2'],
}

/** What a workflow warns of wherever it runs: MP4 and WebM, which have sound, need packages that the user adds. */
const warnings: { readonly [name: string]: string } = {
  'train-talking-head.json':
    'SaveVideo (save): warning: An animated WebP is silent: save as MP4 or WebM to keep the sound.\n',
}

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-workflows-'))
  // The real architecture at its smallest, under the name of the checkpoint that the workflows use.
  writeMiniCheckpoint(join(place, 'models/checkpoints/patchbay-mini'))
  writeIconCache(join(place, 'data/work/data'))
  vi.stubEnv('PATCHBAY_DATA', join(place, 'data'))
  writeMiniControlNet(join(place, 'models/controlnet/mini-edges'))
  writeMiniLora(join(place, 'models/loras/mini-style.safetensors'))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(place, { recursive: true, force: true })
})

async function run(name: string, set: readonly string[] = []): Promise<{ code: number; out: string; errors: string }> {
  let [out, errors] = ['', '']
  const terminal = {
    out: (text: string) => void (out += text),
    error: (text: string) => void (errors += text),
    signal: new AbortController().signal,
  }
  const options = { models: join(place, 'models'), input: place, out: join(place, 'output', name), set, quiet: true }
  const code = await runWorkflow(join(folder, name), options, terminal)
  return { code, out, errors }
}

describe.each(files)('%s', (name) => {
  test('is written the canonical way', () => {
    const text = readFileSync(join(folder, name), 'utf8')
    const parsed = parseWorkflowText(text)
    expect(parsed.ok ? [] : parsed.issues).toEqual([])
    if (parsed.ok) expect(serializeWorkflow(parsed.workflow)).toBe(text)
  })

  test('says what it is and gives every node a place', () => {
    const parsed = parseWorkflowText(readFileSync(join(folder, name), 'utf8'))
    if (!parsed.ok) throw new Error(name)
    const { description, layout, nodes } = parsed.workflow
    expect(description).toBeTruthy()
    expect(Object.keys(layout?.nodes ?? {}).sort()).toEqual(Object.keys(nodes).sort())
  })

  test('runs to its end', async () => {
    const { code, errors } = await run(name, tiny[name])
    expect(errors).toBe(warnings[name] ?? '')
    expect(code).toBe(0)
  })
})

test('arithmetic prints what it computes', async () => {
  const { out } = await run('arithmetic.json', ['width=300'])
  expect(out).toBe(
    '1 × 300 × 200 (small): 60000 pixels\n2 × 300 × 200 (small): 120000 pixels\n3 × 300 × 200 (small): 180000 pixels\npixels: 60000\n',
  )
})

test('a picture carries the workflow that made it, with the values it ran with', async () => {
  const { out } = await run('text-to-image.json', ['steps=2', 'seed=18446744073709551615'])
  const { image, texts } = await decodeImage(readFileSync(out.trim()))
  expect(image.shape).toEqual([1, 64, 64, 3])
  const embedded = parseWorkflowText(texts['patchbay-workflow'] ?? '')
  expect(embedded).toMatchObject({
    workflow: { nodes: { sample: { values: { seed: '18446744073709551615', steps: 2 } } } },
  })
})

test('step by step makes the picture that sampling at once makes', async () => {
  const steps = await run('step-by-step.json')
  const whole = await run('text-to-image.json', ['steps=4', 'sample.sampler=euler'])
  const [a, b] = await Promise.all([steps, whole].map(async ({ out }) => decodeImage(readFileSync(out.trim()))))
  expect(a?.image).toEqual(b?.image)
})

test('a model that hands over to itself makes the picture that it makes alone', async () => {
  const handed = await run('refiner.json')
  const alone = await run('text-to-image.json', ['sample.sampler=euler'])
  const [a, b] = await Promise.all([handed, alone].map(pictureOf))
  expect(a).toEqual(b)
})

const pictureOf = async ({ out }: { out: string }) => (await decodeImage(readFileSync(out.trim()))).image

test('a ControlNet changes the picture, and at strength 0 it does not', async () => {
  const plain = await pictureOf(await run('text-to-image.json', ['prompt=red apple']))
  expect(await pictureOf(await run('controlnet.json', ['strength=0']))).toEqual(plain)
  expect(await pictureOf(await run('controlnet.json'))).not.toEqual(plain)
})

test('a LoRA changes the picture, and at strength 0 it does not', async () => {
  const plain = await pictureOf(await run('text-to-image.json', ['prompt=red apple']))
  expect(await pictureOf(await run('lora.json', ['modelStrength=0']))).toEqual(plain)
  expect(await pictureOf(await run('lora.json'))).not.toEqual(plain)
})

test('best of four, on the bundled models, holds what its test file says', async () => {
  let said = ''
  const write = (text: string) => void (said += text)
  const terminal = { out: write, error: write, signal: new AbortController().signal }
  const none = join(place, 'none')
  mkdirSync(none, { recursive: true })
  const options = { models: none, out: join(place, 'differences') }
  expect(await testWorkflows([join(folder, 'best-of-4.json')], options, terminal), said).toBe(0)
}, 120_000)

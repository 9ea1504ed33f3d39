import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { imagesOf, type Dataset } from '../../dataset/dataset.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { Services } from '../../host/services.ts'
import { imageFrom, type ImageTensor } from '../../image/image.ts'
import { runNode } from '../../testing/run-node.ts'
import { loadStyleModel } from './load-style-model.ts'
import { styleByOptimisation } from './style-by-optimisation.ts'
import { styleTransfer } from './style-transfer.ts'
import { trainStyleModel } from './train-style-model.ts'

let place: string
let services: Services
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-style-nodes-'))
  const folders = { style_models: [join(place, 'style_models')] }
  services = createLocalServices({ output: join(place, 'output'), folders, threads: 1 })
})
afterAll(async () => {
  await services.sessions.clear()
  rmSync(place, { recursive: true, force: true })
})

const side = 16
type Shape = (y: number, x: number) => boolean
const things: Readonly<Record<string, Shape>> = {
  box: (y, x) => y > 3 && y < 12 && x > 3 && x < 12,
  bar: (y) => y > 5 && y < 10,
  pole: (_, x) => x > 5 && x < 10,
  corner: (y, x) => y < 8 && x < 8,
}
/** Premultiplied pixels of a thing: filled red, or blue stripes. */
const styles: Readonly<Record<string, (y: number, x: number) => readonly [number, number, number]>> = {
  flat: () => [220, 40, 30],
  striped: (y) => (y % 4 < 2 ? [20, 40, 160] : [120, 190, 240]),
}

/** Four things in two styles. */
function drawings(): Dataset {
  const all = Object.entries(things).flatMap(([concept, inside]) =>
    Object.entries(styles).map(([style, colour]) => ({ concept, style, inside, colour })),
  )
  const pixels = new Uint8Array(all.length * side * side * 4)
  for (const [row, { inside, colour }] of all.entries()) {
    for (let i = 0; i < side * side; i++) {
      const [y, x] = [Math.floor(i / side), i % side]
      if (inside(y, x)) pixels.set([...colour(y, x), 255], (row * side * side + i) * 4)
    }
  }
  const pictures = all.map(({ concept, style }, row) => ({ row, concept, style, captions: [concept] }))
  return { title: 'drawings', size: side, pixels, pictures, augmentation: { mirrored: 0 } }
}

const run = (definition: unknown, inputs: Readonly<Record<string, unknown>>) =>
  runNode(definition as Parameters<typeof runNode>[0], inputs, { services })
const apart = (a: ImageTensor, b: ImageTensor): number =>
  a.data.reduce((sum, value, i) => sum + Math.abs(value - (b.data[i] ?? NaN)), 0) / a.data.length

describe('TrainStyleModel', () => {
  const settings = { network: 'tiny', batch: 4, learningRate: 1e-2, emaDecay: 0.9, name: 'own' }

  test('learns to redraw things in a style that it is shown, and saves what StyleTransfer uses', async () => {
    const dataset = drawings()
    const result = await run(trainStyleModel, { dataset, ...settings, steps: 90, sampleEvery: 45 })
    const losses = result.shown['loss'] as number[]
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(losses.slice(-5))).toBeLessThan(0.6 * mean(losses.slice(0, 3)))
    expect(result.artifacts.map(({ name }) => name)[0]).toMatch(/^own-samples/)
    const { styleModel } = (await run(loadStyleModel, { styleModel: 'own/model.safetensors' })).outputs
    const [flat, striped, style] = [imagesOf(dataset, 0, 1), imagesOf(dataset, 1, 1), imagesOf(dataset, 3, 1)]
    const { image } = (await run(styleTransfer, { styleModel, image: flat, style })).outputs
    expect(apart(image as ImageTensor, striped)).toBeLessThan(0.7 * apart(flat, striped))
    const { image: same } = (await run(styleTransfer, { styleModel, image: flat, style, amount: 0 })).outputs
    expect(apart(same as ImageTensor, flat)).toBeLessThan(1e-6)
    const wide = imageFrom({ batch: 1, height: 21, width: 50, channels: 3 }, (_, y, x) =>
      things['bar']?.(y, x) ? 0.3 : 1,
    )
    const { image: large } = (await run(styleTransfer, { styleModel, image: wide, style })).outputs
    expect((large as ImageTensor).shape).toEqual([1, 21, 50, 3])
  }, 240_000)

  test('hears a critic of patches, and leaves it out of what it saves', async () => {
    const critic = { kind: 'patch', loss: 'hinge', weight: 0.1, from: 1, gradientPenalty: 0 }
    const judged = { ...settings, name: 'judged', steps: 3, sampleEvery: 0, critic }
    const { styleModel } = (await run(trainStyleModel, { dataset: drawings(), ...judged })).outputs
    const { weights } = styleModel as { readonly weights: { readonly names: readonly string[] } }
    expect(weights.names.filter((name) => name.startsWith('critic'))).toEqual([])
    expect(weights.names).toContain('trunk.stem.weight')
  }, 120_000)

  test('refuses a set that shows nothing in two styles, and a style network without a style', async () => {
    const { pictures, ...rest } = drawings()
    const one = { ...rest, pictures: pictures.filter(({ style }) => style === 'flat') }
    await expect(run(trainStyleModel, { dataset: one, ...settings, name: 'one', steps: 1 })).rejects.toThrow(
      /"drawings" shows nothing in two styles/,
    )
    const { styleModel } = (await run(loadStyleModel, { styleModel: 'own/model.safetensors' })).outputs
    await expect(run(styleTransfer, { styleModel, image: imagesOf(drawings(), 0, 1) })).rejects.toThrow(
      /takes the style of a picture: link one to style/,
    )
  })
})

describe('StyleByOptimisation', () => {
  const wave = (step: number): ImageTensor =>
    imageFrom(
      { batch: 1, height: 32, width: 32, channels: 3 },
      (_, y, x, c) => 0.5 + 0.4 * Math.sin((x + c * y) / step),
    )

  test('leaves a picture alone that is its own style', async () => {
    const { outputs } = await run(styleByOptimisation, { image: wave(3), style: wave(3), size: 32, steps: 3 })
    expect(apart(outputs['image'] as ImageTensor, wave(3))).toBeLessThan(1e-6)
  })

  test('brings a picture nearer to the colours of the style, and shows it on the way', async () => {
    const { data } = wave(2)
    const dark = imageFrom({ batch: 1, height: 32, width: 32, channels: 3 }, (_, y, x, c) => {
      return (c === 2 ? 0.9 : 0.2) * (data[(y * 32 + x) * 3] ?? 0)
    })
    const settings = { size: 32, steps: 40, contentWeight: 0.1 }
    const { outputs, previews } = await run(styleByOptimisation, { image: wave(3), style: dark, ...settings })
    const image = outputs['image'] as ImageTensor
    const meanOf = ({ data }: ImageTensor, c: number): number =>
      data.reduce((sum, value, i) => (i % 3 === c ? sum + value : sum), 0) / (data.length / 3)
    expect(meanOf(image, 0)).toBeLessThan(meanOf(wave(3), 0) - 0.05)
    expect(previews.length).toBeGreaterThan(10)
  }, 60_000)
})

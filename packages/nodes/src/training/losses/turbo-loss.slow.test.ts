import { bindAsInput, createSession, float32, gradientsOf, initialParameters, type Feeds } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { parseAutoencoderKLConfig } from '../../architectures/autoencoder-kl/config.ts'
import { parseUNet2DConditionConfig } from '../../architectures/unet-2d-condition/config.ts'
import { unetNetwork } from '../../architectures/unet-2d-condition/index.ts'
import { philoxNormal } from '../../random/index.ts'
import { isLoraFactor, LoraScope } from '../adapters/lora-scope.ts'
import { firstFactors } from '../adapters/lora-in-training.ts'
import { denoisingFeeds, scaledLinearAlphas, trainingScope, type TrainingProcess } from './denoising-loss.ts'
import { turboFeeds, turboLoss, turboTimesteps } from './turbo-loss.ts'

const network = unetNetwork(
  parseUNet2DConditionConfig({
    in_channels: 4,
    out_channels: 4,
    block_out_channels: [8, 16],
    layers_per_block: 1,
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
    cross_attention_dim: 8,
    attention_head_dim: 2,
    norm_num_groups: 4,
    use_linear_projection: true,
  }),
)
const process: TrainingProcess = { prediction: 'v', timesteps: 1000, alphasCumprod: scaledLinearAlphas() }
const config = parseAutoencoderKLConfig({
  block_out_channels: [8],
  layers_per_block: 1,
  latent_channels: 4,
  norm_num_groups: 4,
})
const batch = 4
const data = {
  latents: philoxNormal(1, [batch, 4, 4, 4]).data,
  shape: [batch, 4, 4],
  text: philoxNormal(2, [batch, 3, 8]).data,
  tokens: 3,
} as const
const fed = (steps: number, step = 0): Feeds =>
  turboFeeds(denoisingFeeds(data, { process, seed: 5, step }), { process, steps, seed: 5, step })

test('the student is asked from evenly spaced timesteps, the noisiest first', () => {
  expect(turboTimesteps(1000, 4)).toEqual([999, 749, 499, 249])
  expect(turboTimesteps(1000, 2)).toEqual([999, 499])
  expect(turboTimesteps(1000, 1)).toEqual([999])
})

test('each timestep has its share of a batch, and the noisiest begins as noise alone', () => {
  const seen = new Set<number>()
  for (let step = 0; step < 8; step++) {
    const { timestep, latents } = fed(4, step)
    const asked = Array.from(timestep?.data ?? [], Number)
    expect([...asked].sort((a, b) => b - a)).toEqual([999, 749, 499, 249])
    for (const [k, at] of asked.entries()) {
      const own = Array.from(latents?.data ?? [], Number).slice(k * 64, (k + 1) * 64)
      expect(own.every((value) => value === 0)).toBe(at === 999)
      seen.add(k * 1000 + at)
    }
  }
  expect(seen.size).toBeGreaterThan(4)
})

/** The loss and the gradients of the factors. */
async function run(guidanceScale: number, changed: (feeds: Feeds) => Feeds = (feeds) => feeds) {
  const shape = { rank: 2, alpha: 2, layers: 'all' } as const
  const loss = turboLoss(
    {
      network,
      prediction: 'v',
      decoder: { config, pictureSide: 4 },
      guidanceScale,
      distillation: 1,
      studentScope: (graph) => new LoraScope(graph, shape, network.layerKind, trainingScope(graph)),
    },
    { batch, side: 4, tokens: 3 },
  )
  const { graph } = loss
  const factors = graph.parameters.filter(({ name }) => isLoraFactor(name))
  graph.output('loss', loss)
  for (const [i, gradient] of gradientsOf(loss, factors).entries()) graph.output(`factor ${i}`, gradient)
  const session = await createSession(graph, bindAsInput)
  const feeds = changed({
    ...initialParameters(graph, 3),
    ...firstFactors(loss),
    ...fed(4),
    emptyText: float32([batch, 3, 8], new Float32Array(batch * 24)),
  })
  const result = await session.run(
    Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputs.some((input) => input.name === name))),
  )
  await session.dispose()
  const gradients = factors.flatMap((_, i) => Array.from(result[`factor ${i}`]?.data ?? [], Number))
  return { loss: Number(result['loss']?.data[0]), gradients }
}

test('a student that changes nothing learns from the guidance of its teacher', async () => {
  const [plain, guided] = [await run(1), await run(6)]
  expect(guided.loss).toBeGreaterThan(0)
  expect(guided.loss).not.toBe(plain.loss)
  expect(guided.gradients.some((value) => value !== 0)).toBe(true)
  expect(guided.gradients.every(Number.isFinite)).toBe(true)
})

test('with the text left out, guidance of any scale says the same', async () => {
  const without = (feeds: Feeds): Feeds => ({ ...feeds, emptyText: feeds['text'] ?? float32([0], []) })
  const [plain, guided] = [await run(1, without), await run(6, without)]
  expect(guided.loss).toBeCloseTo(plain.loss, 5)
})

test('where the teacher sees no noise it agrees with whatever the student says', async () => {
  const clear = (feeds: Feeds): Feeds => ({
    ...feeds,
    teacherSignal: float32([batch], new Float32Array(batch).fill(1)),
    teacherLevel: float32([batch], new Float32Array(batch)),
  })
  const { loss, gradients } = await run(4, clear)
  expect(loss).toBeCloseTo(0, 10)
  expect(Math.max(...gradients.map(Math.abs))).toBeLessThan(1e-6)
})

import { bindWeights, createSession, float32 } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { weightsOf } from '../../opening/write-checkpoint.ts'
import { philoxNormal } from '../../random/index.ts'
import { autoencoderConfigOf } from '../network-presets.ts'
import { autoencoderLoss } from './autoencoder-loss.ts'

const shape = { batch: 2, side: 32 }
const config = autoencoderConfigOf('tiny', { latentChannels: 3, halvings: 4 })

/** The loss with a decoder that gives `grey` everywhere, and latents of this mean and logarithm of the variance. */
async function boundOf(image: Float32Array, grey: number, mean: number, logVariance: number): Promise<number> {
  const loss = autoencoderLoss(config, shape, 'bound')
  loss.graph.output('loss', loss)
  const constant = (name: string, i: number): number => {
    if (name === 'decoder.conv_out.bias') return grey
    if (name === 'quant_conv.bias') return i < 3 ? mean : logVariance
    return name.endsWith('norm.weight') ? 1 : 0
  }
  const weights = loss.graph.parameters.map(({ name, shape: sizes }) => {
    const of = sizes.map(Number)
    const length = of.reduce((product, size) => product * size, 1)
    return [
      name,
      float32(
        of,
        Float32Array.from({ length }, (_, i) => constant(name, i)),
      ),
    ] as const
  })
  const session = await createSession(loss.graph, bindWeights(weightsOf(Object.fromEntries(weights))))
  const feeds = { image: float32([2, 3, 32, 32], image), latentNoise: philoxNormal(1, [2, 3, 2, 2]) }
  const result = await session.run(feeds)
  await session.dispose()
  return Number(result['loss']?.data[0])
}

test('the bound is that of a Gaussian with the divergence of its latents, in bits of 256 levels', async () => {
  const noise = philoxNormal(7, [2, 3, 32, 32]).data
  const image = noise.map((value) => 0.1 + 0.2 * value)
  const square = image.reduce((sum, value) => sum + (value - 0.3) ** 2, 0) / image.length
  // Twelve latents of mean 2 and variance e^-3, against 3,072 dimensions.
  const rate = (12 * 0.5 * (4 + Math.exp(-3) + 3 - 1)) / 3072
  const nats = 0.5 * Math.log(2 * Math.PI * Math.E * square) + rate
  expect(await boundOf(image, 0.3, 2, -3)).toBeCloseTo(nats / Math.LN2 + 7, 4)
})

test('a picture that is all noise over the levels takes about as many bits as levels have', async () => {
  const uniform = Float32Array.from({ length: 2 * 3072 }, (_, i) => ((i * 7919) % 6144) / 3072 - 1)
  const bits = await boundOf(uniform, 0, 0, 0)
  // A Gaussian of the variance of a uniform density costs log2(√(2πe / 12)) more than it.
  expect(bits).toBeCloseTo(8 + Math.log2(Math.sqrt((2 * Math.PI * Math.E) / 12)), 2)
})

test('a vector preset of 5 halvings makes 2 × 2 latents of 64 pixels, and widths go on past their lists', () => {
  const of = (network: Parameters<typeof autoencoderConfigOf>[0], halvings: number) =>
    autoencoderConfigOf(network, { latentChannels: 32, halvings }).blockOutChannels
  expect(of('vector', 5)).toEqual([8, 16, 32, 64, 128, 128])
  expect(of('small', 5)).toEqual([16, 32, 64, 64, 64, 64])
  expect(of('small', 3)).toEqual([16, 32, 64, 64])
  expect(of('bundled', 2)).toEqual([32, 64, 128])
})

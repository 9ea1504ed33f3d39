import { Float, float, int, link, listOf, seed } from '@patchbay/engine'
import { bestDeviation, boundedVae, picturesInVae } from '../../encoding/picture-bound.ts'
import { defineNode } from '../../host/define-node.ts'
import { bitsPerDimension, vaeBound as boundOf } from '../../likelihood/index.ts'
import { Image, Vae } from '../../values/socket-types.ts'
import { meanOf, roundedScores } from '../scores/score-values.ts'

/** Where the mean logarithm of a variance lies below this, a posterior is all but a point. */
const narrow = -4

/** How likely pictures are under a VAE (Kingma and Welling 2014; Burda et al. 2016). */
export const vaeBound = defineNode({
  type: 'VaeBound',
  version: 1,
  category: 'likelihood',
  label: 'VAE bound',
  description:
    "How likely pictures are under a VAE, as a bound on the bits that each of their numbers costs: a picture as it is has 8. The decoder's picture is taken for the middle of a normal of one deviation, summed over each of 256 levels, so that the bits compare with those of a PNG file. It is the sum of two parts in the mean: the rate, which tells the latents, and the distortion, which tells what the decoder leaves open.",
  aliases: ['ELBO', 'likelihood', 'bits per dimension', 'rate', 'distortion', 'IWAE'],
  inputs: {
    vae: link(Vae),
    image: link(Image),
    samples: int({
      default: 1,
      min: 1,
      max: 1000,
      description: 'Latents drawn for a picture. More make the bound tighter, by importance weights; it stays a bound.',
    }),
    deviation: float({
      default: 0,
      min: 0,
      max: 255,
      step: 0.1,
      unit: 'levels',
      advanced: true,
      description: 'How far pictures lie from what the decoder makes. 0: what suits these pictures best.',
    }),
    seed: seed(),
  },
  outputs: { bitsPerDim: Float, eachBitsPerDim: listOf(Float), rate: Float, distortion: Float },
  lane: 'gpu',
  async run({ vae, image, samples, deviation: told, seed }, { services: { sessions }, signal, progress, show, warn }) {
    const pictures = await picturesInVae(sessions, vae, image, seed)
    const deviation = told > 0 ? told : await bestDeviation(sessions, vae, pictures)
    const bounds = []
    for (const [k, picture] of pictures.entries()) {
      signal.throwIfAborted()
      const { length } = picture.levels
      const { nats, rate, distortion } = await boundOf(boundedVae(sessions, vae, picture, deviation), samples)
      const bits = (value: number): number => bitsPerDimension(value, length)
      bounds.push({ bits: bits(nats), rate: bits(rate), distortion: bits(distortion) })
      progress(k + 1, pictures.length)
    }
    const logs = pictures.map(({ posterior }) => meanOf(Array.from(posterior.logVariance)))
    if (meanOf(logs) < narrow) {
      warn(
        `This VAE gives all but a point of its latents for a picture (a deviation of ${Math.exp(meanOf(logs) / 2).toPrecision(2)}), as those of latent diffusion are trained to: its bound is right, but its rate is high. DiffusionBound with the model beside it tells what its latents really cost.`,
      )
    }
    const each = bounds.map(({ bits }) => bits)
    const [rate, distortion] = [meanOf(bounds.map((one) => one.rate)), meanOf(bounds.map((one) => one.distortion))]
    show({ metric: 'bits per dimension', scores: roundedScores(each), rate, distortion, deviation })
    return { bitsPerDim: meanOf(each), eachBitsPerDim: each, rate, distortion }
  },
})

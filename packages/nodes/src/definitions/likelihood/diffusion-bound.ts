import { Float, int, link, listOf, optionalLink, seed } from '@patchbay/engine'
import { bestDeviation, boundedForDenoiser, picturesInVae } from '../../encoding/picture-bound.ts'
import { defineNode } from '../../host/define-node.ts'
import { previewPictures } from '../../image/preview.ts'
import {
  bitsPerDimension,
  diffusionBound as boundOf,
  latentDiffusionBound,
  type DiffusionBound,
} from '../../likelihood/index.ts'
import { barChart } from '../../metrics/bar-chart.ts'
import { seedOfItem } from '../../random/index.ts'
import { findLatentMismatch } from '../../sampling/checks.ts'
import { boundedDiffusion, boundSettings } from '../../sampling/diffusion-likelihood.ts'
import { estimateSampling } from '../../sampling/estimates.ts'
import { sliceBatch } from '../../tensor/index.ts'
import { Conditioning, Image, Latents, Model, Vae } from '../../values/socket-types.ts'
import { sizeOfLatents } from '../../values/latents.ts'
import { meanOf, roundedScores } from '../scores/score-values.ts'

/** One picture's bound, in bits for each of its numbers. */
interface TotalOfOne {
  readonly bits: number
  readonly error: number
  readonly bound: DiffusionBound
  readonly dimensions: number
}

/** How likely pictures or latents are under a diffusion (Ho et al. 2020, eq. 5; Kingma et al. 2021). */
export const diffusionBound = defineNode({
  type: 'DiffusionBound',
  version: 1,
  category: 'likelihood',
  label: 'Diffusion bound',
  description:
    'How likely pictures are under a latent diffusion, as a bound on the bits that each number of a picture costs: what the model makes its latents cost, what the decoder leaves open, less the freedom of the latents. Latents alone can be told too: then the bits are those of a density, for each number of the latents, and may lie below 0. The text counts: how likely the picture is, given the prompt.',
  aliases: ['ELBO', 'likelihood', 'bits per dimension', 'NLL', 'VLB'],
  inputs: {
    model: link(Model),
    positive: link(Conditioning, { description: 'What the picture shows; an empty text for any picture.' }),
    image: optionalLink(Image, { description: 'Pictures, with the VAE of the model beside them.' }),
    vae: optionalLink(Vae, { description: 'The VAE that belongs to the model.' }),
    latents: optionalLink(Latents, { description: 'Latents, in the place of pictures and VAE.' }),
    evaluations: int({
      default: 50,
      min: 2,
      max: 10_000,
      description:
        'Calls of the model for a picture. As many as there were timesteps in training look at each of them; fewer estimate the sum, and the error says how well.',
    }),
    seed: seed(),
  },
  outputs: { bitsPerDim: Float, eachBitsPerDim: listOf(Float), error: Float, curve: Image },
  lane: 'gpu',
  validate: ({ links: { model, image, vae, latents } }) => {
    const hasPictures = image !== undefined && vae !== undefined
    if (hasPictures !== (latents !== undefined) && (image !== undefined) === (vae !== undefined)) {
      return findLatentMismatch('model', model, latents)
    }
    const message = 'Link either pictures and the VAE of the model, or latents: one of both is told.'
    return [{ input: latents === undefined ? 'image' : 'latents', message }]
  },
  estimate: ({ values: { evaluations = 50 }, links: { model, latents } }, services) =>
    estimateSampling({ model, latents }, { sampler: 'euler', steps: evaluations, isGuided: false }, services),
  async run({ model, positive, image, vae, latents, evaluations, seed }, context) {
    const { services, signal, progress, preview, show } = context
    const { sessions } = services
    const settings = boundSettings(evaluations, seed)
    const perPicture = Math.min(evaluations, model.process.sigmas.length - 1) + 1
    let done = 0
    const diffusionFor = (shape: readonly number[], k: number, of: number) =>
      boundedDiffusion(sessions, {
        ...{ model, positive, shape, signal, seed: seedOfItem(seed, k) },
        onEvaluation: () => progress(++done, of * perPicture),
      })
    const totals: TotalOfOne[] = []
    const add = (bound: DiffusionBound, nats: number, dimensions: number): void => {
      const error = bitsPerDimension(bound.error, dimensions)
      totals.push({ bits: bitsPerDimension(nats, dimensions), error, bound, dimensions })
    }
    if (image && vae) {
      const pictures = await picturesInVae(sessions, vae, image, seed)
      const deviation = await bestDeviation(sessions, vae, pictures)
      for (const [k, picture] of pictures.entries()) {
        const own = boundedForDenoiser(sessions, vae, picture, deviation)
        const diffusion = diffusionFor(picture.posterior.shape, k, pictures.length)
        const { nats, latents: bound } = await latentDiffusionBound(own, diffusion, settings)
        add(bound, nats, picture.levels.length)
      }
    } else if (latents) {
      const { batch, ...size } = sizeOfLatents(latents.tensor)
      const shape = [1, size.channels, size.height, size.width]
      for (let k = 0; k < batch; k++) {
        const own = sliceBatch(latents.tensor, k, k + 1).data
        const bound = await boundOf(diffusionFor(shape, k, batch), own, settings)
        add(bound, bound.nats, own.length)
      }
    } else {
      throw new TypeError('DiffusionBound is told pictures with a VAE, or latents, but has neither')
    }
    const curve = await curveOf(totals, model.process.sigmas)
    await previewPictures(curve, preview, 0)
    const each = totals.map(({ bits }) => bits)
    // The timesteps are the same for all pictures, so that their errors go together.
    const error = meanOf(totals.map((one) => one.error))
    show({ metric: 'bits per dimension', scores: roundedScores(each), error })
    return { bitsPerDim: meanOf(each), eachBitsPerDim: each, error, curve }
  },
})

/** Ten parts of the timesteps, and what of the latents' bits each costs in the mean. */
async function curveOf(totals: readonly TotalOfOne[], sigmas: readonly number[]) {
  const parts = 10
  const timesteps = sigmas.length - 1
  const bars = Array.from({ length: parts }, (_, part) => {
    const [from, to] = [Math.floor((part * timesteps) / parts) + 1, Math.floor(((part + 1) * timesteps) / parts)]
    const bits = totals.map(({ bound, dimensions }) => {
      const own = bound.curve.filter(({ step }) => step >= from && step <= to)
      return bitsPerDimension(
        own.reduce((sum, { nats }) => sum + nats, 0),
        dimensions,
      )
    })
    return { label: `timesteps ${from} to ${to}`, value: meanOf(bits) }
  })
  const of = (nats: (bound: DiffusionBound) => number): number =>
    meanOf(totals.map(({ bound, dimensions }) => bitsPerDimension(nats(bound), dimensions)))
  const first = { label: 'the last trace of noise', value: of(({ last }) => last) }
  const end = { label: 'what the noise leaves', value: of(({ prior }) => prior) }
  return barChart({ title: 'Bits per dimension that the latents cost', bars: [first, ...bars, end] })
}

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { float32, openSafetensors, readWeightAsFloat32, writeSafetensors, type Feeds } from '@patchbay/onnx'
import { weightsOf } from '../opening/write-checkpoint.ts'
import { philoxUniform } from '../random/index.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { CaptionEncoder } from '../encoding/encode-captions.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import type { Services } from '../host/services.ts'
import { rowsOfStep } from './batches/batches.ts'
import type { DenoiserInTraining } from './denoiser-in-training.ts'
import { sampleLatents } from './sample-model.ts'

/** Things of many kinds, to be preserved where nothing else is asked for. */
export const priorPrompts = [
  'a cat\na rabbit\na bird\na flower\na banana\na cake\na chair\na bicycle\na heart\na star\na shoe\na hat',
  'a guitar\na clock\na train\na mountain\nan umbrella\na face\na person\na cup\na key\na boat\na carrot\na moon',
].join('\n')

/** What a model shall go on drawing as it did while it is taught something else. */
export interface Prior {
  /** One a line. */
  readonly prompts: string
  readonly pictures: number
  /** Of a step's loss, beside 1 for what is taught. */
  readonly weight: number
  /** Share of prompts that are left out: what has no text stays as it was too. */
  readonly captionDropout: number
}

export interface PriorInTraining {
  /** Pictures a step, half as many as those of what is taught; none where nothing is to be kept. */
  readonly rows: number
  /** What a step is fed, with these rows behind its own. */
  join(own: Feeds, step: number): Promise<Feeds>
}

export interface PriorRequest {
  readonly model: DiffusionModel
  readonly textEncoder: TextEncoderModel
  readonly encodeCaptions: CaptionEncoder
  readonly batch: number
  readonly seed: bigint
  readonly signal: AbortSignal
}

/**
 * Prior preservation (Ruiz et al. 2022, "DreamBooth", eq. 2): pictures that the model itself makes of other prompts are
 * learnt beside those of the thing. What they are held to is the model's own prediction rather than the noise, so that
 * only a change costs.
 */
export async function preservePrior(
  services: Services,
  denoiser: DenoiserInTraining,
  prior: Prior,
  request: PriorRequest,
): Promise<PriorInTraining> {
  const prompts = prior.prompts
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  if (prior.weight === 0 || prompts.length === 0) return { rows: 0, join: (own) => Promise.resolve(own) }
  const { batch, seed } = request
  const rows = Math.ceil(batch / 2)
  const captions = Array.from({ length: prior.pictures }, (_, i) => prompts[i % prompts.length] ?? '')
  const latents = await priorLatents(services, denoiser, captions, request)
  const length = latents.length / captions.length
  const weights = new Float32Array(captions.length).fill(1)
  // A seed of its own, so that these rows do not get the noise of the others.
  const own = seed + 1n
  return {
    rows,
    async join(taught, step) {
      const chosen = rowsOfStep({ seed: own, step, batch: rows, weights })
      const drop = philoxUniform(own, [rows], [step, dropStream]).data
      const joined = new Float32Array(rows * length)
      for (const [k, row] of chosen.entries())
        joined.set(latents.subarray(row * length, (row + 1) * length), k * length)
      const told = chosen.map((row, k) => ((drop[k] ?? 1) < prior.captionDropout ? '' : (captions[row] ?? '')))
      return joinedFeeds(taught, await denoiser.feedsOfLatents(joined, told, { seed: own, step }), prior.weight)
    },
  }
}

/** Keeps these draws apart from all others of a seed. */
const dropStream = 31

/** Latents of pictures that the model makes of the captions, made once and kept: [captions, channels, side, side]. */
async function priorLatents(
  services: Services,
  { side }: DenoiserInTraining,
  captions: readonly string[],
  { model, textEncoder, encodeCaptions, signal }: PriorRequest,
): Promise<Float32Array> {
  const name = createHash('sha256').update(JSON.stringify([model.denoising.key, textEncoder.key, side, captions]))
  const folder = await services.workFolder('training/prior')
  const file = join(folder, `${name.digest('hex').slice(0, 16)}.safetensors`)
  if (!existsSync(file)) {
    const parts: Float32Array[] = []
    for (let first = 0; first < captions.length; first += atOnce) {
      const prompts = captions.slice(first, first + atOnce)
      parts.push((await sampleLatents(services, model, { encodeCaptions, prompts, side, signal, seed: first })).data)
    }
    const all = Float32Array.from(parts.flatMap((part) => [...part]))
    writeSafetensors(file, weightsOf({ latents: float32([all.length], all) }))
  }
  return readWeightAsFloat32(openSafetensors(file), 'latents')
}

const atOnce = 4

/**
 * Rows of two batches one after the other; both halves of the loss count by their own mean, the second times `weight`.
 */
function joinedFeeds(own: Feeds, prior: Feeds, weight: number): Feeds {
  const names = Object.keys(own)
  const rowsOf = (feeds: Feeds): number => feeds['weight']?.shape[0] ?? 0
  const [taught, kept] = [rowsOf(own), rowsOf(prior)]
  return Object.fromEntries(
    names.map((name) => {
      const [a, b] = [own[name], prior[name]]
      if (a?.dtype !== 'float32' || b?.dtype !== 'float32') throw new TypeError(`Both batches are fed "${name}"`)
      const [first, second] = name === 'weight' ? [(taught + kept) / taught, (weight * (taught + kept)) / kept] : [1, 1]
      const values = new Float32Array(a.data.length + b.data.length)
      values.set(a.data.map((value) => value * first))
      values.set(
        b.data.map((value) => value * second),
        a.data.length,
      )
      return [name, float32([taught + kept, ...a.shape.slice(1)], values)]
    }),
  )
}

import { statSync } from 'node:fs'
import type { WeightSource } from '@patchbay/onnx'
import { networkOf } from '../architectures/denoiser-part.ts'
import type { ModelFamily } from '../families/model-family.ts'
import { parseLora, sizesOfChange, type LoraUpdate } from '../weights/lora/lora.ts'
import type { LoraPart } from '../weights/lora/lora-targets.ts'
import { openWeightFile } from '../weights/weight-file.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'

type Weights = Readonly<Partial<Record<LoraPart, WeightSource>>>

export interface LoraTargetModels {
  readonly model: DiffusionModel
  readonly textEncoder?: TextEncoderModel
}

/**
 * A model and its text encoder with a LoRA's changes added. Nothing is merged: the changes are bound in when the
 * model is loaded. Throws an Error when the file changes nothing of this model: it was trained for another family.
 */
export function applyLora(
  path: string,
  { model, textEncoder }: LoraTargetModels,
  { modelStrength, textStrength }: { readonly modelStrength: number; readonly textStrength: number },
): LoraTargetModels & { readonly changes: number; readonly unmatched: number } {
  const lora = parseLora(openWeightFile(path), {
    denoiser: { ...networkOf(model.denoising.part), weights: model.denoising.part.weights.names },
    textEncoders: (textEncoder?.encoders ?? []).map(({ weights }) => weights.names),
  })
  if (lora.updates.length === 0) {
    throw new Error(
      `${lora.title} changes nothing of this ${model.family} model: none of its ${lora.unmatched.length} layers is one of the model's. It was trained for another family.`,
    )
  }
  const weightsOf = { denoiser: model.denoising.part.weights, ...textWeights(textEncoder) }
  for (const update of lora.updates) expectFit(lora.title, model.family, update, weightsOf[update.part])
  const { size, mtimeMs } = statSync(path)
  const named = (strength: number) => `lora:${path}|${size}|${mtimeMs}|${strength}`
  const updatesFor = (isOwn: (part: string) => boolean, strength: number) =>
    strength === 0 ? [] : lora.updates.filter(({ part }) => isOwn(part)).map((update) => ({ update, strength }))
  const forModel = updatesFor((part) => part === 'denoiser', modelStrength)
  const forText = updatesFor((part) => part !== 'denoiser', textStrength)
  const { denoising } = model
  return {
    model: {
      ...model,
      denoising: {
        ...denoising,
        key: forModel.length === 0 ? denoising.key : `${denoising.key}|${named(modelStrength)}`,
        updates: [...denoising.updates, ...forModel],
      },
    },
    ...(textEncoder && {
      textEncoder: {
        ...textEncoder,
        key: forText.length === 0 ? textEncoder.key : `${textEncoder.key}|${named(textStrength)}`,
        updates: [...textEncoder.updates, ...forText],
      },
    }),
    changes: lora.updates.length,
    unmatched: lora.unmatched.length,
  }
}

function textWeights(textEncoder: TextEncoderModel | undefined): Weights {
  const [first, second] = textEncoder?.encoders ?? []
  return { ...(first && { textEncoder: first.weights }), ...(second && { textEncoder2: second.weights }) }
}

/** Families share names of layers, so that a LoRA of another one is told by its sizes only. */
function expectFit(title: string, family: ModelFamily, update: LoraUpdate, weights: WeightSource | undefined): void {
  const shape = weights?.get(update.weight)?.shape
  if (!shape) return
  const [out = 0, ...columns] = sizesOfChange(update)
  const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1)
  if (out === shape[0] && count(columns) === count(shape.slice(1))) return
  throw new Error(
    `${title} does not fit this ${family} model: its change of ${update.weight} is ${[out, ...columns].join(' × ')}, but the weight is ${shape.join(' × ')}. It was trained for another family.`,
  )
}

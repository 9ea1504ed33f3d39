import { bindWeights, float32, writeSafetensors, zeros, type BindParameter, type Value } from '@patchbay/onnx'
import { networkOf } from '../../architectures/denoiser-part.ts'
import { bindWithLoras } from '../../weights/lora/lora-binding.ts'
import { parseLora } from '../../weights/lora/lora.ts'
import { weightsOf } from '../../opening/write-checkpoint.ts'
import type { DiffusionModel } from '../../values/diffusion-model.ts'
import { isLoraFactor, loraUp, type LoraShape } from './lora-scope.ts'
import type { NamedTensors } from '../loop/training-state.ts'

/** Trains the factors alone; all else is bound to the model's own weights, with what other LoRAs change about them. */
export function factorsOnly({ denoising: { part, updates } }: DiffusionModel): {
  readonly trainable: (name: string) => boolean
  readonly bind: BindParameter
} {
  return { trainable: isLoraFactor, bind: bindWithLoras(bindWeights(part.weights), updates) }
}

/** A LoRA begins by changing nothing: `up` is zero, `down` is left to the trainer's draw. */
export function firstFactors(loss: Value): NamedTensors {
  const ups = loss.graph.parameters.filter(({ name }) => name.endsWith(loraUp))
  return Object.fromEntries(ups.map(({ name, shape }) => [name, zeros('float32', shape.map(Number))]))
}

/** The factors as kohya's files name them, with the alpha of each layer. */
export function loraTensors(factors: NamedTensors, { alpha }: LoraShape): NamedTensors {
  return Object.fromEntries(
    Object.entries(factors).flatMap(([name, tensor]) => {
      const [layer = '', factor = ''] = name.split(/\.(?=lora_)/)
      const base = `lora_unet_${layer.replaceAll('.', '_')}`
      const own = [`${base}.${factor}`, tensor] as const
      return name.endsWith(loraUp) ? [own, [`${base}.alpha`, float32([], [alpha])] as const] : [own]
    }),
  )
}

/** The model as these factors change it, without a file. */
export function withFactors(model: DiffusionModel, factors: NamedTensors, shape: LoraShape): DiffusionModel {
  const { denoising } = model
  const { updates } = parseLora(weightsOf(loraTensors(factors, shape)), {
    denoiser: { ...networkOf(denoising.part), weights: denoising.part.weights.names },
    textEncoders: [],
  })
  const added = updates.map((update) => ({ update, strength: 1 }))
  return { ...model, denoising: { ...denoising, key: 'in training', updates: [...denoising.updates, ...added] } }
}

export function writeLora(path: string, factors: NamedTensors, shape: LoraShape, recipe: string): void {
  const metadata = { format: 'pt', recipe, ss_network_dim: String(shape.rank), ss_network_alpha: String(shape.alpha) }
  writeSafetensors(path, weightsOf(loraTensors(factors, shape)), { metadata, floatType: 'float16' })
}

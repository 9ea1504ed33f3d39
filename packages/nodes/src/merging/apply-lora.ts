import { statSync } from 'node:fs'
import type { WeightSource } from '@patchbay/onnx'
import { networkOf } from '../architectures/denoiser-part.ts'
import { familyTitleOfTextWidth, type ModelFamily } from '../families/model-family.ts'
import { countOf, fitsShape, sizesOfChange, type LoraUpdate } from '../weights/lora/lora-change.ts'
import { LoraError } from '../weights/lora/lora-error.ts'
import { isTextLayer, type LoraPart } from '../weights/lora/lora-targets.ts'
import { parseLora, textWidthOfLora, type Lora } from '../weights/lora/lora.ts'
import { bundledEmbeddings } from '../weights/lora/bundled-embeddings.ts'
import { openLora } from '../weights/lora/open-lora.ts'
import { counted, listed } from '../weights/unread-weights.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'

type Weights = Readonly<Partial<Record<LoraPart, WeightSource>>>

export interface LoraTargetModels {
  readonly model: DiffusionModel
  readonly textEncoder?: TextEncoderModel
}

export interface AppliedLora extends LoraTargetModels {
  readonly changes: number
  /** How many weights of the file change nothing. */
  readonly unmatched: number
  /** What of the file is left out, in sentences. */
  readonly warnings: readonly string[]
}

/**
 * A model and its text encoder with a LoRA's changes added. Nothing is merged: the changes are bound in when the
 * model is loaded. What does not fit is left out, and told.
 * @throws LoraError where the file is no LoRA, or nothing of it fits this model
 */
export function applyLora(
  path: string,
  { model, textEncoder }: LoraTargetModels,
  { modelStrength, textStrength }: { readonly modelStrength: number; readonly textStrength: number },
): AppliedLora {
  const source = openLora(path)
  const lora = parseLora(source, {
    denoiser: { ...networkOf(model.denoising.part), weights: model.denoising.part.weights.names },
    textEncoders: (textEncoder?.encoders ?? []).map(({ weights }) => weights.names),
  })
  const weightsOf = { denoiser: model.denoising.part.weights, ...textWeights(textEncoder) }
  const shapeOf = ({ part, weight }: LoraUpdate) => weightsOf[part]?.get(weight)?.shape
  const fitting = lora.updates.filter((update) => fitsShape(update, shapeOf(update) ?? []))
  const misfits = lora.updates.filter((update) => !fitting.includes(update))
  expectFamily(source, lora.title, model)
  if (fitting.length === 0)
    throw new LoraError(
      nothingFits(
        lora,
        model.family,
        misfits.map((one) => misfitOf(one, shapeOf(one))),
      ),
    )
  // Who connects no text encoder means to leave it as it is.
  const unmatched = textEncoder ? lora.unmatched : lora.unmatched.filter((name) => !isTextLayer(name))
  const { size, mtimeMs } = statSync(path)
  const named = (strength: number) => `lora:${path}|${size}|${mtimeMs}|${strength}`
  const updatesFor = (isOwn: (part: string) => boolean, strength: number) =>
    strength === 0 ? [] : fitting.filter(({ part }) => isOwn(part)).map((update) => ({ update, strength }))
  const forModel = updatesFor((part) => part === 'denoiser', modelStrength)
  const forText = updatesFor((part) => part !== 'denoiser', textStrength)
  const bundled = bundledEmbeddings(source)
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
        ...(bundled.size > 0 && { bundled: new Map([...(textEncoder.bundled ?? []), ...bundled]) }),
      },
    }),
    changes: fitting.length,
    unmatched: unmatched.length + lora.unread.length + misfits.length,
    warnings: warningsOf(lora.title, {
      unmatched,
      unread: lora.unread,
      misfits: misfits.map((one) => misfitOf(one, shapeOf(one))),
    }),
  }
}

function textWeights(textEncoder: TextEncoderModel | undefined): Weights {
  const [first, second, third] = textEncoder?.encoders ?? []
  return {
    ...(first && { textEncoder: first.weights }),
    ...(second && { textEncoder2: second.weights }),
    ...(third && { textEncoder3: third.weights }),
  }
}

/**
 * Families share names of layers, so a LoRA of another one would change some of them: it is told by the width of the
 * text that it reads.
 */
function expectFamily(source: WeightSource, title: string, { family, denoising }: DiffusionModel): void {
  const [width, own] = [textWidthOfLora(source), networkOf(denoising.part).textWidth]
  if (width === undefined || width === own) return
  const trained = familyTitleOfTextWidth(width) ?? 'models with another text encoder'
  throw new LoraError(
    `${title} does not fit this ${family} model: it reads text that is ${width} wide, but the model's is ${own}. It was trained for ${trained}.`,
  )
}

function misfitOf(update: LoraUpdate, shape: readonly number[] | undefined): string {
  const norms = update.magnitude ? `, with ${countOf(update.magnitude.norms.shape)} norms` : ''
  return `${update.weight} (a change for ${sizesOfChange(update).join(' × ')}${norms}; the weight is ${(shape ?? []).join(' × ')})`
}

function nothingFits({ title, unmatched, unread }: Lora, family: ModelFamily, misfits: readonly string[]): string {
  const why =
    misfits.length > 0
      ? `sizes differ at ${listed(misfits)}`
      : unmatched.length > 0
        ? `it has no layer of these names: ${listed(unmatched)}`
        : `nothing is known of these names: ${listed(unread)}`
  return `${title} changes nothing of this ${family} model: ${why}. Choose a LoRA that was made for this kind of model.`
}

interface LeftOut {
  readonly unmatched: readonly string[]
  readonly unread: readonly string[]
  readonly misfits: readonly string[]
}

function warningsOf(title: string, { unmatched, unread, misfits }: LeftOut): readonly string[] {
  const applied = 'The rest of it is applied.'
  return [
    ...(unmatched.length > 0
      ? [`${title}: ${counted(unmatched.length)} change no layer of this model: ${listed(unmatched)}. ${applied}`]
      : []),
    ...(unread.length > 0
      ? [
          `${title}: ${counted(unread.length)} are not read, of a form that is not known or without their other half: ${listed(unread)}. ${applied}`,
        ]
      : []),
    ...(misfits.length > 0
      ? [
          `${title}: ${misfits.length} of its changes have another size than the model's weight: ${listed(misfits)}. ${applied}`,
        ]
      : []),
  ]
}

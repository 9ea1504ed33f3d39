import type { JsonObject } from '@patchbay/engine'
import { familyTitleOfTextWidth } from '../families/model-family.ts'

/** Why these latents do not fit a model or a VAE, by what is known before the run; nothing when nothing is known. */
export function findLatentMismatch(
  subject: string,
  wanted: JsonObject | undefined,
  latents: JsonObject | undefined,
): { input: 'latents'; message: string }[] {
  if (!wanted || !latents || latents['isEmpty'] === true) return []
  const [channels, own] = [wanted['latentChannels'], latents['latentChannels']]
  if (channels === undefined || own === undefined || channels === own) return []
  return [
    {
      input: 'latents',
      message: `The latents have ${String(own)} channels (${familyOf(latents)}), but this ${subject} takes ${String(channels)} (${familyOf(wanted)}): use the VAE that belongs to the model.`,
    },
  ]
}

/**
 * A size that this model was not trained for gives no good picture, or takes very long: a warning, for it may be
 * meant.
 */
export function findUnusualSize(
  model: JsonObject | undefined,
  latents: JsonObject | undefined,
): { input: 'latents'; severity: 'warning'; message: string }[] {
  const native = numberOf(model?.['nativeSize'])
  if (native === undefined || latents?.['isEmpty'] !== true) return []
  const [width, height] = [numberOf(latents['width']) || native, numberOf(latents['height']) || native]
  const share = (width * height) / native ** 2
  if (share <= 4 && share >= 1 / 4) return []
  return [
    {
      input: 'latents',
      severity: 'warning',
      message: `The picture is ${width} × ${height} px, but this model (${familyOf(model)}) was trained on ${native} × ${native}: ${share > 4 ? 'it will repeat itself and take long' : 'it will be poor'}. Sample near ${native} px and ${share > 4 ? 'enlarge' : 'shrink'} the result.`,
    },
  ]
}

/**
 * A size that this model cannot have. Its latents are whole: a picture comes out at the size below. The graph of an
 * ONNX pipeline also halves them and puts halves together again, which it can do for the sizes it was exported for
 * only: an error.
 */
export function findRefusedSize(
  model: JsonObject | undefined,
  latents: JsonObject | undefined,
): { input: 'latents'; severity: 'error' | 'warning'; message: string }[] {
  const [scale, multiple] = [numberOf(model?.['latentScale']), numberOf(model?.['sizeMultiple'])]
  const [width, height] = [numberOf(latents?.['width']) ?? 0, numberOf(latents?.['height']) ?? 0]
  const step = multiple ?? scale
  if (step === undefined || (width % step === 0 && height % step === 0)) return []
  const near = (to: (share: number) => number) =>
    [width, height].map((side) => (side === 0 ? 0 : Math.max(1, to(side / step)) * step)).join(' × ')
  const nearest = near(Math.round)
  if (multiple === undefined) {
    const message = `The picture is ${width} × ${height} px, but this model works on squares of ${step} px: it comes out at ${near(Math.floor)}. The nearest size is ${nearest}.`
    return [{ input: 'latents', severity: 'warning', message }]
  }
  return [
    {
      input: 'latents',
      severity: 'error',
      message: `The picture is ${width} × ${height} px, but ${model?.['isExported'] === true ? 'the graphs of this ONNX pipeline take' : `this model (${familyOf(model)}) takes`} multiples of ${step} px: set ${nearest}.`,
    },
  ]
}

/** A guidance scale far from what this model is made for, or that follows the negative prompt: a warning. */
export function findUnusualGuidance(
  model: JsonObject | undefined,
  guidanceScale: number | undefined,
  negative: JsonObject | undefined,
): { input: 'guidanceScale'; severity: 'warning'; message: string }[] {
  if (negative && guidanceScale !== undefined && guidanceScale < 1) {
    const message = `A guidance scale of ${guidanceScale} follows the negative prompt: 1 is no guidance at all, as Turbo and Lightning want it (diffusers writes that as 0).`
    return [{ input: 'guidanceScale', severity: 'warning', message }]
  }
  const best = numberOf(model?.['bestGuidance'])
  if (best === undefined || guidanceScale === undefined || guidanceScale <= best * 1.5) return []
  return [
    {
      input: 'guidanceScale',
      severity: 'warning',
      message: `A guidance scale of ${guidanceScale} burns out the colours of this model (${familyOf(model)}): it is at its best at about ${best}.`,
    },
  ]
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** Why this conditioning does not fit a model, by what is known before the run. */
export function findConditioningMismatch<Input extends string>(
  input: Input,
  model: JsonObject | undefined,
  conditioning: JsonObject | undefined,
): { input: Input; message: string }[] {
  const [wanted, own] = [model?.['conditioningWidth'], conditioning?.['conditioningWidth']]
  const [pooled, ownPooled] = [model?.['pooledWidth'], conditioning?.['pooledWidth']]
  if (wanted === undefined || own === undefined) return []
  const isPooledWrong = pooled !== undefined && pooled !== ownPooled
  if (wanted === own && !isPooledWrong) return []
  const files = model?.['textEncoderFiles']
  const advice =
    typeof files === 'string' ? `encode it with ${files}` : 'encode it with the text encoder of the same checkpoint'
  const values =
    wanted === own
      ? [`a pooled text of ${String(ownPooled ?? 'no')} values`, `a pooled text of ${String(pooled)}`]
      : [`${String(own)} values a token`, String(wanted)]
  return [
    {
      input,
      message: `The prompt was encoded for ${familyOf(conditioning)} (${values[0]}), but this model is ${familyOf(model)} (${values[1]}): ${advice}.`,
    },
  ]
}

/**
 * Why a ControlNet does not go with a prompt, by what is known before the run: it reads the prompt as the model does.
 */
export function findControlMismatch(
  controlNet: JsonObject | undefined,
  conditioning: JsonObject | undefined,
): { input: 'controlNet'; message: string }[] {
  const [wanted, own] = [controlNet?.['conditioningWidth'], conditioning?.['conditioningWidth']]
  if (wanted === undefined || own === undefined || wanted === own) return []
  return [
    {
      input: 'controlNet',
      message: `The ControlNet is for ${familyOf(controlNet)} (${String(wanted)} values a token), but the prompt was encoded for ${familyOf(conditioning)} (${String(own)}): choose a ControlNet of the checkpoint's family.`,
    },
  ]
}

/** Why an IP-Adapter does not fit a model, by the width of the text that each reads. */
export function findAdapterMismatch(
  adapter: JsonObject | undefined,
  model: JsonObject | undefined,
): { input: 'ipAdapter'; message: string }[] {
  const [wanted, own] = [model?.['conditioningWidth'], adapter?.['conditioningWidth']]
  if (wanted === undefined || own === undefined || wanted === own) return []
  const trained = familyTitleOfTextWidth(Number(own)) ?? 'another family'
  return [
    {
      input: 'ipAdapter',
      message: `The IP-Adapter is for ${trained} (${String(own)} values a token), but this model is ${familyOf(model)} (${String(wanted)}): choose an IP-Adapter of the model's family.`,
    },
  ]
}

/** A LoRA changes weights, which the graphs of an ONNX pipeline keep to themselves. */
export function findNoWeights(model: JsonObject | undefined): { input: 'lora'; message: string }[] {
  if (model?.['isExported'] !== true) return []
  return [
    {
      input: 'lora',
      message:
        'This model is an ONNX pipeline, whose graphs run as they are, so that no LoRA can change them: load the checkpoint that it was exported from.',
    },
  ]
}

/** Why a LoRA does not fit a model, by the width of the text that each reads. */
export function findLoraMismatch(
  lora: string,
  textWidth: number | undefined,
  model: JsonObject | undefined,
): { input: 'lora'; message: string }[] {
  const wanted = model?.['conditioningWidth']
  if (textWidth === undefined || wanted === undefined || wanted === textWidth) return []
  const trained = familyTitleOfTextWidth(textWidth) ?? 'another family'
  return [
    {
      input: 'lora',
      message: `${lora} was trained for ${trained} (${textWidth} values a token), but this model is ${familyOf(model)} (${String(wanted)}): choose a LoRA of the model's family.`,
    },
  ]
}

/** Why two models cannot be merged, by what is known before the run. */
export function findMergeMismatch<Input extends string>(
  input: Input,
  model: JsonObject | undefined,
  other: JsonObject | undefined,
): { input: Input; message: string }[] {
  const facts = ['family', 'conditioningWidth', 'inChannels', 'latentChannels']
  const isDifferent = facts.some((fact) => {
    const [own, wanted] = [other?.[fact], model?.[fact]]
    return own !== undefined && wanted !== undefined && own !== wanted
  })
  if (!isDifferent) return []
  const structureOf = (traits: JsonObject | undefined) =>
    traits?.['inChannels'] === undefined
      ? familyOf(traits)
      : `${familyOf(traits)}, ${String(traits['inChannels'])} input channels`
  return [
    {
      input,
      message: `Only models of one structure can be merged: one is ${structureOf(model)}, the other ${structureOf(other)}.`,
    },
  ]
}

function familyOf(traits: JsonObject | undefined): string {
  const family = traits?.['family']
  return typeof family === 'string' ? family : 'of an unknown family'
}

import type { JsonObject } from '@patchbay/engine'

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

/** Why this conditioning does not fit a model, by what is known before the run. */
export function findConditioningMismatch<Input extends string>(
  input: Input,
  model: JsonObject | undefined,
  conditioning: JsonObject | undefined,
): { input: Input; message: string }[] {
  const [wanted, own] = [model?.['conditioningWidth'], conditioning?.['conditioningWidth']]
  if (wanted === undefined || own === undefined || wanted === own) return []
  return [
    {
      input,
      message: `The prompt was encoded for ${familyOf(conditioning)} (${String(own)} values a token), but this model is ${familyOf(model)} (${String(wanted)}): encode it with the text encoder of the same checkpoint.`,
    },
  ]
}

/** Why a ControlNet does not go with a prompt, by what is known before the run: it reads the prompt as the model does. */
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

function familyOf(traits: JsonObject | undefined): string {
  const family = traits?.['family']
  return typeof family === 'string' ? family : 'of an unknown family'
}

import { file, float, link, optionalLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { textWidthOfLora } from '../../weights/lora/lora.ts'
import { openLora } from '../../weights/lora/open-lora.ts'
import { applyLora } from '../../merging/apply-lora.ts'
import { findLoraMismatch, findNoWeights } from '../../sampling/checks.ts'
import { Model, TextEncoder } from '../../values/socket-types.ts'

/** A model and its text encoder, changed by a LoRA. */
export const loadLora = defineNode({
  type: 'LoadLora',
  version: 1,
  category: 'loaders',
  label: 'Load LoRA',
  description:
    'Changes a model, and its text encoder, by a LoRA. The checkpoint itself stays as it is; several LoRAs add up.',
  aliases: ['LoraLoader', 'LoraLoaderModelOnly', 'lycoris', 'style'],
  inputs: {
    model: link(Model),
    textEncoder: optionalLink(TextEncoder),
    lora: file({ folder: 'loras', accept: ['.safetensors', '.pt'] }),
    modelStrength: float({ default: 1, min: -100, max: 100, step: 0.01 }),
    textStrength: float({ default: 1, min: -100, max: 100, step: 0.01 }),
  },
  outputs: { model: Model, textEncoder: TextEncoder },
  lane: 'io',
  traits: ({ links: { model = {}, textEncoder = {} } }) => ({ model, textEncoder }),
  async validate({ values: { lora = '' }, links: { model } }, services) {
    if (lora === '') return []
    const source = openLora(await services.pathOf('loras', lora))
    return [...findNoWeights(model), ...findLoraMismatch(lora, textWidthOfLora(source), model)]
  },
  async run({ model, textEncoder, lora, modelStrength, textStrength }, { services, show, warn, block }) {
    const path = await services.pathOf('loras', lora)
    const changed = applyLora(path, { model, ...(textEncoder && { textEncoder }) }, { modelStrength, textStrength })
    for (const warning of changed.warnings) warn(warning)
    show({ changes: changed.changes, unmatched: changed.unmatched })
    return { model: changed.model, textEncoder: changed.textEncoder ?? block() }
  },
})

import { link, optionalLink, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { saveModel } from '../../merging/save-model.ts'
import { modelChangeNames } from '../../values/model-change.ts'
import { Model, TextEncoder, Vae } from '../../values/socket-types.ts'
import { claimedPath } from '../../training/write-trained.ts'

/** A model with its LoRAs and merges, written as a checkpoint of its own. */
export const saveCheckpoint = defineNode({
  type: 'SaveCheckpoint',
  version: 1,
  category: 'model/merge',
  description:
    'Writes a model, with its text encoder and VAE, as a checkpoint of its own into models/checkpoints: LoRAs and merges are worked in.',
  aliases: ['CheckpointSave', 'export', 'bake'],
  inputs: {
    model: link(Model),
    textEncoder: optionalLink(TextEncoder),
    vae: optionalLink(Vae),
    name: text({
      default: 'merged',
      description: 'Of the folder in checkpoints; one that was saved so before is replaced.',
    }),
  },
  outputs: {},
  sideEffect: true,
  lane: 'io',
  async run({ name, ...parts }, { services, show, warn }) {
    // These act while a network samples, and are no weights of it.
    const unsaved = [...new Set((parts.model.changes ?? []).map(({ type }) => modelChangeNames[type]))]
    if (unsaved.length > 0) {
      warn(`A checkpoint has no place for ${unsaved.join(' and ')}: connect it again behind the loaded checkpoint.`)
    }
    await saveModel(await claimedPath(services, 'checkpoints', name), parts)
    show({ checkpoint: name })
    return {}
  },
})

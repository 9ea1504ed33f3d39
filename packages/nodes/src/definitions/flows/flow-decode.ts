import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { imageOfPlanes } from '../../image/image.ts'
import { decodeByFlow, greyWhereBroken, valuesFromFlow } from '../../networks/flow-model.ts'
import { findLatentMismatch } from '../../sampling/checks.ts'
import { Flow, Image, Latents } from '../../values/socket-types.ts'

/** The latents of a flow as pictures: the network of FlowEncode, run backwards. */
export const flowDecode = defineNode({
  type: 'FlowDecode',
  version: 1,
  category: 'flows',
  description:
    'Turns the latents of a flow into pictures: the same network as FlowEncode, run backwards, so that nothing is lost on the way there and back.',
  aliases: ['invert', 'normalizing flow'],
  inputs: { flow: link(Flow), latents: link(Latents) },
  outputs: { image: Image },
  lane: 'gpu',
  validate: ({ links: { flow, latents } }) => findLatentMismatch('flow', flow, latents),
  async run({ flow, latents: { tensor } }, { services: { sessions }, signal, progress, warn }) {
    const pictures = await decodeByFlow(sessions, flow, tensor, (done) => {
      signal.throwIfAborted()
      progress(done, tensor.shape[0] ?? done)
    })
    const { values, broken } = greyWhereBroken(valuesFromFlow(pictures))
    if (broken > 0) {
      warn(
        `${broken} pictures hold values that are no numbers and are grey: their latents lie outside of what the flow was trained on. Take latents that are nearer to those of pictures.`,
      )
    }
    return { image: imageOfPlanes(values, { low: 0 }) }
  },
})

import { float, int, link, seed } from '@patchbay/engine'
import { glowCell } from '../../architectures/glow/config.ts'
import { defineNode } from '../../host/define-node.ts'
import { imageOfPlanes } from '../../image/image.ts'
import { previewPictures } from '../../image/preview.ts'
import { sheetOf } from '../../image/sheet.ts'
import { decodeByFlow, flowNoise, greyWhereBroken, valuesFromFlow } from '../../networks/flow-model.ts'
import { Flow, Image, Latents } from '../../values/socket-types.ts'

/** Pictures drawn from a flow (Kingma and Dhariwal 2018, section 6). */
export const sampleFlow = defineNode({
  type: 'SampleFlow',
  version: 1,
  category: 'flows',
  description:
    'Draws pictures from a flow in one pass: noise, made smaller by the temperature, is run backwards through it. Picture k of a batch is that of the seed + k.',
  aliases: ['generate', 'glow', 'draw'],
  inputs: {
    flow: link(Flow),
    seed: seed(),
    batch: int({ default: 16, min: 1, max: 1024, description: 'How many pictures.' }),
    temperature: float({
      default: 0.7,
      min: 0,
      max: 2,
      step: 0.05,
      slider: true,
      description:
        'By how much noise is multiplied: 1 draws as the flow believes, less draws plainer pictures, 0 one alone.',
    }),
    size: int({
      default: 0,
      min: 0,
      max: 512,
      unit: 'px',
      advanced: true,
      description: 'Side of the pictures; 0 is that of the pictures it was trained on.',
    }),
  },
  outputs: { image: Image, latents: Latents },
  lane: 'gpu',
  traits: ({ links: { flow = {} } }) => ({ latents: flow }),
  async run({ flow, seed, batch, temperature, size }, { services: { sessions }, signal, progress, preview, warn }) {
    const tensor = flowNoise(flow.config, { seed, batch, temperature, size })
    const pictures = await decodeByFlow(sessions, flow, tensor, (done) => {
      signal.throwIfAborted()
      progress(done, batch)
    })
    const { values, broken } = greyWhereBroken(valuesFromFlow(pictures))
    if (broken > 0) {
      warn(
        `${broken} of ${batch} pictures hold values that are no numbers and are grey: their noise lies outside of what the flow was trained on. Lower the temperature, which is ${temperature}, or train the flow longer.`,
      )
    }
    const image = imageOfPlanes(values, { low: 0 })
    await previewPictures(sheetOf(image), preview, 0)
    return { image, latents: { tensor, scale: glowCell(flow.config) } }
  },
})

import { Float, int, link, listOf, seed } from '@patchbay/engine'
import { glowCell } from '../../architectures/glow/config.ts'
import { defineNode } from '../../host/define-node.ts'
import { flowBits } from '../../networks/flow-bits.ts'
import { bytePlanes, encodeByFlow, levelsForFlow } from '../../networks/flow-model.ts'
import { Flow, Image, Latents } from '../../values/socket-types.ts'
import { meanOf, roundedScores } from '../scores/score-values.ts'

/** Pictures as the latents of a flow, and how likely they are (Dinh et al. 2017, eq. 3). */
export const flowEncode = defineNode({
  type: 'FlowEncode',
  version: 1,
  category: 'flows',
  description:
    'Turns pictures into the latents of a flow, from which FlowDecode makes the same pictures again, and tells exactly how likely they are under it: the logarithm of their density, and bits for each number of the picture, where a picture as it is has 8 and a PNG file fewer.',
  aliases: ['likelihood', 'bits per dimension', 'invert', 'normalizing flow'],
  inputs: {
    flow: link(Flow),
    image: link(Image, { description: 'Sides are multiples of what the flow halves: 8 for the bundled one.' }),
    draws: int({
      default: 1,
      min: 1,
      max: 64,
      description:
        'How often bits are measured, each time with other noise of the width of a level of 8 bits; their mean is told. The latents are those without noise.',
    }),
    seed: seed(),
  },
  outputs: { latents: Latents, logDensity: Float, bitsPerDim: Float, eachBitsPerDim: listOf(Float) },
  lane: 'gpu',
  traits: ({ links: { flow = {} } }) => ({ latents: flow }),
  async run({ flow, image, draws, seed }, { services: { sessions }, signal, progress, show }) {
    const levels = bytePlanes(image)
    const batch = levels.shape[0] ?? 1
    const step = (done: number): void => {
      signal.throwIfAborted()
      progress(done, batch * (draws + 1))
    }
    const { latents } = await encodeByFlow(sessions, flow, levelsForFlow(levels), step)
    const told = await flowBits(sessions, flow, levels, { draws, seed, onPart: (done) => step(batch + done) })
    const each = told.map(({ bitsPerDimension }) => bitsPerDimension)
    show({ metric: 'bits per dimension', scores: roundedScores(each) })
    return {
      latents: { tensor: latents, scale: glowCell(flow.config) },
      logDensity: meanOf(told.map(({ logDensity }) => logDensity)),
      bitsPerDim: meanOf(each),
      eachBitsPerDim: each,
    }
  },
})

import { float, link, optionalLink, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { findControlMismatch } from '../../sampling/checks.ts'
import { withControl } from '../../values/conditioning.ts'
import { Conditioning, ControlNet, Image } from '../../values/socket-types.ts'

/** Makes sampling follow a picture through a ControlNet (Zhang et al. 2023); several in a row act together. */
export const applyControlNet = defineNode({
  type: 'ApplyControlNet',
  version: 1,
  category: 'conditioning',
  label: 'Apply ControlNet',
  description:
    'Makes sampling follow the structure of a picture: edges, depth, a pose, whatever the ControlNet was trained on. Several in a row act together.',
  aliases: ['ControlNetApply', 'ControlNetApplyAdvanced', 'control', 'hint', 'structure'],
  inputs: {
    positive: link(Conditioning),
    negative: optionalLink(Conditioning),
    controlNet: link(ControlNet),
    image: link(Image, {
      description:
        'What the ControlNet was trained to follow. Its middle is cut to the proportions of the latents, and resized.',
    }),
    strength: float({ default: 1, min: 0, max: 10, step: 0.01 }),
    start: float({ default: 0, min: 0, max: 1, slider: true, description: 'Where in sampling it begins to act.' }),
    end: float({ default: 1, min: 0, max: 1, slider: true, description: 'Where in sampling it stops.' }),
    shared: toggle({
      default: false,
      advanced: true,
      label: 'On the negative too',
      description: 'Whether sampling gives it to the negative prompt as well, where none is linked here.',
    }),
  },
  outputs: { positive: Conditioning, negative: Conditioning },
  traits: ({ links: { positive = {}, negative = {} } }) => ({ positive, negative }),
  validate: ({ values: { start = 0, end = 1 }, links: { controlNet, positive } }) => [
    ...(start > end ? [{ input: 'start' as const, message: `start (${start}) is after end (${end}).` }] : []),
    ...findControlMismatch(controlNet, positive),
  ],
  run({ positive, negative, controlNet, image, strength, start, end, shared }, { block }) {
    const control = { controlNet, image, strength, during: [start, end] } as const
    return {
      positive: withControl(positive, control, shared),
      negative: negative ? withControl(negative, control) : block(),
    }
  },
})

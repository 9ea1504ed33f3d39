import { choice, float, link, optionalLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf } from '../../image/image.ts'
import { imagePromptOf, imagePromptUses } from '../../networks/ip-adapter.ts'
import { findAdapterMismatch } from '../../sampling/checks.ts'
import { withChange } from '../../values/diffusion-model.ts'
import { ClipVision, Image, IPAdapter, Mask, Model } from '../../values/socket-types.ts'

/** Prompts a model by a picture (Ye et al. 2023, IP-Adapter; Wang et al. 2024, InstantStyle); several act together. */
export const applyIPAdapter = defineNode({
  type: 'ApplyIPAdapter',
  version: 1,
  category: 'sampling/model',
  label: 'Apply IP-Adapter',
  description:
    'Prompts a model by a picture beside the text: what it shows, or its style alone. Several in a row act together.',
  aliases: ['IPAdapter', 'IPAdapterAdvanced', 'image prompt', 'InstantStyle', 'style transfer'],
  inputs: {
    model: link(Model),
    ipAdapter: link(IPAdapter, { label: 'IP-Adapter' }),
    clipVision: link(ClipVision, {
      label: 'CLIP vision',
      description: 'The image tower that the adapter was trained with: CLIP-ViT-H-14 for most.',
    }),
    image: link(Image, { description: 'Its middle square is looked at. Several pictures prompt together.' }),
    strength: float({ default: 0.8, min: -1, max: 5, step: 0.05, description: '0 is as without.' }),
    use: choice(imagePromptUses, 'all', {
      description:
        'What of the picture is taken. Style, and style and layout, are known for SDXL: only the blocks that carry them read the picture.',
    }),
    start: float({ default: 0, min: 0, max: 1, slider: true, description: 'Where in sampling it begins to count.' }),
    end: float({ default: 1, min: 0, max: 1, slider: true, description: 'Where in sampling it stops.' }),
    several: choice(['together', 'mean'], 'together', {
      advanced: true,
      description: 'Whether several pictures stand beside each other, or one stands for their mean.',
    }),
    mask: optionalLink(Mask, { description: 'Where in the new picture it counts; everywhere without.' }),
  },
  outputs: { model: Model },
  lane: 'gpu',
  traits: ({ links: { model = {} } }) => ({ model }),
  validate: ({ values: { start = 0, end = 1 }, links: { model, ipAdapter } }) => [
    ...(start > end ? [{ input: 'start' as const, message: `start (${start}) is after end (${end}).` }] : []),
    ...findAdapterMismatch(ipAdapter, model),
  ],
  async run({ model, ipAdapter, clipVision, image, strength, use, start, end, several, mask }, { services, signal }) {
    const pictures = picturesOf([image])
    const prompt = await imagePromptOf(services.sessions, ipAdapter, clipVision, [...pictures], { several, signal })
    const during = [start, end] as const
    const change = { type: 'image-prompt', adapter: ipAdapter, use, ...prompt, strength, during } as const
    return { model: withChange(model, { ...change, ...(mask && { mask }) }) }
  },
})

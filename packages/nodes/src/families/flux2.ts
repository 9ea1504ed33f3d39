import { flowProcess } from '../diffusion/process/noise-process.ts'
import { qwenTemplate } from './qwen-template.ts'
import type { Family } from './family.ts'

/** Width of Qwen 3's hidden states, of 4 billion parameters and of 8. */
const widths = { '4b': 2560, '8b': 4096 }

/** Flux.2 klein (Black Forest Labs 2025): three hidden states of Qwen 3 side by side, and packed latents. */
export const flux2: Family = {
  title: 'Flux.2',
  recognise: ({ architecture, network }) =>
    architecture === 'flux2-transformer' && network.textWidth !== 3 * widths['8b'],
  textEncoders: [
    {
      kind: 'decoder-lm',
      width: widths['4b'],
      states: [9, 18, 27],
      template: qwenTemplate({ thinking: false }),
      tokens: 512,
    },
  ],
  files: 'qwen_3_4b.safetensors',
  latents: { channels: 128, scale: 16, shift: 0, factor: 1 },
  nativeSize: () => 1024,
  process: () => flowProcess({ shift: Math.exp(2.02) }),
}

/** Flux.2 klein of 9 billion parameters, whose text encoder is the larger Qwen 3. */
export const flux2Klein9b: Family = {
  ...flux2,
  title: 'Flux.2 klein 9B',
  recognise: ({ architecture, network }) =>
    architecture === 'flux2-transformer' && network.textWidth === 3 * widths['8b'],
  textEncoders: [
    {
      kind: 'decoder-lm',
      width: widths['8b'],
      states: [9, 18, 27],
      template: qwenTemplate({ thinking: false }),
      tokens: 512,
    },
  ],
  files: 'qwen_3_8b.safetensors',
}

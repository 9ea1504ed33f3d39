import { flowProcess } from '../diffusion/process/noise-process.ts'
import { fluxLatents } from './flux.ts'
import { qwenTemplate } from './qwen-template.ts'
import type { Family } from './family.ts'

/** Z-Image, turbo and base (Tongyi-MAI 2025): the last hidden state but one of Qwen 3, and Flux.1's autoencoder. */
export const zImage: Family = {
  title: 'Z-Image',
  recognise: ({ architecture }) => architecture === 'z-image-transformer',
  textEncoders: [
    { kind: 'decoder-lm', width: 2560, states: [-2], template: qwenTemplate({ thinking: true }), tokens: 0 },
  ],
  files: 'qwen_3_4b.safetensors',
  latents: fluxLatents,
  nativeSize: () => 1024,
  preview: 'taef1',
  process: () => flowProcess({ shift: 3 }),
}

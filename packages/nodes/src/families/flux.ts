import type { WeightSource } from '@patchbay/onnx'
import { flowProcess } from '../diffusion/process/noise-process.ts'
import type { Family, LatentSpace } from './family.ts'
import type { T5Recipe } from './text-encoder-recipe.ts'

/** The autoencoder of Flux.1, which Z-Image has too. */
export const fluxLatents: LatentSpace = { channels: 16, scale: 8, shift: 0.1159, factor: 0.3611 }

/** The encoder of T5 1.1 XXL. */
export const t5Xxl: T5Recipe = { kind: 't5', width: 4096, tokens: 512 }

/** dev's shift for a picture of 1024 × 1024: the logarithm goes along a line with the number of tokens. */
const devShift = Math.exp(1.15)

const isDistilled = (denoiser: WeightSource): boolean =>
  denoiser.get('time_text_embed.guidance_embedder.linear_1.weight') !== undefined

/** Flux.1 dev and schnell (Black Forest Labs 2024), Fill too: the pooled text of CLIP L, and T5. */
export const flux: Family = {
  title: 'Flux.1',
  recognise: ({ architecture }) => architecture === 'flux-transformer',
  textEncoders: [{ kind: 'clip', width: 768, state: 'last', finalNorm: true, pooled: true, projected: false }, t5Xxl],
  textJoin: 't5-with-pooled-clip',
  files: 'clip_l.safetensors and t5xxl_fp16.safetensors (or t5xxl_fp8_e4m3fn_scaled.safetensors)',
  latents: fluxLatents,
  nativeSize: () => 1024,
  // It is told its guidance; a scale of the sampler beside that costs a second pass and burns.
  guidance: 1,
  preview: 'taef1',
  process: (_, denoiser) => flowProcess({ shift: isDistilled(denoiser) ? devShift : 1 }),
}

import { flowProcess } from '../diffusion/process/noise-process.ts'
import type { Family, LatentSpace } from './family.ts'
import { t5Xxl } from './flux.ts'

const latents: LatentSpace = { channels: 16, scale: 8, shift: 0.0609, factor: 1.5305 }

/** Stable Diffusion 3 and 3.5 (Esser et al. 2024): both CLIPs of SDXL, and T5 where it is at hand. */
export const sd3: Family = {
  title: 'SD 3',
  recognise: ({ architecture }) => architecture === 'sd3-transformer',
  textEncoders: [
    { kind: 'clip', width: 768, state: 'penultimate', finalNorm: false, pooled: true, projected: false },
    { kind: 'clip', width: 1280, state: 'penultimate', finalNorm: false, pooled: true },
    { ...t5Xxl, tokens: 256 },
  ],
  optionalTextEncoders: ['t5'],
  textJoin: 'clips-then-t5',
  files:
    'clip_l.safetensors, clip_g.safetensors and, for long prompts, t5xxl_fp16.safetensors or t5xxl_fp8_e4m3fn_scaled.safetensors',
  latents,
  nativeSize: () => 1024,
  guidance: 4.5,
  preview: 'taesd3',
  process: () => flowProcess({ shift: 3 }),
}

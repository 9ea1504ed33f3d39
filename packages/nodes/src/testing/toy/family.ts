import type { Family } from '../../families/family.ts'
import { markedProcess } from '../../families/process-of-file.ts'

/** What checkpoints with the toy for a denoiser have in common: one file, as every family has. */
export const toyFamily: Family = {
  title: 'Toy',
  recognise: ({ network }) => network.textWidth === 64 && network.pooledWidth === undefined,
  textEncoders: [{ kind: 'clip', width: 64, state: 'penultimate', finalNorm: false, pooled: false }],
  latents: { channels: 4, scale: 8, shift: 0.25, factor: 0.5 },
  nativeSize: () => 32,
  guidance: 3,
  preview: 'taetoy',
  process: (checkpoint) => markedProcess(checkpoint, 'v'),
}

import type { Family } from './family.ts'
import { markedProcess } from './process-of-file.ts'
import { isUNetFor } from './recognised-unet.ts'

/** The bundled checkpoint and its kin, whose text encoder is the Universal Sentence Encoder Lite. */
export const mini: Family = {
  title: 'Patchbay mini',
  recognise: (evidence) =>
    evidence.textEncoders.some(({ kind }) => kind === 'sentence-encoder') ||
    (isUNetFor(evidence, { width: 512 }) && evidence.network.pooledWidth !== undefined),
  textEncoders: [{ kind: 'sentence-encoder' }],
  latents: { channels: 16, scale: 8, shift: 0, factor: 1 },
  nativeSize: () => 64,
  guidance: 4,
  preview: 'taemini',
  // Whatever the size, it was told that of its training pictures.
  conditionedSide: 64,
  process: (checkpoint) => markedProcess(checkpoint),
}

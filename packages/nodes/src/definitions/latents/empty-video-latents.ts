import { Float, float, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { emptyLatentsOf } from '../../values/latents.ts'
import { Latents } from '../../values/socket-types.ts'
import { mostFps, usualFps } from '../../video/video.ts'

/** Latents of nothing yet, from which clips of that size and length are sampled. */
export const emptyVideoLatents = defineNode({
  type: 'EmptyVideoLatents',
  version: 1,
  category: 'latents',
  description:
    'The size of a clip to sample, in pixels, and its length in frames. Clip k of a batch is the clip of its seed alone.',
  aliases: ['EmptyHunyuanLatentVideo', 'ADE_EmptyLatentImageLarge', 'clip', 'frames', 'video size'],
  inputs: {
    width: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px', description: '0: as the model was trained.' }),
    height: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px', description: '0: as the model was trained.' }),
    frames: int({ default: 16, min: 1, max: 4096, description: 'The length of a clip.' }),
    fps: float({
      default: usualFps,
      min: 0.1,
      max: mostFps,
      description: 'Frames a second, for nodes that make a video.',
    }),
    clips: int({ default: 1, min: 1, max: 256 }),
  },
  outputs: { latents: Latents, fps: Float },
  traits: ({ values: { width = 0, height = 0, frames = 16, clips = 1 } }) => ({
    latents: { width, height, frames, batch: clips * frames, isEmpty: true },
  }),
  run: ({ width, height, frames, fps, clips }) => ({
    latents: emptyLatentsOf({ width, height, frames, batch: clips }),
    fps,
  }),
})

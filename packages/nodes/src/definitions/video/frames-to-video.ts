import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Image, Video } from '../../values/socket-types.ts'
import { mostFps, usualFps } from '../../video/video.ts'

/** Pictures of a batch, one after the other, as a video. */
export const framesToVideo = defineNode({
  type: 'FramesToVideo',
  version: 1,
  category: 'video',
  description: 'The pictures of a batch, one after the other, as a video.',
  aliases: ['CreateVideo', 'animate', 'clip', 'fps'],
  inputs: {
    image: link(Image),
    fps: float({ default: usualFps, min: 0.1, max: mostFps, description: 'Frames a second.' }),
  },
  outputs: { video: Video },
  run: ({ image, fps }) => ({ video: { frames: image, fps } }),
})

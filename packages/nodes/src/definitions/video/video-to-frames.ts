import { Float, Int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { sizeOfImage } from '../../image/image.ts'
import { Image, Video } from '../../values/socket-types.ts'

/** A video as a batch of pictures. */
export const videoToFrames = defineNode({
  type: 'VideoToFrames',
  version: 1,
  category: 'video',
  description: 'The frames of a video as a batch of pictures, with its pace in frames a second and their number.',
  aliases: ['GetVideoComponents', 'split', 'extract frames', 'fps'],
  inputs: { video: link(Video) },
  outputs: { image: Image, fps: Float, count: Int },
  run: ({ video: { frames, fps } }) => ({ image: frames, fps, count: sizeOfImage(frames).batch }),
})

import { int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { flux2Sigmas } from '../../diffusion/index.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels for Flux.2, by the size of the picture and the number of steps. */
export const flux2SigmasNode = defineNode({
  type: 'Flux2Sigmas',
  version: 1,
  category: 'sampling/sigmas',
  label: 'Flux.2 sigmas',
  description: 'Noise levels for Flux.2: they lean towards noise by the size of the picture and the number of steps.',
  aliases: ['Flux2Scheduler', 'klein'],
  inputs: {
    steps: int({ default: 4, min: 1, max: 4096 }),
    width: int({ default: 1024, min: 16, max: 16_384 }),
    height: int({ default: 1024, min: 16, max: 16_384 }),
  },
  outputs: { sigmas: Sigmas },
  run: ({ steps, width, height }) => ({ sigmas: flux2Sigmas(steps, Math.round((width * height) / 256)) }),
})

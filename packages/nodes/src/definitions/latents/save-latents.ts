import { link, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { latentsFile } from '../../values/saved-latents.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents kept as a file, to go on from another day. */
export const saveLatents = defineNode({
  type: 'SaveLatents',
  version: 1,
  category: 'latents',
  description: 'Keeps latents as a file, to go on from another day or on another machine.',
  aliases: ['SaveLatent', 'export'],
  inputs: {
    latents: link(Latents),
    name: text({ default: 'latents', description: 'The beginning of the file name; a number follows.' }),
  },
  outputs: {},
  sideEffect: true,
  lane: 'io',
  async run({ latents, name }, { services, artifact, show }) {
    const about = { prefix: name, extension: 'safetensors', mime: 'application/octet-stream', kind: 'latents' } as const
    const kept = await services.saveArtifact(latentsFile(latents), about)
    artifact(kept)
    show({ files: [kept.name] })
    return {}
  },
})

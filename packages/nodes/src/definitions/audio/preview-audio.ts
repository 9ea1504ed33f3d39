import { link } from '@patchbay/engine'
import { checkAudio } from '../../audio/audio.ts'
import { wordsOfAudio } from '../../audio/decode-audio.ts'
import { encodeWav } from '../../audio/wav.ts'
import { defineNode } from '../../host/define-node.ts'
import { Audio } from '../../values/socket-types.ts'

/** Plays a sound on the node without keeping it. */
export const previewAudio = defineNode({
  type: 'PreviewAudio',
  version: 1,
  category: 'audio',
  description: 'Plays a sound on the node, which is kept until the server starts again.',
  aliases: ['show', 'play', 'listen', 'sound'],
  inputs: { audio: link(Audio) },
  outputs: {},
  sideEffect: true,
  lane: 'io',
  async run({ audio }, { services, artifact, show }) {
    checkAudio(audio)
    const about = { prefix: 'preview', extension: 'wav', mime: 'audio/wav', kind: 'audio', temporary: true } as const
    artifact(await services.saveArtifact(encodeWav(audio), about))
    show({ sound: wordsOfAudio(audio) })
    return {}
  },
})

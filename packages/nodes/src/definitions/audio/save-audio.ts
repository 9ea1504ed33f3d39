import { link, text } from '@patchbay/engine'
import { checkAudio, peakOf } from '../../audio/audio.ts'
import { wordsOfAudio } from '../../audio/decode-audio.ts'
import { encodeWav } from '../../audio/wav.ts'
import { defineNode } from '../../host/define-node.ts'
import { Audio } from '../../values/socket-types.ts'

/** Keeps a sound as a file. */
export const saveAudio = defineNode({
  type: 'SaveAudio',
  version: 1,
  category: 'audio',
  description: 'Keeps a sound as a WAV file of 16 bits a sample, with its channels and its rate.',
  aliases: ['export', 'output', 'sound', 'wav'],
  inputs: {
    audio: link(Audio),
    name: text({
      default: 'patchbay',
      description: 'The beginning of the file name; a number follows. May hold folders: voices/hello',
    }),
  },
  outputs: {},
  sideEffect: true,
  lane: 'io',
  async run({ audio, name }, { services, artifact, show, warn }) {
    checkAudio(audio)
    const peak = peakOf(audio)
    if (peak > 1)
      warn(`The sound is too loud for a WAV file: its peak is ${peak.toFixed(2)}, and what lies beyond 1 is clipped.`)
    const about = { prefix: name, extension: 'wav', mime: 'audio/wav', kind: 'audio' } as const
    const kept = await services.saveArtifact(encodeWav(audio), about)
    artifact(kept)
    show({ files: [kept.name], sound: wordsOfAudio(audio) })
    return {}
  },
})

import { choice, float, Text, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { labelsOf } from '../../speech/phones.ts'
import { unspokenIn } from '../../speech/sentences.ts'
import { openSpeaker, voices } from '../../speech/speaker.ts'
import { Audio } from '../../values/socket-types.ts'

/** Says an English text. */
export const speak = defineNode({
  type: 'Speak',
  version: 1,
  category: 'audio',
  description:
    'Says an English text by Flite, on this machine and quicker than it lasts. A line of phonemes for each: where it begins and ends in seconds, and its ARPAbet name, pau for a pause.',
  aliases: ['voice', 'speech', 'text to speech', 'TTS', 'say', 'read aloud'],
  inputs: {
    text: text({ multiline: true, default: 'Hello, and welcome. I was a picture a moment ago.' }),
    voice: choice(voices, 'slt', {
      description:
        'slt is a woman and rms a man, both American; awb is a Scottish man; kal16 and kal (8 kHz) are an older, plainer voice; awb_time only tells the time.',
    }),
    speed: float({
      default: 1,
      min: 0.5,
      max: 2,
      step: 0.05,
      description: '1 is the pace of the voice, 2 twice that.',
    }),
  },
  outputs: {
    audio: Audio,
    phonemes: Text,
  },
  lane: 'io',
  async run({ text: words, voice, speed }, { signal, progress, warn, show }) {
    const unspoken = unspokenIn(words)
    if (unspoken.length > 0)
      warn(`The voices read English: ${unspoken.slice(0, 8).join(' ')}${unspoken.length > 8 ? ' …' : ''} is not said.`)
    const speaker = openSpeaker()
    try {
      const { audio, phones } = await speaker.speak(words, { voice, speed, signal, onProgress: progress })
      show({ seconds: Number(((audio.samples[0]?.length ?? 0) / audio.sampleRate).toFixed(2)), phones: phones.length })
      return { audio, phonemes: labelsOf(phones) }
    } finally {
      speaker.close()
    }
  },
})

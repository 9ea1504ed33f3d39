import { fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { durationOf, type Audio } from '../audio/audio.ts'
import { decodeAudio } from '../audio/decode-audio.ts'
import type { SpeechReply, SpeechRequest } from './flite-protocol.ts'
import { laterBy, parsePhones, type Phone } from './phones.ts'
import { sentencesOf } from './sentences.ts'

/** Flite's voices, all American but for the Scottish `awb`; `kal` at 8 kHz, the others at 16 kHz. */
export const voices = ['slt', 'rms', 'awb', 'kal16', 'kal', 'awb_time'] as const
export type Voice = (typeof voices)[number]

export interface Speech {
  readonly audio: Audio
  /** Without gaps from 0 to the end of the sound. */
  readonly phones: readonly Phone[]
}

export interface SpeechOptions {
  readonly voice: Voice
  /** 1 is the voice's own; 2 is twice as fast. */
  readonly speed: number
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, sentences: number) => void
}

export interface Speaker {
  /** English text as a sound, mono. Throws a RangeError for a text that says nothing. */
  speak(text: string, options: SpeechOptions): Promise<Speech>
  /** Ends its process. */
  close(): void
}

/** A synthesizer in a process of its own: from TypeScript sources where this file is one, else from the build. */
export function openSpeaker(): Speaker {
  const fromSource = import.meta.url.endsWith('.ts')
  const entry = fileURLToPath(new URL(fromSource ? './flite-process.ts' : './flite-process.js', import.meta.url))
  const loader = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const child = fork(entry, [], {
    serialization: 'advanced',
    // Node says at every start that WASI is experimental.
    execArgv: ['--no-warnings', ...(fromSource ? ['--conditions=patchbay-source', '--import', loader()] : [])],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const close = (): void => {
    child.kill('SIGTERM')
  }
  const ask = (request: SpeechRequest, signal?: AbortSignal): Promise<SpeechReply> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void) => (): void => {
        child.off('message', reply).off('error', failed).off('exit', ended)
        signal?.removeEventListener('abort', aborted)
        settle()
      }
      const reply = (message: SpeechReply): void =>
        end(() => {
          resolve(message)
        })()
      const failed = (error: Error): void =>
        end(() => {
          reject(error)
        })()
      const ended = end(() => {
        reject(new Error('The process that speaks has ended.'))
      })
      const aborted = end(() => {
        close()
        reject(signal?.reason instanceof Error ? signal.reason : new Error('Speaking was cancelled.'))
      })
      child.on('message', reply).on('error', failed).on('exit', ended)
      signal?.addEventListener('abort', aborted)
      child.send(request)
    })
  return { close, speak: (text, options) => speakSentences(ask, text, options) }
}

type Ask = (request: SpeechRequest, signal?: AbortSignal) => Promise<SpeechReply>

async function speakSentences(ask: Ask, text: string, options: SpeechOptions): Promise<Speech> {
  const { voice, speed, signal, onProgress } = options
  const sentences = sentencesOf(text)
  if (sentences.length === 0) throw new RangeError('There is nothing to say: the text has no letters or digits.')
  const sounds: Float32Array[] = []
  const phones: Phone[] = []
  let [seconds, sampleRate] = [0, 0]
  for (const [i, sentence] of sentences.entries()) {
    signal?.throwIfAborted()
    onProgress?.(i, sentences.length)
    const reply = await ask({ text: sentence, voice, stretch: 1 / speed }, signal)
    if ('error' in reply) throw new Error(`The voice ${voice} cannot say ${JSON.stringify(sentence)}: ${reply.error}`)
    const audio = await decodeAudio(reply.wav)
    phones.push(...laterBy(parsePhones(reply.phones, durationOf(audio)), seconds))
    sounds.push(...audio.samples)
    sampleRate = audio.sampleRate
    seconds += durationOf(audio)
  }
  if (phones.every(({ name }) => name === 'pau')) throw new RangeError(silentVoice(voice))
  return { audio: { samples: [joined(sounds)], sampleRate }, phones }
}

const silentVoice = (voice: Voice): string =>
  voice === 'awb_time'
    ? 'The voice awb_time knows only the words of a speaking clock, as in "The time is now, exactly five past one, in the morning."'
    : `The voice ${voice} found nothing in the text that it can say: it reads English.`

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

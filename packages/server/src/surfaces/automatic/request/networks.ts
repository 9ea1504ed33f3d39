import { listed } from '@patchbay/engine'
import { Failure } from '../../../failure.ts'
import { type FileNames, withoutExtension } from './file-names.ts'

/** A LoRA of a prompt, with how strongly it changes each part. */
export interface AppliedLora {
  readonly lora: string
  readonly modelStrength: number
  readonly textStrength: number
}
export interface ReadPrompt {
  /** Without its tags, and with `embedding:` before each embedding. */
  readonly text: string
  readonly loras: readonly AppliedLora[]
}

const tags = /<(\w+):([^<>]+)>/g

/**
 * Reads a prompt as AUTOMATIC1111 does: `<lora:name:weight>`, also `<lora:name:text:model>` and with names (`te=`,
 * `unet=`), applies a LoRA, and an embedding is named by its bare name.
 * @throws {Failure} `invalid-request` for a tag of another kind, a LoRA that is not there, or a weight that is none.
 */
export function readPrompt(prompt: string, files: FileNames, areNetworksOff = false): ReadPrompt {
  const loras: AppliedLora[] = []
  const text = prompt.replace(tags, (tag, kind: string, inside: string) => {
    if (!areNetworksOff) loras.push(loraOf(tag, kind.toLowerCase(), inside, files))
    return ''
  })
  refuseComposition(text)
  return { text: withEmbeddings(text, files.all('embeddings')), loras }
}

/** A negative prompt: tags are not read there, so that one in it is a mistake. */
export function readNegative(prompt: string, files: FileNames): string {
  const [tag] = tags.exec(prompt) ?? []
  tags.lastIndex = 0
  if (tag !== undefined) {
    throw new Failure('invalid-request', `negative_prompt: ${tag} is read in the prompt alone.`, {
      hint: 'Move it into the prompt; a negative weight takes away what a LoRA adds.',
    })
  }
  refuseComposition(prompt)
  return withEmbeddings(prompt, files.all('embeddings'))
}

function refuseComposition(prompt: string): void {
  if (!/(^|\s)AND(\s|$)/.test(prompt)) return
  throw new Failure('invalid-request', 'prompt: AND, which composes several prompts, is not done here.', {
    hint: 'Write "and" for the word, or run a workflow with CombineConditioning (POST /api/v1/jobs).',
  })
}

function loraOf(tag: string, kind: string, inside: string, files: FileNames): AppliedLora {
  if (!['lora', 'lyco'].includes(kind)) {
    const reason =
      kind === 'hypernet' ? 'hypernetworks cannot be applied here' : `there is no kind of network "${kind}"`
    throw new Failure('invalid-request', `prompt: ${tag}: ${reason}.`, {
      hint: 'There are <lora:name:weight> and <lyco:name:weight>.',
    })
  }
  const [name = '', ...parameters] = inside.split(':').map((part) => part.trim())
  const named = new Map(
    parameters.flatMap((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).trim()] as const]
    }),
  )
  const places = parameters.filter((part) => !part.includes('='))
  const unread = [...named.keys()].filter((key) => !['te', 'unet', 'dyn'].includes(key))
  const rank = named.get('dyn') ?? places[2]
  if (unread.length > 0 || rank !== undefined || places.length > 3) {
    throw new Failure(
      'invalid-request',
      `prompt: ${tag}: ${rank === undefined ? `${listed(unread)} is not read` : 'the rank of a LoRA cannot be changed'}.`,
      {
        hint: 'Write <lora:name:weight>, or <lora:name:text encoder:model>.',
      },
    )
  }
  const textStrength = strengthOf(tag, named.get('te') ?? places[0] ?? '1')
  const modelStrength = strengthOf(tag, named.get('unet') ?? places[1] ?? named.get('te') ?? places[0] ?? '1')
  return { lora: files.file('loras', name), modelStrength, textStrength }
}

function strengthOf(tag: string, written: string): number {
  const strength = Number(written)
  if (written !== '' && Math.abs(strength) <= 100) return strength
  throw new Failure('invalid-request', `prompt: ${tag}: "${written}" is no weight.`, {
    hint: 'A weight is a number from -100 to 100, as in <lora:name:0.8>.',
  })
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const bareNameOf = (file: string): string => withoutExtension(file.slice(file.lastIndexOf('/') + 1))

/** The names of embeddings in a prompt, whatever their case, as our prompts name them; the longest that fits. */
function withEmbeddings(prompt: string, files: readonly string[]): string {
  const byName = new Map(files.map((file) => [bareNameOf(file).toLowerCase(), file]))
  // A prompt cannot say `embedding:` before a name with these characters in it.
  const names = [...byName.keys()].filter((name) => name !== '' && !/[\s,:()[\]]/.test(name))
  if (names.length === 0) return prompt
  const any = names
    .sort((a, b) => b.length - a.length)
    .map(escaped)
    .join('|')
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_:/\\\\.-])(${any})(?![\\p{L}\\p{N}_/]|[.-][\\p{L}\\p{N}])`, 'giu')
  return prompt.replace(pattern, (name, _group, at: number) => {
    const next = prompt[at + name.length] ?? ' '
    // A sign of punctuation would be read as part of the name.
    const end = /[\s,:()[\]]/.test(next) ? '' : ' '
    return `embedding:${withoutExtension(byName.get(name.toLowerCase()) ?? name)}${end}`
  })
}

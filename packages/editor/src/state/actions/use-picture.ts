import type { NodeManifest, ValueInputManifest } from '@patchbay/engine/workflow'
import type { Registry } from '../registry/registry.ts'
import { messageOf, say, type Editor } from '../editor.ts'

/** A kept picture, as far as it takes to use it elsewhere. */
export interface KeptPicture {
  readonly hash: string
  readonly name: string
  readonly kind?: string
}

/** What a result is dragged as. */
export const resultDragType = 'application/x-patchbay-result'

/** Puts a file into the folder `input`, and gives its name there; says why when it cannot. */
export async function storeInput(editor: Editor, file: Blob, name: string): Promise<string | undefined> {
  const { client, files, surface, language } = editor
  try {
    const stored = await client.files.upload(file, name)
    await files.load('input')
    return stored.name
  } catch (error) {
    say(surface, language.getState().t('widget.uploadFailed', { reason: messageOf(error) }), 'bad')
    return undefined
  }
}

/** Puts a kept picture into the folder `input`. */
export async function storeResult(editor: Editor, { hash, name }: KeptPicture): Promise<string | undefined> {
  try {
    const bytes = await editor.client.artifacts.bytes(hash)
    return await storeInput(editor, new File([new Uint8Array(bytes)], name), name)
  } catch (error) {
    say(editor.surface, messageOf(error), 'bad')
    return undefined
  }
}

/** The result that is dropped; undefined for anything else. */
export function droppedResult(data: DataTransfer | null): KeptPicture | undefined {
  if (!data?.types.includes(resultDragType)) return undefined
  const text = data.getData(resultDragType)
  const json: unknown = JSON.parse(text)
  const isKept = typeof json === 'object' && json !== null && 'hash' in json && 'name' in json
  if (!isKept) return undefined
  const kind = 'kind' in json ? { kind: String(json.kind) } : {}
  return { hash: String(json.hash), name: String(json.name), ...kind }
}

/** What files of these MIME types are called, since an input may accept either. */
const endingsOfType: { readonly [type: string]: RegExp } = {
  image: /\.(png|jpe?g|webp|gif|bmp|tiff?|avif|svg)$/i,
  video: /\.(mp4|webm|mov|mkv|gif|webp)$/i,
  audio: /\.(wav|mp3|ogg|opus|flac)$/i,
}

/** The input of a node that takes a file of the folder `input` with this name. */
export function fileInput(manifest: NodeManifest | undefined, name: string): ValueInputManifest | undefined {
  return manifest?.inputs.find((input): input is ValueInputManifest => {
    if (input.kind !== 'value' || input.widget.type !== 'file' || input.widget.folder !== 'input') return false
    const { accept } = input.widget
    const takes = (one: string): boolean =>
      one.startsWith('.')
        ? name.toLowerCase().endsWith(one)
        : (endingsOfType[one.split('/')[0] ?? '']?.test(name) ?? false)
    return accept.length === 0 || accept.some(takes)
  })
}

/**
 * The node that opens a file of this name: one that gives `type` where there is one. Of several, the one that the
 * templates use most, then the plainest.
 */
export function loaderOf(
  { manifest }: Registry,
  counts: ReadonlyMap<string, number>,
  name: string,
  type: 'image' | 'video',
): NodeManifest | undefined {
  const takes = (node: NodeManifest): boolean => fileInput(node, name) !== undefined
  const seen = manifest.nodes.filter((node) => ['image', 'video'].includes(node.outputs[0]?.type ?? '') && takes(node))
  const isWanted = (node: NodeManifest): number => Number(node.outputs[0]?.type === type)
  const often = (node: NodeManifest): number => counts.get(node.type) ?? 0
  return seen.sort((a, b) => isWanted(b) - isWanted(a) || often(b) - often(a) || a.inputs.length - b.inputs.length)[0]
}

import type { NodeManifest, ValueInputManifest } from '@patchbay/engine/workflow'
import type { Registry } from '../registry/registry.ts'
import { messageOf, say, type Editor } from '../editor.ts'

/** A kept picture, as far as it takes to use it elsewhere. */
export interface KeptPicture {
  readonly hash: string
  readonly name: string
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
  return isKept ? { hash: String(json.hash), name: String(json.name) } : undefined
}

/** The input of a node that takes a picture of the folder `input`. */
export function pictureInput(manifest: NodeManifest | undefined): ValueInputManifest | undefined {
  return manifest?.inputs.find((input): input is ValueInputManifest => {
    if (input.kind !== 'value' || input.widget.type !== 'file' || input.widget.folder !== 'input') return false
    const { accept } = input.widget
    return accept.length === 0 || accept.some((one) => /^image|png|jpe?g|webp/.test(one))
  })
}

/** The node that makes a picture of a file: of several, the one that the templates use most, then the plainest. */
export function pictureLoader({ manifest }: Registry, counts: ReadonlyMap<string, number>): NodeManifest | undefined {
  const gives = (node: NodeManifest): boolean => node.outputs[0]?.type === 'image' && pictureInput(node) !== undefined
  const often = ({ type }: NodeManifest): number => counts.get(type) ?? 0
  return manifest.nodes.filter(gives).sort((a, b) => often(b) - often(a) || a.inputs.length - b.inputs.length)[0]
}

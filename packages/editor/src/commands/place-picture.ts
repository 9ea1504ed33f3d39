import type { Point } from '@patchbay/engine/workflow'
import { storeResult, storeInput, fileInput, loaderOf, type KeptPicture } from '../state/actions/use-picture.ts'
import { say, type Editor } from '../state/editor.ts'
import { setValue } from '../state/edits/nodes.ts'
import type { Stage } from '../canvas/stage.ts'
import { placeNode } from './place-node.ts'

/** Where a picture is put: on a node that takes one, else on the canvas, where a node that loads it is added. */
export interface PicturePlace {
  readonly at: Point
  readonly node?: string | undefined
}

/** Loads a picture of this machine. */
export async function placeFile(editor: Editor, stage: Stage, file: File, place: PicturePlace): Promise<void> {
  const name = await storeInput(editor, file, file.name || 'pasted.png')
  if (name !== undefined) putPicture(editor, stage, name, { ...place, moves: file.type.startsWith('video/') })
}

/** Loads a result. */
export async function placeResult(
  editor: Editor,
  stage: Stage,
  result: KeptPicture,
  place: PicturePlace = { at: stage.center() },
): Promise<void> {
  const name = await storeResult(editor, result)
  if (name !== undefined) putPicture(editor, stage, name, { ...place, moves: result.kind === 'video' })
}

function putPicture(
  editor: Editor,
  stage: Stage,
  name: string,
  { at, node, moves }: PicturePlace & { readonly moves: boolean },
): void {
  const { document } = stage.context
  const { t } = editor.language.getState()
  const own = node === undefined ? undefined : fileInput(stage.manifestOf(node), name)
  if (node !== undefined && own) {
    document.editGraph('value', (graph) => setValue(graph, node, own.name, name))
    say(editor.surface, t('picture.used', { name }), 'good')
    return
  }
  const { registry } = editor.session.registry.getState()
  const loader = loaderOf(registry, editor.templates.store.getState().counts, name, moves ? 'video' : 'image')
  const input = fileInput(loader, name)
  if (!loader || !input) {
    say(editor.surface, t('picture.noLoader'), 'bad')
    return
  }
  const id = placeNode(stage, loader, { at, screen: { x: 0, y: 0 } })
  document.editGraph('value', (graph) => setValue(graph, id, input.name, name))
  say(editor.surface, t('picture.used', { name }), 'good')
}

import { boundsOf, type Point } from '@patchbay/engine/workflow'
import { patchGroup, patchNote, removeGroup, removeNote, setReroutes } from '../../state/edits/decorations.ts'
import { disconnect } from '../../state/edits/links.ts'
import { removeNodes, toggleMode } from '../../state/edits/nodes.ts'
import { reveal } from '../../canvas/camera.ts'
import { commands } from '../commands.ts'
import { runCommand } from '../keys.ts'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { useStage } from '../../canvas/stage-context.tsx'
import { Choice, ColorChoices, Line } from './parts.tsx'

/** What can be done with a group and with what is in it. */
export function GroupChoices({ id }: { readonly id: string }) {
  const t = useT()
  const stage = useStage()
  const { document } = useTab()
  const group = document.graph().layout?.groups?.[id]
  if (!group) return null
  const inside = stage.nodesInside(group)
  const bounds = boundsOf([...stage.scene.boxes(inside).values()])
  const fit = (): void => {
    if (!bounds) return
    const { x, y, width, height } = bounds
    const box = { x: x - 24, y: y - 56, width: width + 48, height: height + 80 }
    document.editGraph('resize', (graph) => patchGroup(graph, id, box))
  }
  return (
    <>
      <Choice label={t('node.rename')} command="rename" onSelect={() => stage.rename(`group/${id}`)} />
      <ColorChoices onPaint={(color) => document.editGraph('color', (graph) => patchGroup(graph, id, { color }))} />
      <Choice label={t('group.fit')} disabled={!bounds} onSelect={fit} />
      <Line />
      <Choice label={t('group.select')} disabled={!bounds} onSelect={() => document.select(inside)} />
      <Choice
        label={t('group.mute')}
        disabled={!bounds}
        onSelect={() => document.editGraph('muted', (graph) => toggleMode(graph, inside, 'muted'))}
      />
      <Choice
        label={t('group.bypass')}
        disabled={!bounds}
        onSelect={() => document.editGraph('bypassed', (graph) => toggleMode(graph, inside, 'bypassed'))}
      />
      <Line />
      <Choice
        label={t('group.delete')}
        command="delete"
        onSelect={() => document.editGraph('delete', (graph) => removeGroup(graph, id), { select: [] })}
      />
      <Choice
        label={t('group.deleteAll')}
        danger
        disabled={!bounds}
        onSelect={() =>
          document.editGraph('delete', (graph) => removeGroup(removeNodes(graph, inside), id), { select: [] })
        }
      />
    </>
  )
}

export function NoteChoices({ id }: { readonly id: string }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const stage = useStage()
  const { document } = tab
  return (
    <>
      <ColorChoices onPaint={(color) => document.editGraph('color', (graph) => patchNote(graph, id, { color }))} />
      <Choice label={t('node.copy')} command="copy" onSelect={() => runCommand('copy', { editor, tab, stage })} />
      <Line />
      <Choice
        label={t('note.delete')}
        command="delete"
        danger
        onSelect={() => document.editGraph('delete', (graph) => removeNote(graph, id), { select: [] })}
      />
    </>
  )
}

interface LinkChoicesProps {
  readonly link: string
  /** Which piece of the link the press was on: a reroute there comes after so many others. */
  readonly piece: number
  readonly at: Point
}

export function LinkChoices({ link: key, piece, at }: LinkChoicesProps) {
  const t = useT()
  const { surface } = useEditor()
  const stage = useStage()
  const { document } = useTab()
  const link = stage.scene.link(key)?.link
  if (!link) return null
  const points = stage.scene.reroutes(key)
  const reroute = (next: readonly Point[]): void =>
    document.editGraph('reroute', (graph) => setReroutes(graph, key, next))
  const show = (node: string): void => {
    document.select([node])
    void reveal(stage, node)
  }
  const { x, y, k } = stage.view.transform
  const box = stage.view.container.getBoundingClientRect()
  const screen = { x: at.x * k + x + box.left, y: at.y * k + y + box.top }
  return (
    <>
      <Choice label={t('link.insert')} onSelect={() => surface.setState({ search: { at, screen, insert: key } })} />
      <Choice
        label={t('link.reroute')}
        keys="Alt+Click"
        onSelect={() => reroute(points.toSpliced(piece, 0, { x: Math.round(at.x), y: Math.round(at.y) }))}
      />
      {points.length > 0 && <Choice label={t('link.straighten')} onSelect={() => reroute([])} />}
      <Line />
      <Choice label={t('link.from')} onSelect={() => show(link.from)} />
      <Choice label={t('link.to')} onSelect={() => show(link.to)} />
      <Line />
      <Choice
        label={t('link.delete')}
        command="delete"
        danger
        onSelect={() => {
          document.editGraph('unlink', (graph) => disconnect(graph, link))
          stage.store.setState({ selectedLink: undefined })
        }}
      />
    </>
  )
}

/** What can be done where there is nothing. */
export function CanvasChoices({ at, screen }: { readonly at: Point; readonly screen: Point }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const stage = useStage()
  const choice = (id: string) => {
    const command = commands.find((one) => one.id === id)
    if (!command) return null
    const [keys] = command.keys ?? []
    return (
      <Choice
        label={t(command.label)}
        {...(keys === undefined ? {} : { keys })}
        onSelect={() => runCommand(id, { editor, tab, stage })}
      />
    )
  }
  return (
    <>
      <Choice
        label={t('command.search')}
        command="search"
        onSelect={() => editor.surface.setState({ search: { at, screen } })}
      />
      {choice('paste')}
      {choice('note')}
      {choice('group')}
      <Line />
      {choice('undo')}
      {choice('redo')}
      {choice('select-all')}
      {choice('arrange')}
      {choice('fit')}
      <Line />
      {choice('snap')}
      {choice('links')}
      {choice('minimap')}
      <Line />
      {choice('run')}
    </>
  )
}

import { memo } from 'react'
import { useStore } from 'zustand'
import type { GroupLayout, NoteLayout } from '@patchbay/engine/workflow'
import { patchGroup, patchNote } from '../../state/edits/decorations.ts'
import { useDocument, useGraph, useT } from '../../contexts/editor-context.tsx'
import { useStage } from '../stage-context.tsx'
import { TitleField } from '../title-field.tsx'
import { DecorationBox } from './box.tsx'
import { ComparisonMarks } from './comparison-marks.tsx'
import { Reroutes } from './reroutes.tsx'
import './decorations.css'

const none: { readonly [id: string]: never } = {}

/** Groups and notes, under and among the nodes, and the reroute points of links. */
export const Decorations = memo(function Decorations() {
  const groups = useGraph((graph) => graph.layout?.groups) ?? none
  const notes = useGraph((graph) => graph.layout?.notes) ?? none
  return (
    <>
      {Object.entries(groups).map(([id, group]) => (
        <GroupView key={id} id={id} group={group} />
      ))}
      {Object.entries(notes).map(([id, note]) => (
        <NoteView key={id} id={id} note={note} />
      ))}
      <Reroutes />
      <ComparisonMarks />
    </>
  )
})

function GroupView({ id, group }: { readonly id: string; readonly group: GroupLayout }) {
  const t = useT()
  const stage = useStage()
  const document = useDocument()
  const renaming = useStore(stage.store, (state) => state.renaming === `group/${id}`)
  const title = (typed: string | undefined): void => {
    stage.rename(undefined)
    if (typed !== undefined) document.editGraph('rename', (graph) => patchGroup(graph, id, { title: typed }))
  }
  return (
    <DecorationBox
      kind="group"
      id={id}
      box={group}
      label={t('group.label', { title: group.title })}
      least={{ width: 120, height: 60 }}
      patch={(graph, change) => patchGroup(graph, id, change)}
      carried={() => stage.nodesInside(group)}
      onRename={() => stage.rename(`group/${id}`)}
      bar={renaming ? <TitleField label={t('group.title')} title={group.title} onDone={title} /> : group.title}
    />
  )
}

function NoteView({ id, note }: { readonly id: string; readonly note: NoteLayout }) {
  const t = useT()
  const document = useDocument()
  return (
    <DecorationBox
      kind="note"
      id={id}
      box={note}
      label={t('note.label')}
      least={{ width: 100, height: 50 }}
      patch={(graph, change) => patchNote(graph, id, change)}
      bar={null}
    >
      <textarea
        aria-label={t('note.label')}
        placeholder={t('note.placeholder')}
        value={note.text}
        onPointerDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onChange={(event) => {
          const text = event.currentTarget.value
          document.editGraph('note', (graph) => patchNote(graph, id, { text }), { merge: `note.${id}` })
        }}
      />
    </DecorationBox>
  )
}

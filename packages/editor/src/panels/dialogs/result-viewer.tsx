import { useState } from 'react'
import { useStore } from 'zustand'
import type { ArtifactRecord } from '@patchbay/client'
import { useEditor, useRun, useTab } from '../../contexts/editor-context.tsx'
import { isSeen, type Picture } from '../../state/runs/run.ts'
import type { Stage } from '../../canvas/stage.ts'
import type { Closable } from '../controls.tsx'
import { PictureViewer } from './picture-viewer.tsx'

interface ResultViewerProps extends Closable {
  readonly node: string
  readonly index: number
  readonly stage: Stage | undefined
}
const none: readonly Picture[] = []

/** What a node made, beside what it made in the run before. */
export function ResultViewer({ node, index, stage, close }: ResultViewerProps) {
  const editor = useEditor()
  const { job } = useTab()
  const pictures = useRun((run) => run.pictures[node]) ?? none
  const before = useStore(editor.session.store, (state) =>
    Object.values(state.runs).findLast((run) => run.job !== job && run.artifacts[node]?.some(isSeen)),
  )
  const [at, setAt] = useState(Math.min(index, Math.max(0, pictures.length - 1)))
  const earlier = before?.artifacts[node]?.filter(isSeen)
  return (
    <PictureViewer
      pictures={pictures}
      at={at}
      setAt={setAt}
      before={earlier?.[at] ?? earlier?.[0]}
      job={job}
      stage={stage}
      close={close}
    />
  )
}

interface GalleryViewerProps extends Closable {
  readonly pictures: readonly ArtifactRecord[]
  readonly index: number
  readonly stage: Stage | undefined
}

/** The pictures of the gallery, one at a time, beside the next older one. */
export function GalleryViewer({ pictures, index, stage, close }: GalleryViewerProps) {
  const [at, setAt] = useState(index)
  return (
    <PictureViewer
      pictures={pictures.map((artifact): Picture => ({ kind: 'artifact', artifact }))}
      at={at}
      setAt={setAt}
      before={pictures[at + 1]}
      job={pictures[at]?.job}
      stage={stage}
      close={close}
    />
  )
}

import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { isFinished } from '@patchbay/engine/workflow'
import type { ArtifactRecord } from '@patchbay/client'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { Thumbnail } from '../../canvas/node/thumbnail.tsx'
import { seenKinds } from '../../state/runs/run.ts'
import { rowsOf } from '../../state/runs/grid.ts'
import { showDialog, type Grid } from '../../state/editor.ts'
import { Sheet, type Closable } from '../controls.tsx'

/** What the jobs of a grid made, by rows and columns, as they come. */
export function GridResults({ grid, close }: Closable & { readonly grid: Grid }) {
  const t = useT()
  const { across, down, jobs } = grid
  const rows = rowsOf(down)
  return (
    <Sheet title={t('grid.results')} onClose={close} wide>
      <div className="table-room grid-results" tabIndex={0} role="group" aria-label={t('grid.results')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{down.map(({ label }) => label).join(' / ')}</th>
              {across.values.map((value) => (
                <th key={value} scope="col">
                  <span className="faint">{across.label}</span> {value}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={row.join('/')}>
                <th scope="row">{row.join(' / ')}</th>
                {across.values.map((value, column) => (
                  <td key={value}>
                    <GridCell job={jobs[column * rows.length + at]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Sheet>
  )
}

function GridCell({ job: id }: { readonly job: string | undefined }) {
  const t = useT()
  const { client, session, surface } = useEditor()
  const job = useStore(session.store, (state) => state.jobs.find((one) => one.id === id))
  const [pictures, setPictures] = useState<readonly ArtifactRecord[]>([])
  const hasEnded = job !== undefined && isFinished(job.state)
  useEffect(() => {
    if (!hasEnded || id === undefined) return
    client.artifacts.list({ job: id, kind: [...seenKinds], limit: 16 }).then(
      ({ artifacts }) => setPictures([...artifacts].reverse()),
      // What was made is in the gallery as well.
      () => undefined,
    )
  }, [client, id, hasEnded])
  if (!job) return null
  if (pictures.length === 0) {
    return (
      <span className="job-state" data-state={job.state} title={job.error?.message}>
        {t(`job.state.${job.state}`)}
      </span>
    )
  }
  return pictures.map((file, index) => (
    <button
      key={file.hash}
      type="button"
      className="result-open"
      aria-label={t('gallery.open', { name: file.name })}
      onClick={() => showDialog(surface, { type: 'picture', pictures, index })}
    >
      <Thumbnail file={file} size={256} />
    </button>
  ))
}

import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { ArtifactRecord } from '@patchbay/client'
import { openJob } from '../../state/actions/run-actions.ts'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { IconButton } from '../controls.tsx'

/** Every picture that was made, newest first. */
export function ResultsPanel() {
  const t = useT()
  const editor = useEditor()
  const { client, session } = editor
  const made = useStore(session.store, (state) => state.jobs.reduce((sum, job) => sum + job.artifacts, 0))
  const [files, setFiles] = useState<readonly ArtifactRecord[]>()
  useEffect(() => {
    client.artifacts.list({ kind: 'image', limit: 120 }).then(
      (answer) => setFiles(answer.artifacts),
      () => setFiles([]),
    )
  }, [client, made])
  return (
    <div className="panel-body">
      {files?.length === 0 && <p className="faint">{t('result.none')}</p>}
      <ul className="result-grid">
        {files?.map((file) => (
          <li key={`${file.job}/${file.hash}`}>
            <a href={client.artifacts.url(file.hash)} target="_blank" rel="noreferrer">
              <img src={client.artifacts.thumbnailUrl(file.hash, 256)} alt={file.name} loading="lazy" />
            </a>
            <span className="result-actions">
              <IconButton
                icon="nodes"
                small
                label={t('result.openWorkflow')}
                onClick={() => void openJob(editor, file.job)}
              />
              <a
                className="icon-button small"
                href={client.artifacts.url(file.hash, file.name)}
                download={file.name}
                aria-label={t('result.download')}
              >
                ↓
              </a>
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

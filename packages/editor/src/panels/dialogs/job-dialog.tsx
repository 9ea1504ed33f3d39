import { useEffect, useState } from 'react'
import type { JobDetail } from '@patchbay/client'
import { duration } from '../../messages/translate.ts'
import { messageOf } from '../../state/editor.ts'
import { openJob } from '../../state/actions/run-actions.ts'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { Sheet } from '../controls.tsx'
import { Thumbnail } from '../../canvas/node/thumbnail.tsx'
import { isSeen } from '../../state/runs/run.ts'

/** One job: when it ran and where, what it made, and why it failed if it did. */
export function JobDialog({ job, close }: { readonly job: string; readonly close: () => void }) {
  const t = useT()
  const editor = useEditor()
  const [detail, setDetail] = useState<JobDetail>()
  const [failed, setFailed] = useState<string>()
  useEffect(() => {
    editor.client.jobs.get(job).then(setDetail, (error: unknown) => setFailed(messageOf(error)))
  }, [editor, job])
  const took =
    detail?.startedAt !== undefined && detail.finishedAt !== undefined
      ? duration(detail.finishedAt - detail.startedAt)
      : ''
  return (
    <Sheet
      title={detail ? (detail.name ?? t('job.number', { number: detail.number })) : t('job.details')}
      onClose={close}
      wide
    >
      {failed && <p className="failed-text">{failed}</p>}
      {detail && (
        <>
          <p className="soft">
            {t('job.number', { number: detail.number })} · {t(`job.state.${detail.state}`)} ·{' '}
            {new Date(detail.createdAt).toLocaleString()}
            {took && ` · ${took}`}
            {detail.device && ` · ${detail.device}`}
          </p>
          {detail.error && <p className="failed-text">{detail.error.message}</p>}
          <ul className="result-grid">
            {detail.files.map((file) => (
              <li key={file.hash}>
                <a href={editor.client.artifacts.url(file.hash)} target="_blank" rel="noreferrer">
                  {isSeen(file) ? <Thumbnail file={file} size={256} /> : file.name}
                </a>
              </li>
            ))}
          </ul>
          <div className="dialog-actions">
            <button
              type="button"
              className="button primary"
              onClick={() => {
                close()
                void openJob(editor, job)
              }}
            >
              {t('job.open')}
            </button>
          </div>
        </>
      )}
    </Sheet>
  )
}

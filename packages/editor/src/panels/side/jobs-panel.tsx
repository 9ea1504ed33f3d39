import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { isFinished } from '@patchbay/engine/workflow'
import type { ArtifactRecord, Job } from '@patchbay/client'
import { duration } from '../../messages/translate.ts'
import { messageOf, say, showDialog, type Editor } from '../../state/editor.ts'
import { Thumbnail } from '../../canvas/node/thumbnail.tsx'
import { seenKinds } from '../../state/runs/run.ts'
import { openJob } from '../../state/actions/run-actions.ts'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { IconButton } from '../controls.tsx'

/** Runs a call to the server, and says what went wrong if it fails. */
export async function attempt(editor: Editor, call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    say(editor.surface, messageOf(error), 'bad')
  }
}

/** The history of jobs, newest first, with what each made. */
export function JobsPanel() {
  const t = useT()
  const { session } = useEditor()
  const jobs = useStore(session.store, (state) => state.jobs)
  const total = useStore(session.store, (state) => state.totalJobs)
  return (
    <div className="panel-body">
      {jobs.length === 0 && <p className="faint">{t('job.none')}</p>}
      <ul className="job-list">
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </ul>
      {jobs.length < total && (
        <button type="button" className="button" onClick={() => void session.loadMore()}>
          {t('job.loadMore')}
        </button>
      )}
    </div>
  )
}

function JobRow({ job }: { readonly job: Job }) {
  const t = useT()
  const editor = useEditor()
  const { client, surface } = editor
  const finished = isFinished(job.state)
  const took = job.startedAt !== undefined && job.finishedAt !== undefined ? job.finishedAt - job.startedAt : undefined
  return (
    <li className="job" data-state={job.state}>
      {job.artifacts > 0 && <JobPictures job={job} />}
      <div className="job-line">
        <span className="job-state" data-state={job.state}>
          {t(`job.state.${job.state}`)}
        </span>
        <strong className="job-name">{job.name ?? t('job.number', { number: job.number })}</strong>
        <span className="faint">#{job.number}</span>
      </div>
      <div className="job-line">
        <span className="faint">
          {new Date(job.createdAt).toLocaleTimeString()}
          {took === undefined ? '' : ` · ${duration(took)}`}
        </span>
        <span className="job-actions">
          <IconButton icon="nodes" small label={t('job.open')} onClick={() => void openJob(editor, job.id)} />
          <IconButton
            icon="info"
            small
            label={t('job.details')}
            onClick={() => showDialog(surface, { type: 'job', job: job.id })}
          />
          {finished ? (
            <>
              <IconButton
                icon="retry"
                small
                label={t('job.retry')}
                onClick={() => void attempt(editor, client.jobs.retry(job.id))}
              />
              <IconButton
                icon="trash"
                small
                label={t('job.delete')}
                onClick={() => void attempt(editor, client.jobs.remove(job.id))}
              />
            </>
          ) : (
            <IconButton
              icon="close"
              small
              label={t('queue.cancel', { number: job.number })}
              onClick={() => void attempt(editor, client.jobs.cancel(job.id))}
            />
          )}
        </span>
      </div>
      {job.error && <p className="failed-text job-error">{job.error.message}</p>}
    </li>
  )
}

function JobPictures({ job }: { readonly job: Job }) {
  const { client } = useEditor()
  const [files, setFiles] = useState<readonly ArtifactRecord[]>([])
  useEffect(() => {
    client.artifacts.list({ job: job.id, kind: [...seenKinds], limit: 4 }).then(
      (answer) => setFiles(answer.artifacts),
      () => setFiles([]),
    )
  }, [client, job.id, job.artifacts])
  if (files.length === 0) return null
  return (
    <div className="job-pictures">
      {files.map((file) => (
        <Thumbnail key={file.hash} file={file} size={128} />
      ))}
    </div>
  )
}

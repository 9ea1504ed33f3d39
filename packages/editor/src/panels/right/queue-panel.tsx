import { useStore } from 'zustand'
import { isFinished } from '@patchbay/engine/workflow'
import type { Job } from '@patchbay/client'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { IconButton } from '../controls.tsx'
import { attempt } from '../side/jobs-panel.tsx'

/** What runs and what waits, in the order in which it will run. */
export function QueuePanel() {
  const t = useT()
  const editor = useEditor()
  const { client, session } = editor
  const jobs = useStore(session.store, (state) => state.jobs)
  const queue = useStore(session.store, (state) => state.queue)
  const active = inOrder(jobs)
  const waiting = active.filter((job) => job.state === 'queued').length
  return (
    <div className="panel-body">
      <div className="queue-actions">
        <button
          type="button"
          className="button"
          onClick={() => void attempt(editor, queue?.paused ? client.queue.resume() : client.queue.pause())}
        >
          {t(queue?.paused ? 'queue.resume' : 'queue.pause')}
        </button>
        <button
          type="button"
          className="button"
          disabled={waiting === 0}
          onClick={() => void attempt(editor, client.queue.clear())}
        >
          {t('queue.clear')}
        </button>
      </div>
      <p className="soft">
        {t('queue.running', { count: active.length - waiting })} · {t('queue.waiting', { count: waiting })}
      </p>
      {active.length === 0 && <p className="faint">{t('queue.empty')}</p>}
      <ul className="job-list">
        {active.map((job) => (
          <QueueRow key={job.id} job={job} />
        ))}
      </ul>
      {queue?.devices.map((device) => (
        <p key={device.name} className="faint">
          {device.name}: {device.state}
          {device.message ? ` · ${device.message}` : ''}
        </p>
      ))}
    </div>
  )
}

/** What runs first, then what waits by its place. */
function inOrder(jobs: readonly Job[]): Job[] {
  const isRunning = (job: Job): number => Number(job.state === 'running')
  const place = (job: Job): number => job.position ?? job.number
  return jobs.filter((job) => !isFinished(job.state)).sort((a, b) => isRunning(b) - isRunning(a) || place(a) - place(b))
}

function QueueRow({ job }: { readonly job: Job }) {
  const t = useT()
  const editor = useEditor()
  const { client, session } = editor
  const run = useStore(session.store, (state) => state.runs[job.id])
  const move = (to: 'front' | 'back') => (): void =>
    void attempt(
      editor,
      client.jobs.change(job.id, { move: to }).then(() => session.loadJobs()),
    )
  return (
    <li className="job" data-state={job.state}>
      <div className="job-line">
        <span className="job-state" data-state={job.state}>
          {t(`job.state.${job.state}`)}
        </span>
        <strong className="job-name">{job.name ?? t('job.number', { number: job.number })}</strong>
        <span className="faint">#{job.number}</span>
      </div>
      {run && run.total > 0 && (
        <>
          <span className="progress">
            <span style={{ width: `${(run.done / run.total) * 100}%` }} />
          </span>
          <span className="faint">{t('run.progress', { done: run.done, total: run.total })}</span>
        </>
      )}
      <div className="job-line job-actions">
        {job.state === 'queued' && (
          <>
            <IconButton icon="up" small label={t('queue.first')} onClick={move('front')} />
            <IconButton icon="down" small label={t('queue.last')} onClick={move('back')} />
          </>
        )}
        <IconButton
          icon="close"
          small
          label={t('queue.cancel', { number: job.number })}
          onClick={() => void attempt(editor, client.jobs.cancel(job.id))}
        />
      </div>
    </li>
  )
}

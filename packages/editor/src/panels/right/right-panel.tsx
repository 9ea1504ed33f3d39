import { useStore } from 'zustand'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import { IconButton } from '../controls.tsx'
import { IssuesPanel } from './issues-panel.tsx'
import { QueuePanel } from './queue-panel.tsx'
import { RunPanel } from './run-panel.tsx'
import './right.css'

/** The panel at the right: queue, problems, or what the run of this workflow did. */
export function RightPanel({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const { surface } = useEditor()
  const right = useStore(surface, (state) => state.right)
  if (!right) return null
  const title = { queue: t('queue.label'), issues: t('issues.label'), run: t('job.timeline') }[right]
  return (
    <aside className="side right" aria-label={title}>
      <header className="panel-header">
        <h2>{title}</h2>
        <IconButton icon="close" small label={t('app.close')} onClick={() => surface.setState({ right: undefined })} />
      </header>
      {right === 'queue' && <QueuePanel />}
      {right === 'issues' && <IssuesPanel stage={stage} />}
      {right === 'run' && <RunPanel stage={stage} />}
    </aside>
  )
}

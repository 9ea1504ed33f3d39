import { useStore } from 'zustand'
import { Icon, type IconName } from '../../theme/icon.tsx'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import type { MessageKey } from '../../messages/en.ts'
import { Hint, IconButton } from '../controls.tsx'
import { JobsPanel } from './jobs-panel.tsx'
import { NodeLibrary } from './node-library.tsx'
import { ResultsPanel } from './results-panel.tsx'
import { WorkflowsPanel } from './workflows-panel.tsx'
import './side.css'

const panels: readonly { id: 'nodes' | 'workflows' | 'jobs' | 'files'; icon: IconName; label: MessageKey }[] = [
  { id: 'nodes', icon: 'nodes', label: 'side.nodes' },
  { id: 'workflows', icon: 'folder', label: 'side.workflows' },
  { id: 'jobs', icon: 'clock', label: 'side.history' },
  { id: 'files', icon: 'image', label: 'side.files' },
]

/** The rail at the left, and the panel that it opens. */
export function SidePanel({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const { surface } = useEditor()
  const side = useStore(surface, (state) => state.side)
  const open = panels.find((panel) => panel.id === side)
  return (
    <>
      <nav className="rail" aria-label={t('menu.view')}>
        {panels.map(({ id, icon, label }) => (
          <Hint key={id} text={t(label)}>
            <button
              type="button"
              className="rail-button"
              aria-pressed={side === id}
              onClick={() => surface.setState({ side: side === id ? undefined : id })}
            >
              <Icon name={icon} />
              <span>{t(label)}</span>
            </button>
          </Hint>
        ))}
      </nav>
      {open && (
        <aside className="side" aria-label={t(open.label)}>
          <header className="panel-header">
            <h2>{t(open.label)}</h2>
            <IconButton
              icon="close"
              small
              label={t('app.close')}
              onClick={() => surface.setState({ side: undefined })}
            />
          </header>
          {open.id === 'nodes' && <NodeLibrary stage={stage} />}
          {open.id === 'workflows' && <WorkflowsPanel />}
          {open.id === 'jobs' && <JobsPanel />}
          {open.id === 'files' && <ResultsPanel stage={stage} />}
        </aside>
      )}
    </>
  )
}

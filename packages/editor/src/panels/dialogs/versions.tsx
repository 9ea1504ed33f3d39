import { type ReactNode, useEffect, useState } from 'react'
import { describeDiff, diffWorkflows } from '@patchbay/engine/workflow'
import type { WorkflowVersion } from '@patchbay/client'
import { openSaved } from '../../state/actions/document-actions.ts'
import { messageOf } from '../../state/editor.ts'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { Sheet } from '../controls.tsx'

/** The history of a saved workflow; each version can be opened, or compared with what is on the canvas. */
export function Versions({ close }: { readonly close: () => void }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const id = tab.server?.id
  const { versions, failed, attempt } = useVersions(id)
  const [difference, setDifference] = useState<Difference>()
  const compare = (version: number) =>
    attempt(async (workflow) => {
      const { document } = await editor.client.workflows.get(workflow, version)
      const diff = diffWorkflows(document, tab.document.store.getState().workflow)
      setDifference({ version, lines: describeDiff(diff) })
    })
  const mark = (version: number) =>
    attempt(async (workflow) => {
      const { document } = await editor.client.workflows.get(workflow, version)
      editor.surface.setState({ comparison: { tab: tab.id, version, document }, view: 'graph' })
      close()
    })
  const restore = (version: number): void => {
    close()
    void openSaved(editor, id ?? '', version)
  }
  return (
    <Sheet title={t('menu.versions').replace('…', '')} onClose={close} wide>
      {id === undefined && <p className="soft">{t('docs.none')}</p>}
      {failed && <p className="failed-text">{failed}</p>}
      <div className="versions">
        <ol>
          {versions?.map((one) => (
            <VersionRow key={one.version} of={one}>
              <VersionButton label={t('docs.compare')} onClick={() => void compare(one.version)} />
              <VersionButton label={t('docs.compareMarks')} onClick={() => void mark(one.version)} />
              <VersionButton label={t('docs.restore')} onClick={() => restore(one.version)} />
            </VersionRow>
          ))}
        </ol>
        {difference && <DifferenceList {...difference} />}
      </div>
    </Sheet>
  )
}

/** The versions of a workflow, the newest first, and what failed of all that is asked of the server. */
function useVersions(id: string | undefined) {
  const { client } = useEditor()
  const [versions, setVersions] = useState<readonly WorkflowVersion[]>()
  const [failed, setFailed] = useState<string>()
  useEffect(() => {
    if (id === undefined) return
    client.workflows.versions(id).then(
      (answer) => setVersions([...answer.versions].sort((a, b) => b.version - a.version)),
      (error: unknown) => setFailed(messageOf(error)),
    )
  }, [client, id])
  const attempt = async (ask: (id: string) => Promise<void>): Promise<void> => {
    if (id === undefined) return
    try {
      await ask(id)
    } catch (error) {
      setFailed(messageOf(error))
    }
  }
  return { versions, failed, attempt }
}

function VersionRow({ of, children }: { readonly of: WorkflowVersion; readonly children: ReactNode }) {
  const t = useT()
  return (
    <li className="version">
      <strong>{t('docs.version', { version: of.version })}</strong>
      <span className="faint">{new Date(of.createdAt).toLocaleString()}</span>
      {of.message && <span className="soft">{of.message}</span>}
      <span className="queue-actions">{children}</span>
    </li>
  )
}

function VersionButton({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button type="button" className="button" onClick={onClick}>
      {label}
    </button>
  )
}

interface Difference {
  readonly version: number
  /** As `describeDiff` writes them: `+` and `-` begin what was added and removed. */
  readonly lines: readonly string[]
}

function DifferenceList({ version, lines }: Difference) {
  const t = useT()
  return (
    <section aria-live="polite" className="difference">
      <h3 className="panel-title">{t('docs.version', { version })}</h3>
      {lines.length === 0 && <p className="faint">{t('docs.noDifference')}</p>}
      <ul>
        {lines.map((line) => (
          <li key={line} data-kind={line[0] === '+' ? 'added' : line[0] === '-' ? 'removed' : 'changed'}>
            {line}
          </li>
        ))}
      </ul>
    </section>
  )
}

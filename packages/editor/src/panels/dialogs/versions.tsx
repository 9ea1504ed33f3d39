import { useEffect, useState } from 'react'
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
  const [versions, setVersions] = useState<readonly WorkflowVersion[]>()
  const [failed, setFailed] = useState<string>()
  const [difference, setDifference] = useState<{ version: number; lines: readonly string[] }>()
  useEffect(() => {
    if (id === undefined) return
    editor.client.workflows.versions(id).then(
      (answer) => setVersions([...answer.versions].sort((a, b) => b.version - a.version)),
      (error: unknown) => setFailed(messageOf(error)),
    )
  }, [editor, id])
  const compare = async (version: number): Promise<void> => {
    if (id === undefined) return
    try {
      const record = await editor.client.workflows.get(id, version)
      setDifference({
        version,
        lines: describeDiff(diffWorkflows(record.document, tab.document.store.getState().workflow)),
      })
    } catch (error) {
      setFailed(messageOf(error))
    }
  }
  const mark = async (version: number): Promise<void> => {
    if (id === undefined) return
    try {
      const { document } = await editor.client.workflows.get(id, version)
      editor.surface.setState({ comparison: { tab: tab.id, version, document }, view: 'graph' })
      close()
    } catch (error) {
      setFailed(messageOf(error))
    }
  }
  return (
    <Sheet title={t('menu.versions').replace('…', '')} onClose={close} wide>
      {id === undefined && <p className="soft">{t('docs.none')}</p>}
      {failed && <p className="failed-text">{failed}</p>}
      <div className="versions">
        <ol>
          {versions?.map((one) => (
            <li key={one.version} className="version">
              <strong>{t('docs.version', { version: one.version })}</strong>
              <span className="faint">{new Date(one.createdAt).toLocaleString()}</span>
              {one.message && <span className="soft">{one.message}</span>}
              <span className="queue-actions">
                <button type="button" className="button" onClick={() => void compare(one.version)}>
                  {t('docs.compare')}
                </button>
                <button type="button" className="button" onClick={() => void mark(one.version)}>
                  {t('docs.compareMarks')}
                </button>
                <button
                  type="button"
                  className="button"
                  onClick={() => {
                    close()
                    void openSaved(editor, id ?? '', one.version)
                  }}
                >
                  {t('docs.restore')}
                </button>
              </span>
            </li>
          ))}
        </ol>
        {difference && (
          <section aria-live="polite" className="difference">
            <h3 className="panel-title">{t('docs.version', { version: difference.version })}</h3>
            {difference.lines.length === 0 && <p className="faint">{t('docs.noDifference')}</p>}
            <ul>
              {difference.lines.map((line) => (
                <li key={line} data-kind={line[0] === '+' ? 'added' : line[0] === '-' ? 'removed' : 'changed'}>
                  {line}
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Sheet>
  )
}

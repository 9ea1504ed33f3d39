import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { WorkflowSummary } from '@patchbay/client'
import { openSaved } from '../../state/actions/document-actions.ts'
import { messageOf, showDialog } from '../../state/editor.ts'
import { fuzzyScore } from '../../state/registry/search.ts'
import { Icon } from '../../theme/icon.tsx'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'

/** Templates and the workflows saved on the server, by name and tag. */
export function WorkflowsPanel() {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const dialog = useStore(editor.surface, (state) => state.dialog.type)
  const [workflows, setWorkflows] = useState<readonly WorkflowSummary[]>()
  const templates = useStore(editor.templates.store, (state) => state.templates)
  const [failed, setFailed] = useState<string>()
  const [query, setQuery] = useState('')
  useEffect(() => {
    editor.client.workflows.list().then(
      (answer) => setWorkflows(answer.workflows),
      (error: unknown) => setFailed(messageOf(error)),
    )
  }, [editor, tab.server?.version, dialog])
  useEffect(() => {
    // Without them the panel has the saved workflows alone.
    void editor.templates.ensure().catch(() => undefined)
  }, [editor])
  const shown = (workflows ?? []).filter(
    (one) => query === '' || [one.name, ...one.tags].some((text) => fuzzyScore(query, text) > 0),
  )
  const kits = templates.filter(
    ({ id, document: { name, tags } }) =>
      query === '' || [name ?? id, ...(tags ?? [])].some((text) => fuzzyScore(query, text) > 0),
  )
  return (
    <>
      <input
        className="field panel-search"
        type="search"
        placeholder={t('docs.search')}
        aria-label={t('docs.search')}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      <div className="panel-body">
        {failed && <p className="failed-text">{failed}</p>}
        <h3 className="panel-title">{t('docs.yours')}</h3>
        {workflows && shown.length === 0 && <p className="faint">{t('docs.none')}</p>}
        <ul className="workflow-list">
          {shown.map((one) => (
            <WorkflowRow key={one.id} summary={one} />
          ))}
        </ul>
        {kits.length > 0 && <h3 className="panel-title">{t('docs.templates')}</h3>}
        <ul className="workflow-list">
          {kits.map(({ id, document }) => (
            <li key={id} className="workflow-row">
              <button
                type="button"
                className="workflow-open"
                onClick={() => void editor.workspace.open(document, { title: document.name ?? id })}
              >
                <strong>{document.name ?? id}</strong>
                {document.description && <span className="soft">{document.description}</span>}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </>
  )
}

function WorkflowRow({ summary }: { readonly summary: WorkflowSummary }) {
  const t = useT()
  const editor = useEditor()
  const { id, name, description, tags, version, updatedAt } = summary
  return (
    <li className="workflow-row">
      <button type="button" className="workflow-open" onClick={() => void openSaved(editor, id)}>
        <strong>{name}</strong>
        {description && <span className="soft">{description}</span>}
        <span className="faint">
          {`${t('docs.version', { version })} · ${new Date(updatedAt).toLocaleDateString()}`}
          {tags.map((tag) => ` #${tag}`)}
        </span>
      </button>
      <button
        type="button"
        className="tab-close"
        aria-label={t('docs.delete', { name })}
        onClick={() => showDialog(editor.surface, { type: 'delete-workflow', id, name })}
      >
        <Icon name="trash" />
      </button>
    </li>
  )
}

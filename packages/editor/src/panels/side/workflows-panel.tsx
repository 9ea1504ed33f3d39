import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { WorkflowSummary } from '@patchbay/engine/workflow'
import { openSaved } from '../../state/document-actions.ts'
import { messageOf, showDialog } from '../../state/editor.ts'
import { fuzzyScore } from '../../state/search.ts'
import { Icon } from '../../theme/icon.tsx'
import { useEditor, useT, useTab } from '../../canvas/context.tsx'

/** Templates and the workflows saved on the server, by name and tag. */
export function WorkflowsPanel() {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const dialog = useStore(editor.surface, (state) => state.dialog.type)
  const [workflows, setWorkflows] = useState<readonly WorkflowSummary[]>()
  const [failed, setFailed] = useState<string>()
  const [query, setQuery] = useState('')
  useEffect(() => {
    editor.client.workflows.list().then(
      (answer) => setWorkflows(answer.workflows),
      (error: unknown) => setFailed(messageOf(error)),
    )
  }, [editor, tab.server?.version, dialog])
  const shown = (workflows ?? []).filter(
    (one) => query === '' || [one.name, ...one.tags].some((text) => fuzzyScore(query, text) > 0),
  )
  const templates = shown.filter((one) => one.tags.includes('template'))
  const own = shown.filter((one) => !one.tags.includes('template'))
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
        {workflows && own.length === 0 && <p className="faint">{t('docs.none')}</p>}
        <ul className="workflow-list">
          {own.map((one) => (
            <WorkflowRow key={one.id} summary={one} />
          ))}
        </ul>
        {templates.length > 0 && <h3 className="panel-title">{t('docs.templates')}</h3>}
        <ul className="workflow-list">
          {templates.map((one) => (
            <WorkflowRow key={one.id} summary={one} />
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
  const isTemplate = tags.includes('template')
  return (
    <li className="workflow-row">
      <button type="button" className="workflow-open" onClick={() => void openSaved(editor, id)}>
        <strong>{name}</strong>
        {description && <span className="soft">{description}</span>}
        <span className="faint">
          {!isTemplate && `${t('docs.version', { version })} · ${new Date(updatedAt).toLocaleDateString()}`}
          {tags.map((tag) => ` #${tag}`)}
        </span>
      </button>
      {!isTemplate && (
        <button
          type="button"
          className="tab-close"
          aria-label={t('docs.delete', { name })}
          onClick={() => showDialog(editor.surface, { type: 'delete-workflow', id, name })}
        >
          <Icon name="trash" />
        </button>
      )}
    </li>
  )
}

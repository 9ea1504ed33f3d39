import { useState } from 'react'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { Sheet, type Closable } from '../controls.tsx'

export function DetailsDialog({ close }: Closable) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const { workflow } = tab.document.store.getState()
  const [name, setName] = useState(tab.title)
  const [description, setDescription] = useState(workflow.description ?? '')
  const [tags, setTags] = useState((workflow.tags ?? []).join(', '))
  const apply = (): void => {
    const list = tags
      .split(/[,，]/)
      .map((tag) => tag.trim())
      .filter(Boolean)
    tab.document.edit('details', (before) => {
      const { description: _description, tags: _tags, name: _name, ...rest } = before
      return {
        ...rest,
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(description.trim() ? { description: description.trim() } : {}),
        ...(list.length > 0 ? { tags: list } : {}),
      }
    })
    editor.workspace.patch(tab.id, { title: name.trim() })
    close()
  }
  return (
    <Sheet title={t('menu.details')} onClose={close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          apply()
        }}
      >
        <label className="labelled">
          <span>{t('docs.name')}</span>
          <input className="field" autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
        </label>
        <label className="labelled">
          <span>{t('docs.description')}</span>
          <textarea
            className="field"
            rows={4}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
        </label>
        <label className="labelled">
          <span>{t('docs.tags')}</span>
          <input className="field" value={tags} onChange={(event) => setTags(event.currentTarget.value)} />
        </label>
        <div className="dialog-actions">
          <button type="submit" className="button primary">
            {t('app.ok')}
          </button>
        </div>
      </form>
    </Sheet>
  )
}

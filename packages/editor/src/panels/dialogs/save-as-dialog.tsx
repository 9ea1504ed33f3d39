import { useState } from 'react'
import { saveTab } from '../../state/actions/document-actions.ts'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { Sheet, type Closable } from '../controls.tsx'

export function SaveAsDialog({ close }: Closable) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const [name, setName] = useState(tab.title)
  const [message, setMessage] = useState('')
  return (
    <Sheet title={t('menu.saveAs')} onClose={close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() === '') return
          close()
          void saveTab(editor, tab, { name: name.trim(), asNew: true, ...(message ? { message } : {}) })
        }}
      >
        <label className="labelled">
          <span>{t('docs.name')}</span>
          <input
            className="field"
            autoFocus
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label className="labelled">
          <span>{t('docs.message')}</span>
          <input className="field" value={message} onChange={(event) => setMessage(event.currentTarget.value)} />
        </label>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={close}>
            {t('app.cancel')}
          </button>
          <button type="submit" className="button primary" disabled={name.trim() === ''}>
            {t('menu.save')}
          </button>
        </div>
      </form>
    </Sheet>
  )
}

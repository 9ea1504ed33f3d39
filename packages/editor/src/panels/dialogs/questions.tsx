import { saveTab } from '../../state/actions/document-actions.ts'
import { showDialog } from '../../state/editor.ts'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { Sheet, type Closable } from '../controls.tsx'
import { attempt } from '../side/jobs-panel.tsx'

interface Answer {
  readonly label: string
  readonly tone?: 'primary' | 'danger'
  readonly onChoose: () => void
}

interface QuestionProps extends Closable {
  readonly title: string
  readonly text?: string
  readonly answers: readonly Answer[]
}

/** A question with a few answers; the first has the focus. */
function Question({ title, text, answers, close }: QuestionProps) {
  return (
    <Sheet title={title} {...(text === undefined ? {} : { description: text })} onClose={close}>
      <div className="dialog-actions">
        {answers.map(({ label, tone, onChoose }, index) => (
          <button
            key={label}
            type="button"
            className={`button${tone ? ` ${tone}` : ''}`}
            autoFocus={index === 0}
            onClick={onChoose}
          >
            {label}
          </button>
        ))}
      </div>
    </Sheet>
  )
}

export function ConfirmClose({ tab, close }: Closable & { readonly tab: string }) {
  const t = useT()
  const { workspace } = useEditor()
  const closing = workspace.store.getState().tabs.find((one) => one.id === tab)
  const closeAnyway = (): void => {
    close()
    workspace.close(tab)
  }
  return (
    <Question
      title={t('tabs.closeQuestion', { title: closing?.title || t('app.untitled') })}
      text={t('tabs.closeText')}
      answers={[
        { label: t('app.cancel'), onChoose: close },
        { label: t('tabs.closeAnyway'), tone: 'danger', onChoose: closeAnyway },
      ]}
      close={close}
    />
  )
}

export function ConfirmDelete({ id, name, close }: Closable & { readonly id: string; readonly name: string }) {
  const t = useT()
  const editor = useEditor()
  const remove = (): void => void attempt(editor, editor.client.workflows.remove(id)).then(close)
  return (
    <Question
      title={t('docs.deleteQuestion', { name })}
      answers={[
        { label: t('app.cancel'), onChoose: close },
        { label: t('app.delete'), tone: 'danger', onChoose: remove },
      ]}
      close={close}
    />
  )
}

export function ConflictDialog({ version, close }: Closable & { readonly version: number }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const force = (): void => {
    close()
    void saveTab(editor, tab, { force: true })
  }
  return (
    <Question
      title={t('docs.conflict', { version })}
      text={t('docs.conflictText')}
      answers={[
        { label: t('docs.compare'), onChoose: () => showDialog(editor.surface, { type: 'versions' }) },
        { label: t('docs.saveAnyway'), tone: 'primary', onChoose: force },
      ]}
      close={close}
    />
  )
}

/** Everything of an imported workflow that has no counterpart here. */
export function ImportProblems({ problems, close }: Closable & { readonly problems: readonly string[] }) {
  const t = useT()
  return (
    <Sheet title={t('docs.importTitle')} onClose={close}>
      <ul className="issue-list">
        {problems.map((problem) => (
          <li key={problem} className="issue">
            {problem}
          </li>
        ))}
      </ul>
    </Sheet>
  )
}

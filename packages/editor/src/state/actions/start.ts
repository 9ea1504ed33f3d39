import { openSaved } from './document-actions.ts'
import { showDialog, type Editor } from '../editor.ts'
import { emptyWorkflow } from '../edits/graph.ts'
import { openJob } from './run-actions.ts'

/**
 * What the page shows first: what its address names, else the tabs from before, else the first template, else
 * nothing.
 */
export async function openAtStart(editor: Editor, address: URLSearchParams): Promise<void> {
  const { workspace, session, surface } = editor
  const restored = await workspace.restore()
  if (workspace.store.getState().aside.length > 0) showDialog(surface, { type: 'set-aside' })
  for (const tab of workspace.store.getState().tabs) {
    for (const job of [...(tab.job === undefined ? [] : [tab.job]), ...tab.waiting]) {
      void session.catchUp(job).catch(() => undefined)
    }
  }
  const saved = address.get('workflow')
  const job = address.get('job')
  if (saved !== null) await openSaved(editor, saved)
  else if (job !== null) await openJob(editor, job)
  else if (restored === 0) await openFirstTemplate(editor)
  if (workspace.store.getState().tabs.length === 0) workspace.open(emptyWorkflow())
}

async function openFirstTemplate({ templates, workspace }: Editor): Promise<void> {
  try {
    const [first] = await templates.ensure()
    // Something may have been opened meanwhile: the page is there before the templates are.
    if (first && workspace.store.getState().tabs.length === 0) workspace.open(first.document)
  } catch {
    // Without a server the page opens on an empty workflow, and says that there is no connection.
  }
}

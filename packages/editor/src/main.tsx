import { createRoot } from 'react-dom/client'
import { createClient } from '@patchbay/client'
import { App } from './app.tsx'
import { createEditor } from './state/actions/create-editor.ts'
import { openAtStart } from './state/actions/start.ts'
import { browserDrafts, draftsOrMemory, withTimeLimit } from './state/documents/drafts.ts'
import { claimWindow } from './state/documents/window-owner.ts'
import { say } from './state/editor.ts'
import { preloadDialogs } from './panels/dialogs/dialogs.tsx'

/** How long the browser's storage and locks are waited for, in milliseconds, before the page does without them. */
const storageLimitMs = 3000

/** Something of the browser whose mere mention throws where storage is blocked. */
function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The composition root: what the editor is made of, from what the browser offers. */
async function start(): Promise<void> {
  const element = document.getElementById('app')
  if (!element) throw new Error('The page has no element with the id "app".')
  const session = orUndefined(() => sessionStorage)
  const parameters = new URLSearchParams(location.hash.slice(1))
  const token = parameters.get('token') ?? session?.getItem('patchbay.token') ?? undefined
  if (token) session?.setItem('patchbay.token', token)
  const window = await withTimeLimit(
    claimWindow(
      session,
      orUndefined(() => navigator.locks),
    ),
    storageLimitMs,
  ).catch(() => ({ owner: crypto.randomUUID(), liveOwners: async () => new Set<string>() }))
  const editor = createEditor({
    client: createClient(token ? { token } : {}),
    drafts: draftsOrMemory(browserDrafts(), storageLimitMs, () => {
      say(editor.surface, editor.language.getState().t('drafts.blocked'), 'bad')
    }),
    owner: window.owner,
    liveOwners: window.liveOwners,
    storage: orUndefined(() => localStorage),
    language: navigator.language,
  })
  const { settings, language, workspace } = editor
  document.documentElement.lang = settings.getState().language
  // Without its texts the page speaks English.
  await withTimeLimit(language.speak(settings.getState().language), storageLimitMs).catch(() => undefined)
  createRoot(element).render(<App editor={editor} />)
  addEventListener('pagehide', () => void workspace.flush())
  await openAtStart(editor, new URLSearchParams(location.search))
  preloadDialogs()
}

void start()

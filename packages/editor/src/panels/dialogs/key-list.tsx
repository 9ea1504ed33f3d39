import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { commands } from '../../commands/commands.ts'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { bound, keyOf, keysOf, unbound } from '../../commands/keys.ts'
import { undoDepth } from '../../state/documents/document.ts'
import { fuzzyScore } from '../../state/registry/search.ts'
import { Icon } from '../../theme/icon.tsx'

/** Every command with its keys, which can be taken away and added to. */
export function KeyList() {
  const t = useT()
  const { settings } = useEditor()
  const bindings = useStore(settings, (state) => state.keys)
  const [query, setQuery] = useState('')
  const [recording, setRecording] = useState<string>()
  useEffect(() => {
    if (recording === undefined) return
    const pressed = (event: KeyboardEvent): void => {
      event.preventDefault()
      event.stopImmediatePropagation()
      if (['Control', 'Shift', 'Alt', 'Meta'].includes(event.key)) return
      if (event.key !== 'Escape') settings.setState({ keys: bound(settings.getState().keys, recording, keyOf(event)) })
      setRecording(undefined)
    }
    // Before the dialog hears it: Escape ends the recording and leaves the dialog open.
    window.addEventListener('keydown', pressed, true)
    return () => window.removeEventListener('keydown', pressed, true)
  }, [recording, settings])
  const shown = commands.filter((command) => query === '' || fuzzyScore(query, t(command.label)) > 0)
  return (
    <>
      <p className="soft">{t('settings.maxUndo', { count: undoDepth })}</p>
      <div className="key-bar">
        <input
          className="field"
          type="search"
          placeholder={t('shortcuts.search')}
          aria-label={t('shortcuts.search')}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        <button
          type="button"
          className="button"
          disabled={Object.keys(bindings).length === 0}
          onClick={() => settings.setState({ keys: {} })}
        >
          {t('keys.reset')}
        </button>
      </div>
      <dl className="shortcuts">
        {shown.map((command) => (
          <div key={command.id} data-changed={command.id in bindings || undefined}>
            <dt>{t(command.label)}</dt>
            <dd>
              {keysOf(command, bindings).map((key) => (
                <button
                  key={key}
                  type="button"
                  className="key"
                  title={t('keys.remove', { key })}
                  aria-label={t('keys.remove', { key })}
                  onClick={() => settings.setState({ keys: unbound(bindings, command.id, key) })}
                >
                  <kbd>{key}</kbd>
                </button>
              ))}
              <button
                type="button"
                className="key add"
                aria-label={t('keys.add', { command: t(command.label) })}
                title={t('keys.add', { command: t(command.label) })}
                onClick={() => setRecording(command.id)}
              >
                {recording === command.id ? t('keys.press') : <Icon name="plus" />}
              </button>
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

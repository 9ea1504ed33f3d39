import { Tabs } from 'radix-ui'
import { useStore } from 'zustand'
import type { MessageKey } from '../../messages/en.ts'
import type { Settings } from '../../state/settings/settings.ts'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { Sheet, type Closable } from '../controls.tsx'
import { KeyList } from './key-list.tsx'

const switches = [
  ['minimap', 'canvas.minimap'],
  ['legend', 'canvas.legend'],
  ['snap', 'canvas.snap'],
  ['linksHidden', 'settings.linksHidden'],
  ['dynamicPrompts', 'settings.dynamicPrompts'],
] as const satisfies readonly (readonly [keyof Settings, MessageKey])[]

/** How the editor looks and behaves, for the person at this browser. */
export function SettingsDialog({ part, close }: Closable & { readonly part: 'general' | 'keys' }) {
  const t = useT()
  return (
    <Sheet title={t(part === 'keys' ? 'shortcuts.title' : 'settings.title')} onClose={close} wide>
      <Tabs.Root defaultValue={part}>
        <Tabs.List className="sheet-tabs">
          <Tabs.Trigger value="general">{t('settings.general')}</Tabs.Trigger>
          <Tabs.Trigger value="keys">{t('shortcuts.title')}</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="general">
          <General />
        </Tabs.Content>
        <Tabs.Content value="keys">
          <KeyList />
        </Tabs.Content>
      </Tabs.Root>
    </Sheet>
  )
}

function General() {
  const t = useT()
  const { settings: store, language } = useEditor()
  const settings = useStore(store)
  return (
    <div className="form settings">
      <Choices
        label={t('menu.theme')}
        options={[
          ['system', t('menu.theme.system')],
          ['light', t('menu.theme.light')],
          ['dark', t('menu.theme.dark')],
        ]}
        current={settings.theme}
        choose={(theme) => store.setState({ theme })}
      />
      <Choices
        label={t('menu.language')}
        options={[
          ['en', 'English'],
          ['zh', '中文'],
        ]}
        current={settings.language}
        choose={(code) => {
          store.setState({ language: code })
          document.documentElement.lang = code
          void language.speak(code)
        }}
      />
      <Choices
        label={t('settings.wheel')}
        options={[
          ['zoom', t('settings.wheel.zoom')],
          ['pan', t('settings.wheel.pan')],
        ]}
        current={settings.wheel}
        choose={(wheel) => store.setState({ wheel })}
      />
      <Choices
        label={t('settings.linkStyle')}
        options={[
          ['curved', t('settings.linkStyle.curved')],
          ['straight', t('settings.linkStyle.straight')],
          ['square', t('settings.linkStyle.square')],
        ]}
        current={settings.linkStyle}
        choose={(linkStyle) => store.setState({ linkStyle })}
      />
      {switches.map(([name, label]) => (
        <label key={name} className="setting">
          <input
            type="checkbox"
            checked={settings[name]}
            onChange={(event) => store.setState({ [name]: event.currentTarget.checked })}
          />
          {t(label)}
        </label>
      ))}
    </div>
  )
}

interface ChoicesProps<Value extends string> {
  readonly label: string
  readonly options: readonly (readonly [value: Value, label: string])[]
  readonly current: Value
  readonly choose: (value: Value) => void
}

function Choices<Value extends string>({ label, options, current, choose }: ChoicesProps<Value>) {
  return (
    <label className="labelled">
      <span>{label}</span>
      <select
        className="field"
        value={current}
        onChange={(event) => {
          const chosen = options.find(([value]) => value === event.currentTarget.value)
          if (chosen) choose(chosen[0])
        }}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

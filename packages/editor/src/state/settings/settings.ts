import { createStore, type StoreApi } from 'zustand/vanilla'

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark'
  readonly language: 'en' | 'zh'
  readonly tool: 'hand' | 'select'
  readonly snap: boolean
  readonly minimap: boolean
  readonly legend: boolean
  readonly linksHidden: boolean
  /** What turning the wheel over the canvas does; a pinch always zooms. */
  readonly wheel: 'zoom' | 'pan'
  readonly linkStyle: 'curved' | 'straight' | 'square'
  /** Whether `{a|b}` in a prompt is a choice made anew for each run. */
  readonly dynamicPrompts: boolean
  /** Keys of commands that a person chose in place of the usual ones; an empty list is a command without a key. */
  readonly keys: { readonly [command: string]: readonly string[] }
  /** How often each node type was added, for the order of search results. */
  readonly uses: { readonly [type: string]: number }
  readonly bookmarks: readonly string[]
}

export const defaultSettings: Settings = {
  theme: 'system',
  language: 'en',
  tool: 'hand',
  snap: false,
  minimap: true,
  legend: false,
  linksHidden: false,
  wheel: 'zoom',
  linkStyle: 'curved',
  dynamicPrompts: true,
  keys: {},
  uses: {},
  bookmarks: [],
}

/** As much of a browser's storage as is used. */
export interface TextStore {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

const key = 'patchbay.settings'

/** A person's settings; every change is kept in the browser. Unreadable or foreign fields fall back to the defaults. */
export function createSettings(storage: TextStore | undefined, language: string): StoreApi<Settings> {
  const initial = { ...defaultSettings, language: language.startsWith('zh') ? ('zh' as const) : ('en' as const) }
  const store = createStore<Settings>(() => ({ ...initial, ...stored(storage) }))
  store.subscribe((settings) => {
    try {
      storage?.setItem(key, JSON.stringify(settings))
    } catch {
      // A full or forbidden storage only means that the settings last as long as the page.
    }
  })
  return store
}

function stored(storage: TextStore | undefined): Partial<Settings> {
  let json: unknown
  try {
    json = JSON.parse(storage?.getItem(key) ?? '{}')
  } catch {
    return {}
  }
  if (typeof json !== 'object' || json === null) return {}
  const known = Object.entries(json).filter(([name, value]) => {
    const usual: unknown = Reflect.get(defaultSettings, name)
    return usual !== undefined && typeof usual === typeof value && Array.isArray(usual) === Array.isArray(value)
  })
  return Object.fromEntries(known)
}

export function countUse(settings: StoreApi<Settings>, type: string): void {
  const { uses } = settings.getState()
  settings.setState({ uses: { ...uses, [type]: (uses[type] ?? 0) + 1 } })
}

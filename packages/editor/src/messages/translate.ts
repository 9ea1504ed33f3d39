import { createStore, type StoreApi } from 'zustand/vanilla'
import { en, type MessageKey, type Messages } from './en.ts'

export type Fill = { readonly [name: string]: string | number }
export type Translate = (key: MessageKey, fill?: Fill) => string

export function translator(messages: Messages): Translate {
  return (key, fill) => {
    const text = messages[key]
    return fill
      ? text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in fill ? String(fill[name]) : whole))
      : text
  }
}

export interface Language {
  readonly code: 'en' | 'zh'
  readonly t: Translate
}

/** The language of the page. Chinese texts are loaded when first wanted; English stands until they are there. */
export function createLanguage(): StoreApi<Language> & { readonly speak: (code: Language['code']) => Promise<void> } {
  const english: Language = { code: 'en', t: translator(en) }
  const store = createStore<Language>(() => english)
  const speak = async (code: Language['code']): Promise<void> => {
    if (code === store.getState().code) return
    store.setState(code === 'en' ? english : { code, t: translator((await import('./zh.ts')).zh) })
  }
  return Object.assign(store, { speak })
}

/** Milliseconds as people read them. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const minutes = Math.floor(ms / 60_000)
  const seconds = String(Math.round((ms % 60_000) / 1000)).padStart(2, '0')
  return minutes < 60 ? `${minutes}:${seconds} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

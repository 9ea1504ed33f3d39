import { useStore } from 'zustand'
import { commands } from './commands.ts'
import { useEditor } from '../contexts/editor-context.tsx'
import { keysOf } from './keys.ts'

/** Tells the first key of a command, as it is bound. */
export function useKeyOf(): (command: string) => string | undefined {
  const bindings = useStore(useEditor().settings, (settings) => settings.keys)
  return (id) => {
    const command = commands.find((one) => one.id === id)
    return command && keysOf(command, bindings)[0]
  }
}

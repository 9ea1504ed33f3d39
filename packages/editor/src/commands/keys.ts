import type { Settings } from '../state/settings/settings.ts'
import type { Command, CommandContext } from './command.ts'
import { commands } from './commands.ts'

type Bindings = Settings['keys']

/** The keys of a command: those a person chose, else the usual ones. */
export function keysOf(command: Pick<Command, 'id' | 'keys'>, bindings: Bindings): readonly string[] {
  return bindings[command.id] ?? command.keys ?? []
}

/** The name of the pressed keys, as commands write them. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toUpperCase() : event.key
  const shifted = event.shiftKey && (event.key.length > 1 || /[A-Z]/i.test(event.key) || event.ctrlKey)
  return [
    ...(event.ctrlKey || event.metaKey ? ['Ctrl'] : []),
    ...(event.altKey ? ['Alt'] : []),
    ...(shifted ? ['Shift'] : []),
    key,
  ].join('+')
}

export function commandFor(event: KeyboardEvent, bindings: Bindings): Command | undefined {
  const key = keyOf(event)
  return commands.find((command) => keysOf(command, bindings).includes(key))
}

export function runCommand(id: string, context: CommandContext): void {
  void commands.find((command) => command.id === id)?.run(context)
}

/** The bindings with one more key for a command; another command that had it has it no more. */
export function bound(bindings: Bindings, id: string, key: string): Bindings {
  const next: { [command: string]: readonly string[] } = { ...bindings }
  for (const command of commands) {
    const keys = keysOf(command, bindings)
    if (command.id === id) next[id] = keys.includes(key) ? keys : [...keys, key]
    else if (keys.includes(key)) next[command.id] = keys.filter((one) => one !== key)
  }
  return withoutUsual(next)
}

/** The bindings with a command that a key does not call any more. */
export function unbound(bindings: Bindings, id: string, key: string): Bindings {
  const command = commands.find((one) => one.id === id)
  return command
    ? withoutUsual({ ...bindings, [id]: keysOf(command, bindings).filter((one) => one !== key) })
    : bindings
}

/** Only what differs from the usual keys is kept. */
function withoutUsual(bindings: Bindings): Bindings {
  return Object.fromEntries(
    Object.entries(bindings).filter(
      ([id, keys]) => keys.join(' ') !== (commands.find((one) => one.id === id)?.keys ?? []).join(' '),
    ),
  )
}

import { register } from 'node:module'
import { extname } from 'node:path'

/**
 * Resolves what a pack imports from `@patchbay` to the packages of this host, wherever the pack lies and whatever
 * copies it brings: a socket type of another copy is another type. Node runs it in a thread of its own, so it is a
 * module as a text.
 */
const resolveHook = `let host
export function initialize(data) { host = data.host }
export function resolve(specifier, context, next) {
  return specifier.startsWith('@patchbay/') ? next(specifier, { ...context, parentURL: host }) : next(specifier, context)
}`

/** Before the first pack of a process is loaded. */
export function shareHostModules(): void {
  const host = import.meta.url
  register(`data:text/javascript,${encodeURIComponent(resolveHook)}`, { parentURL: host, data: { host } })
}

/** Whether a module is TypeScript. */
export function isTypeScript(path: string): boolean {
  return ['.ts', '.mts', '.cts', '.tsx'].includes(extname(path))
}

/**
 * Lets this process import TypeScript, also with the endings that TypeScript itself asks for (`./other.js` for
 * `other.ts`). Types are taken off, not checked.
 */
export async function loadTypeScript(): Promise<void> {
  // Run from its sources, the process does so already.
  if (isTypeScript(import.meta.url)) return
  const { register: registerTypeScript } = await import('tsx/esm/api')
  registerTypeScript()
}

/**
 * Makes `process.exit` throw where it is not allowed, so that code of others cannot end a process that is not its own.
 * Returns how to undo it.
 */
export function refuseExit(isAllowed: () => boolean): () => void {
  const exit = process.exit
  process.exit = (code) => {
    if (isAllowed()) return exit(code)
    throw new Error(`it called process.exit(${code ?? ''})`)
  }
  return () => {
    process.exit = exit
  }
}

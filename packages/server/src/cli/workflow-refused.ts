/** A workflow that could not be used, with everything that is wrong with it: the command prints it and exits with 1. */
export class WorkflowRefused extends Error {
  override readonly name = 'WorkflowRefused'
  readonly lines: readonly string[]
  constructor(file: string, lines: readonly string[]) {
    super(`${file} cannot be used: ${lines.length === 1 ? 'one problem' : `${lines.length} problems`}.`)
    this.lines = lines
  }
}

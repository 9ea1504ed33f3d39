/** What a choice is drawn from: a whole number from 0 to less than `count`. */
export type Draw = (count: number) => number

/**
 * A text with dynamic prompts as ComfyUI's editor sends it: without comments, like those of C, and with one of each
 * `{red|green}`, which may be nested. Brackets and bars behind a backslash are text. A choice that does not end goes to
 * the end of the text.
 */
export function drawnPrompt(text: string, draw: Draw): { readonly text: string; readonly choices: number } {
  const source = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  let choices = 0
  /** For each choice that is open: its finished options. The outermost entry is the text itself. */
  const open: { readonly options: string[] }[] = [{ options: [''] }]
  const add = (more: string) => {
    const { options } = open.at(-1) ?? { options: [] }
    options.push((options.pop() ?? '') + more)
  }
  const close = () => {
    const { options } = open.pop() ?? { options: [''] }
    if (new Set(options).size > 1) choices++
    add(options[draw(options.length)] ?? '')
  }
  for (const [part] of source.matchAll(/\\[\s\S]|[\s\S]/g)) {
    const isInside = open.length > 1
    if (part === '{') open.push({ options: [''] })
    else if (part === '|' && isInside) open.at(-1)?.options.push('')
    else if (part === '}' && isInside) close()
    else add(/^\\[{}|]$/.test(part) ? part.slice(1) : part)
  }
  while (open.length > 1) close()
  return { text: open[0]?.options[0] ?? '', choices }
}

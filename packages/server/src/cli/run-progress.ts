import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeId, Preview, RunEvent } from '@patchbay/engine'

export interface RunProgress {
  show(event: RunEvent): void
  /** Takes the bar off the screen, before anything else is written or at the end. */
  clear(): void
}

const barWidth = 24
const redrawMs = 80

/**
 * One line of a terminal that is drawn again and again: how much of the workflow is done, which node runs and at which
 * step, the time, and where the newest preview lies. Steps count as parts of their node.
 */
export function createRunProgress(
  write: (text: string) => void,
  titleOf: (node: NodeId) => string,
  { columns = 80, now = Date.now, previews = createPreviewFile() } = {},
): RunProgress {
  const begin = now()
  let total = 0
  let ended = 0
  let running: { readonly node: NodeId; step: number; steps: number } | undefined
  let preview: string | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let isDrawn = false

  function draw(): void {
    if (total === 0 || now() - drawnAt < redrawMs) return
    drawnAt = now()
    const part = running && running.steps > 0 ? running.step / running.steps : 0
    const share = Math.min(1, (ended + part) / total)
    const filled = Math.round(share * barWidth)
    const words = [
      `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${String(Math.round(share * 100)).padStart(3)} %`,
      `${((now() - begin) / 1000).toFixed(1)} s`,
      ...(running ? [titleOf(running.node)] : []),
      ...(running && running.steps > 0 ? [`step ${running.step}/${running.steps}`] : []),
      ...(preview === undefined ? [] : [preview]),
    ]
    write(`\r\u001b[2K${words.join('  ').slice(0, Math.max(20, columns - 1))}`)
    isDrawn = true
  }

  return {
    show(event) {
      switch (event.type) {
        case 'run-started':
          total = event.nodes
          break
        case 'node-expanded':
          total += event.nodes.length
          break
        case 'node-started':
          running = { node: event.node, step: 0, steps: 0 }
          break
        case 'node-progress':
          running = { node: event.node, step: event.step, steps: event.steps }
          break
        case 'node-preview':
          preview = previews(event.preview)
          break
        case 'node-finished':
        case 'node-reused':
        case 'node-skipped':
          ended++
          if ('node' in event && running?.node === event.node) running = undefined
          break
        default:
          return
      }
      draw()
    },
    clear() {
      if (isDrawn) write('\r\u001b[2K')
      isDrawn = false
      drawnAt = Number.NEGATIVE_INFINITY
    },
  }
}

/**
 * Keeps the newest preview in a file of the system's temporary folder, always the same one, so that a picture viewer
 * can watch it.
 */
function createPreviewFile(): (preview: Preview) => string {
  let folder: string | undefined
  return ({ mime, bytes }) => {
    folder ??= mkdtempSync(join(tmpdir(), 'patchbay-preview-'))
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `preview.${mime === 'image/png' ? 'png' : mime === 'image/webp' ? 'webp' : 'jpg'}`)
    writeFileSync(path, bytes)
    return path
  }
}

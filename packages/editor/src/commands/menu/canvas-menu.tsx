import { ContextMenu } from 'radix-ui'
import { useRef, useState, type MouseEvent, type ReactNode } from 'react'
import type { NodeId, Point } from '@patchbay/engine/workflow'
import { useTab } from '../../contexts/editor-context.tsx'
import { StageProvider } from '../../canvas/stage-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import { NodeChoices } from './node-choices.tsx'
import { AfterMenu } from './parts.tsx'
import { CanvasChoices, GroupChoices, LinkChoices, NoteChoices } from './other-choices.tsx'
import './menu.css'

type Target =
  | { readonly type: 'node'; readonly id: NodeId }
  | { readonly type: 'group' | 'note'; readonly id: string }
  | { readonly type: 'link'; readonly key: string; readonly piece: number; readonly at: Point }
  | { readonly type: 'canvas'; readonly at: Point; readonly screen: Point }

/**
 * One menu for the whole canvas: it opens on right click, long press or the menu key, and offers what fits what is
 * there.
 */
export function CanvasMenu({ stage, children }: { readonly stage: Stage | undefined; readonly children: ReactNode }) {
  const { document } = useTab()
  const [target, setTarget] = useState<Target>()
  const chosen = useRef<(() => unknown) | undefined>(undefined)
  const aim = (event: MouseEvent): void => {
    if (!stage) return
    // In a text the browser's own menu has the words to copy and the spelling to mend.
    if (event.target instanceof Element && event.target.closest('input, textarea')) {
      if (event.type === 'contextmenu') event.stopPropagation()
      return
    }
    const found = targetOf(stage, event)
    setTarget(found)
    const key = found.type === 'node' ? found.id : found.type === 'canvas' ? undefined : keyOf(found)
    stage.store.setState({ selectedLink: found.type === 'link' ? found.key : undefined })
    if (found.type === 'link') document.select([])
    else if (key !== undefined && !document.store.getState().selection.has(key)) document.select([key])
    stage.schedule()
  }
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger
        asChild
        onContextMenuCapture={aim}
        onPointerDownCapture={(event) => {
          if (event.pointerType !== 'mouse') aim(event)
        }}
      >
        <div className="canvas-menu">{children}</div>
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content
          className="menu"
          collisionPadding={8}
          onPointerDown={(event) => event.stopPropagation()}
          onCloseAutoFocus={() => {
            const action = chosen.current
            chosen.current = undefined
            void action?.()
          }}
        >
          {stage && target && (
            <StageProvider value={stage}>
              <AfterMenu value={(action) => void (chosen.current = action)}>
                <Choices target={target} />
              </AfterMenu>
            </StageProvider>
          )}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  )
}

function keyOf(target: Exclude<Target, { type: 'node' | 'canvas' }>): string {
  return target.type === 'link' ? target.key : `${target.type}/${target.id}`
}

function Choices({ target }: { readonly target: Target }) {
  switch (target.type) {
    case 'node':
      return <NodeChoices id={target.id} />
    case 'group':
      return <GroupChoices id={target.id} />
    case 'note':
      return <NoteChoices id={target.id} />
    case 'link':
      return <LinkChoices link={target.key} piece={target.piece} at={target.at} />
    case 'canvas':
      return <CanvasChoices at={target.at} screen={target.screen} />
  }
}

function targetOf(stage: Stage, event: MouseEvent): Target {
  const at = stage.view.pointOf(event)
  const under = event.target instanceof Element ? event.target : undefined
  const node = under?.closest<HTMLElement>('[data-node]')?.dataset['node'] ?? stage.scene.nodeAt(at)
  if (node !== undefined) return { type: 'node', id: node }
  const [kind, id] = under?.closest<HTMLElement>('[data-decoration]')?.dataset['decoration']?.split('/') ?? []
  if (kind === 'note' && id !== undefined) return { type: 'note', id }
  const link = stage.linkAt(at)
  if (link) return { type: 'link', ...link, at }
  if (kind === 'group' && id !== undefined) return { type: 'group', id }
  return { type: 'canvas', at, screen: { x: event.clientX, y: event.clientY } }
}

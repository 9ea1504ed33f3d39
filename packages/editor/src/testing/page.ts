import { cleanup, configure } from '@testing-library/react'
import { afterEach, vi } from 'vitest'

/** The size of every element, in pixels: jsdom lays nothing out. */
export const pageSize = { width: 1200, height: 800 } as const

/** Gives jsdom what the editor asks of a browser and jsdom lacks; each test begins with an empty page. */
export function preparePage(): void {
  class Observer {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  }
  vi.stubGlobal('ResizeObserver', Observer)
  vi.stubGlobal('IntersectionObserver', Observer)
  vi.stubGlobal('matchMedia', (media: string) => ({
    media,
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }))
  define(HTMLElement.prototype, 'clientWidth', { get: () => pageSize.width })
  define(HTMLElement.prototype, 'clientHeight', { get: () => pageSize.height })
  define(Element.prototype, 'getBoundingClientRect', {
    value: () => new DOMRect(0, 0, pageSize.width, pageSize.height),
  })
  define(Element.prototype, 'scrollIntoView', { value: () => undefined })
  define(Element.prototype, 'setPointerCapture', { value: () => undefined })
  define(Element.prototype, 'hasPointerCapture', { value: () => true })
  define(Element.prototype, 'releasePointerCapture', { value: () => undefined })
  define(HTMLCanvasElement.prototype, 'getContext', { value: () => null })
  define(URL, 'createObjectURL', { value: () => 'blob:test' })
  define(URL, 'revokeObjectURL', { value: () => undefined })
  define(Document.prototype, 'elementsFromPoint', { value: () => [] })
  define(Document.prototype, 'elementFromPoint', { value: () => null })
  if (!('DOMRect' in globalThis)) vi.stubGlobal('DOMRect', PlainRect)
  if (!('PointerEvent' in globalThis)) vi.stubGlobal('PointerEvent', MousePointerEvent)
  define(navigator, 'clipboard', {
    value: { writeText: async () => undefined, readText: async () => '' },
    writable: true,
  })
  // A busy machine takes its time over a part that is loaded when it is first shown.
  configure({ asyncUtilTimeout: 10_000 })
  afterEach(cleanup)
}

function define(target: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(target, name, { configurable: true, ...descriptor })
}

class PlainRect {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  constructor(x: number, y: number, width: number, height: number) {
    this.x = this.left = x
    this.y = this.top = y
    this.width = width
    this.height = height
    this.right = x + width
    this.bottom = y + height
  }
}

class MousePointerEvent extends MouseEvent {
  readonly pointerId: number
  readonly pointerType: string
  constructor(type: string, init: PointerEventInit = {}) {
    super(type, init)
    this.pointerId = init.pointerId ?? 1
    this.pointerType = init.pointerType ?? 'mouse'
  }
}

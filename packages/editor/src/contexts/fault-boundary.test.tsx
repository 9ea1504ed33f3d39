// @vitest-environment jsdom
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { preparePage } from '../testing/page.ts'
import { createTestEditor, renderInTab } from '../testing/test-editor.tsx'
import { FaultBoundary } from './fault-boundary.tsx'
import { loadedPart } from './loaded-part.tsx'

preparePage()

let isBroken = true
function Part() {
  if (isBroken) throw new Error('The title is an object.')
  return <p>whole</p>
}
beforeEach(() => {
  isBroken = true
  // React tells the console of every error that a boundary catches.
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
})

describe('a part of the page that throws', () => {
  test('says what happened in its place, and the rest lives on', async () => {
    renderInTab(
      await createTestEditor(),
      <>
        <FaultBoundary scope="dialog">
          <Part />
        </FaultBoundary>
        <p>rest</p>
      </>,
    )
    expect(screen.getByRole('alert').textContent).toContain('This dialog met an error.')
    expect(screen.getByText('rest')).toBeDefined()
  })
  test('has the details to copy', async () => {
    renderInTab(
      await createTestEditor(),
      <FaultBoundary scope="page">
        <Part />
      </FaultBoundary>,
    )
    expect(screen.getByText(/The title is an object\./).textContent).toContain('at Part')
  })
  test('is tried again when asked to', async () => {
    renderInTab(
      await createTestEditor(),
      <FaultBoundary scope="tab">
        <Part />
      </FaultBoundary>,
    )
    isBroken = false
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(screen.getByText('whole')).toBeDefined()
  })
  test('is tried again when another thing is shown', async () => {
    const kit = await createTestEditor()
    const boundary = (tab: string) => (
      <FaultBoundary scope="tab" resetBy={tab}>
        <Part />
      </FaultBoundary>
    )
    const { unmount } = renderInTab(kit, boundary('a'))
    unmount()
    isBroken = false
    renderInTab(kit, boundary('b'))
    expect(screen.getByText('whole')).toBeDefined()
  })
  test('offers to reload the page, but not for one node', async () => {
    const kit = await createTestEditor()
    const { unmount } = renderInTab(
      kit,
      <FaultBoundary scope="tab">
        <Part />
      </FaultBoundary>,
    )
    expect(screen.getByRole('button', { name: 'Reload, your edits are kept' })).toBeDefined()
    unmount()
    renderInTab(
      kit,
      <FaultBoundary scope="node">
        <Part />
      </FaultBoundary>,
    )
    expect(screen.queryByRole('button', { name: 'Reload, your edits are kept' })).toBeNull()
  })
})

describe('a part whose code is loaded when it is shown', () => {
  test('that cannot be loaded says so, and asks again', async () => {
    let isAway = true
    const Late = loadedPart(async () => {
      if (isAway) throw new TypeError('Failed to fetch dynamically imported module')
      return () => <p>late</p>
    })
    renderInTab(
      await createTestEditor(),
      <FaultBoundary scope="dialog">
        <Late />
      </FaultBoundary>,
    )
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('could not be loaded')
    expect(alert.textContent).toContain('Caused by: Failed to fetch')
    isAway = false
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText('late')).toBeDefined()
  })
  test('that was loaded ahead is there at once', async () => {
    const load = vi.fn(async () => () => <p>early</p>)
    const Early = loadedPart(load)
    await Early.preload()
    renderInTab(await createTestEditor(), <Early />)
    expect(screen.getByText('early')).toBeDefined()
    expect(load).toHaveBeenCalledTimes(1)
  })
  test('that could not be loaded ahead says nothing until it is shown', async () => {
    const Late = loadedPart(async () => Promise.reject<() => null>(new Error('away')))
    await expect(Late.preload()).resolves.toBeUndefined()
  })
})

import { describe } from 'vitest'
import { describeJobStore } from '../job-store.contract.ts'
import { describeSettingsStore, describeWorkflowStore } from '../small-stores.contract.ts'
import type { StoreOptions } from '../stores.ts'
import { openStores } from './open-stores.ts'

const open = async (options: StoreOptions) => openStores(':memory:', options)

describe('jobs over SQLite', () => describeJobStore(open))
describe('settings over SQLite', () => describeSettingsStore(open))
describe('workflows over SQLite', () => describeWorkflowStore(open))

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where third-party weights for tests lie; beside the repository unless PATCHBAY_SHARED_MODELS says otherwise. */
const folder = process.env['PATCHBAY_SHARED_MODELS'] ?? resolve(import.meta.dirname, '../../../../../shared/models')

export const thirdPartyModel = (name: string): string => join(folder, name)

export const hasThirdPartyModel = (name: string): boolean => existsSync(thirdPartyModel(name))

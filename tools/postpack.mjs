// After `npm pack` of the server: takes away the copy of the workflows that was made for it.
import { rmSync } from 'node:fs'
import { join } from 'node:path'

rmSync(join(process.cwd(), 'workflows'), { recursive: true, force: true })

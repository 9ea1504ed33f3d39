export * from './same-shape.ts'
export * from './arithmetic.ts'
export * from './batch.ts'
export * from './statistics.ts'

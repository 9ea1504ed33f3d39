/**
 * What JSON can carry. Values in documents, events and messages are of this type, so they survive the wire by
 * construction.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

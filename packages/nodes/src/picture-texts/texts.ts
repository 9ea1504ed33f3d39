/** Texts by keyword, as pictures carry them. */
export type PictureTexts = { readonly [keyword: string]: string }

/** The keyword under which a picture carries the workflow that made it, whichever program of ours wrote the picture. */
export const workflowKeyword = 'patchbay-workflow'

/**
 * All texts of one picture together take no more bytes than this once they are unpacked; what is past it is not read.
 */
export const mostText = 16 * 1024 * 1024

// A session is its scenario, seed and inputs with their virtual times; replaying them gives the same lab again.

export const JOURNAL_VERSION = 1

export type JournalInput =
  | { readonly atUs: number; readonly kind: 'run'; readonly node: string; readonly line: string }
  | {
      readonly atUs: number
      readonly kind: 'open'
      readonly shell: number
      readonly node: string
      readonly user: string
      readonly columns: number
      readonly rows: number
    }
  | { readonly atUs: number; readonly kind: 'line' | 'write'; readonly shell: number; readonly text: string }
  | { readonly atUs: number; readonly kind: 'interrupt' | 'eof' | 'suspend' | 'close'; readonly shell: number }
  | { readonly atUs: number; readonly kind: 'resize'; readonly shell: number; readonly columns: number; readonly rows: number }
  | { readonly atUs: number; readonly kind: 'file'; readonly node: string; readonly path: string; readonly base64: string }

export interface Journal {
  readonly version: number
  readonly scenario: string
  readonly seed: string
  readonly image: string | null
  readonly inputs: readonly JournalInput[]
}

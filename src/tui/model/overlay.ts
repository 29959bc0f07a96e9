// What stands in front of the panes: help, a list to choose from, a question to answer.
export interface Choice {
  readonly id: string
  readonly label: string
  readonly detail?: string
}

export type Overlay =
  | { readonly kind: 'help'; scroll: number }
  | { readonly kind: 'text'; readonly title: string; readonly lines: readonly string[] }
  | {
      readonly kind: 'list'
      readonly title: string
      readonly choices: readonly Choice[]
      selected: number
      readonly choose: (id: string) => void
    }
  | {
      readonly kind: 'ask'
      readonly title: string
      readonly question: string
      text: string
      note: string
      /** An answer is being looked at. */
      isBusy: boolean
      readonly submit: (text: string) => void
    }

export function listOverlay(title: string, choices: readonly Choice[], choose: (id: string) => void, selected = 0): Overlay {
  return { kind: 'list', title, choices, selected, choose }
}
